"""`guild open`."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import click

from guild import config
from guild.api import run_files, selection
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.cli.external_program import call_program
from guild.flags.arguments import split_command
from guild.index.query import RunQuery


class OpenOptions(NamedTuple):
    """The path to open and the program to open it with."""

    path: str | None
    sourcecode: bool
    output: bool
    cmd: str | None
    shell: bool
    shell_cmd: str | None


_OPTIONS = OptionGroup(
    "Options",
    "options",
    OpenOptions,
    Option("-p", "--path", metavar="PATH", help="Open PATH in the run directory."),
    Option("-s", "--sourcecode", is_flag=True, help="Open the source code, or PATH in it."),
    Option("-O", "--output", is_flag=True, help="Open the output of the run."),
    Option("-c", "--cmd", metavar="CMD", help="Use CMD instead of the default application."),
    Option("--shell", is_flag=True, help="Start a shell in the directory."),
    Option("--shell-cmd", metavar="CMD", help="Start the shell CMD in the directory."),
    exclusive=(
        ("--output", "--path"),
        ("--output", "--sourcecode"),
        ("--cmd", "--shell", "--shell-cmd"),
    ),
)


@command(
    examples=(
        ("guild open", "Open the directory of the latest run."),
        ("guild open 2 -p plot.png -c gimp", "Open a file of the second run with gimp."),
    )
)
@run_selection.run_argument("the latest run")
@_OPTIONS
@run_selection.RUN_FILTERS
def open(run: str | None, options: OpenOptions, query: RunQuery) -> int:  # noqa: A001
    """Open a run directory or file.

    The directory or file is opened with the default application unless --cmd is given.
    """
    selected = selection.select_one(config.guild_home(), run, query).run
    if options.output:
        target = run_files.find_output(selected)
    else:
        target = run_files.find_path(selected, options.path or "", sourcecode=options.sourcecode)
    if options.shell or options.shell_cmd is not None:
        default = os.environ.get("SHELL") or "/bin/sh"
        return _start_shell(default if options.shell_cmd is None else options.shell_cmd, target)
    opener = _system_opener() if options.cmd is None else options.cmd
    return call_program([*split_command(opener, "--cmd"), target])


def _system_opener() -> str:
    return "open" if sys.platform == "darwin" else "xdg-open"


def _start_shell(shell: str, target: str) -> int:
    directory = target if os.path.isdir(target) else os.path.dirname(target)
    words = split_command(shell, "--shell-cmd")
    # Guild AI 0.9 wording
    click.echo(
        f"Running a new shell in {directory}\nTo exit the shell, type 'exit' and press Enter."
    )
    return call_program(words, cwd=directory)
