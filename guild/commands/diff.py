"""`guild diff`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from guild import config
from guild.api import diff_pairs, selection
from guild.api.diff_pairs import Pair, Parts
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, argument, command, option
from guild.cli.external_program import call_program
from guild.flags.arguments import split_command
from guild.index.query import RunQuery
from guild.run import Run


class DirectoryOptions(NamedTuple):
    """The directory to compare the source code of one run with, if any."""

    working: bool
    directory: str | None

    @property
    def name(self) -> str | None:
        """Return the name of the option that is set."""
        return "--working" if self.working else None if self.directory is None else "--dir"


_PART_OPTIONS = OptionGroup(
    "What to compare",
    "parts",
    Parts,
    Option("-s", "--sourcecode", is_flag=True, help="Compare source code."),
    Option("-f", "--flags", is_flag=True, help="Compare flags."),
    Option("-O", "--output", is_flag=True, help="Compare output."),
    Option("-e", "--env", is_flag=True, help="Compare environments."),
    Option("-D", "--deps", is_flag=True, help="Compare dependencies."),
    Option("-a", "--attrs", is_flag=True, help="Compare all run attributes."),
    Option(
        "-p", "--path", "paths", multiple=True, metavar="PATH", help="Compare PATH (repeatable)."
    ),
)

_DIRECTORY_OPTIONS = OptionGroup(
    "Compare one run with a directory",
    "target",
    DirectoryOptions,
    Option("-w", "--working", is_flag=True, help="Compare with the project of the run."),
    Option("-d", "--dir", "directory", metavar="DIR", help="Compare with DIR."),
    exclusive=(("--working", "--dir"),),
)


@command(
    examples=(
        ("guild diff --sourcecode", "Compare the code of the two latest runs."),
        ("guild diff 3 1 -p metrics.json", "Compare a file of two runs."),
        ("guild diff 2 --working", "Compare a run with its project."),
    )
)
@argument(
    "runs",
    nargs=-1,
    metavar="[RUN [RUN]]",
    shell_complete=run_selection.complete_runs,
    description=f"{run_selection.RUN_DESCRIPTION} (default: the two latest runs, older first).",
)
@option("-c", "--cmd", metavar="CMD", help="Use CMD to compare (default: diff -ru).")
@_PART_OPTIONS
@_DIRECTORY_OPTIONS
@run_selection.RUN_FILTERS
def diff(
    runs: tuple[str, ...], cmd: str | None, parts: Parts, target: DirectoryOptions, query: RunQuery
) -> int:
    """Show the differences between two runs.

    By default, the whole run directories are compared. --working and --dir compare the source
    code of one run, or each --path in it, with a directory. CMD gets these two directories.

    To use another tool by default, add it to ~/.guild/config.yml:

    \b
        diff:
          command: meld
    """
    if target.name and any(parts._replace(sourcecode=False, paths=())):
        raise click.UsageError(f"{target.name} supports only --sourcecode and --path")
    selected = _select_runs(runs, query, target)
    configured = cmd or _read_configured_tool()
    tool = split_command(configured, "diff command") if configured else _find_default_tool()
    if target.name:
        directory = (
            diff_pairs.find_working_dir(selected[0])
            if target.directory is None
            else Path(target.directory)
        )
        with diff_pairs.pair_with_directory(
            selected[0], directory, parts.paths, os.environ, whole=configured is not None
        ) as pairs:
            return _show_pairs(tool, pairs)
    with diff_pairs.pair_runs(selected[0], selected[1], parts) as pairs:
        return _show_pairs(tool, pairs)


def _select_runs(specs: Sequence[str], query: RunQuery, target: DirectoryOptions) -> list[Run]:
    """Return two runs, or one to compare with a directory. Raises GuildError if too few match."""
    count, home = 1 if target.name else 2, config.guild_home()
    if len(specs) > count:
        if target.name:
            # Guild AI 0.9 wording
            raise click.UsageError(f"cannot specify second RUN and {target.name}")
        raise click.UsageError(f"unexpected extra argument '{specs[count]}'")
    if specs:
        runs = [selection.select_one(home, spec, query) for spec in specs]
    else:
        runs = selection.select_page(home, query, count).runs[::-1]
    if len(runs) < count:
        if specs:
            raise click.UsageError("diff requires two runs; specify a second RUN")
        raise GuildError(
            f"diff requires {'a run' if target.name else 'two runs'}: no matching runs"
        )
    return [run.run for run in runs]


def _read_configured_tool() -> str | None:
    """Return the command in the user configuration; None if it has none."""
    section = config.user_config().get("diff")
    configured = section.get("command") if isinstance(section, dict) else None
    return str(configured) if configured else None


def _find_default_tool() -> list[str] | None:
    """Return the words of the command; None for Python's own if `diff` is not installed."""
    return ["diff", "-ru"] if shutil.which("diff") else None


def _show_pairs(tool: list[str] | None, pairs: Sequence[Pair]) -> int:
    """Show each pair; return the exit code of the first tool that failed, or 0."""
    exit_code = 0
    for pair in pairs:
        if tool is None:
            from guild.cli.text_diff import diff_lines

            for line in diff_lines(*pair, color=sys.stdout.isatty()):
                click.echo(line)
        else:
            code = call_program([*tool, *pair])
            exit_code = exit_code or (code if code > 1 else 0)  # 1 means that the files differ
    return exit_code
