"""`guild cat`."""

from __future__ import annotations

import sys

import click

from guild import config
from guild.api import run_files, selection
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command()
@run_selection.run_argument("the latest run")
@click.option(
    "-p", "--path", metavar="PATH", help="Path of file to show. Required unless --output is used."
)
@click.option("-s", "--sourcecode", is_flag=True, help="Apply PATH to source code files.")
@click.option("-O", "--output", is_flag=True, help="Show run output. Cannot be used with --path.")
@click.option("-pa", "--page", is_flag=True, help="Show file in pager.")
@run_selection.RUN_FILTERS
def cat(
    run: str | None, path: str | None, sourcecode: bool, output: bool, page: bool, query: RunQuery
) -> None:
    """Show a file or the output of a run.

    RUN is an index, the start of a run's id, or a run directory; without it the latest run
    is used. PATH is relative to the run directory, or with --sourcecode to the folder in it
    that the source code is in.
    """
    if output and (path or sourcecode):
        raise click.UsageError("--output cannot be used with --path or --sourcecode")
    if not output and path is None:
        raise click.UsageError("-p / --path is required unless --output is used")
    chosen = selection.select_one(config.guild_home(), run, query).run
    if path is None:
        file = run_files.output_path(chosen)
    else:
        file = run_files.file_path(chosen, path, sourcecode=sourcecode)
    if page and sys.stdout.isatty():
        with open(file, encoding="utf-8", errors="replace") as text:
            click.echo_via_pager(text)
    else:
        _copy_to_stdout(file)


def _copy_to_stdout(path: str) -> None:
    """Print the bytes of a file as they are."""
    import shutil

    with open(path, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
