"""`guild cat`."""

from __future__ import annotations

import sys

import click

from guild import config
from guild.api import run_files, selection
from guild.cli import run_selection
from guild.cli.command import command, option
from guild.index.query import RunQuery


@command(
    exclusive=(("--output", "--path"), ("--output", "--sourcecode")),
    examples=(
        ("guild cat --output", "Show the output of the latest run."),
        ("guild cat 2 -p metrics.json", "Show a file of the second run."),
    ),
)
@run_selection.run_argument("the latest run")
@option("-p", "--path", metavar="PATH", help="Show file PATH of the run directory.")
@option("-O", "--output", is_flag=True, help="Show the output of the run.")
@option("-s", "--sourcecode", is_flag=True, help="Look for PATH in the source code of the run.")
@option("-pa", "--page", is_flag=True, help="Show the file in a pager.")
@run_selection.RUN_FILTERS
def cat(
    run: str | None, path: str | None, output: bool, sourcecode: bool, page: bool, query: RunQuery
) -> None:
    """Show a file or the output of a run.

    Either --path or --output is required.
    """
    if not output and path is None:
        raise click.UsageError("-p / --path is required unless --output is used")
    selected = selection.select_one(config.guild_home(), run, query).run
    if path is None:
        file = run_files.find_output(selected)
    else:
        file = run_files.find_file(selected, path, sourcecode=sourcecode)
    if page and sys.stdout.isatty():
        with open(file, encoding="utf-8", errors="replace") as lines:
            click.echo_via_pager(lines)
    else:
        _copy_to_stdout(file)


def _copy_to_stdout(path: str) -> None:
    """Print the bytes of a file unchanged."""
    import shutil

    with open(path, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
