"""`guild open`."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from guild import config
from guild.api import run_files, selection
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command
from guild.flags.arguments import split_command
from guild.index.query import RunQuery


@command()
@run_selection.run_argument("the latest run")
@click.option("-p", "--path", metavar="PATH", help="Path to open under run directory.")
@click.option("-s", "--sourcecode", is_flag=True, help="Open run source code directory.")
@click.option(
    "-O", "--output", is_flag=True, help="Open run output. Cannot be used with other options."
)
@click.option("-c", "--cmd", metavar="CMD", help="Command used to open run.")
@click.option("--shell", is_flag=True, help="Open a new shell in run directory or PATH.")
@click.option(
    "--shell-cmd",
    metavar="CMD",
    help="Open a new shell in run directory or PATH using CMD.",
)
@run_selection.RUN_FILTERS
def open(  # noqa: A001  # the command's name
    run: str | None,
    path: str | None,
    sourcecode: bool,
    output: bool,
    cmd: str | None,
    shell: bool,
    shell_cmd: str | None,
    query: RunQuery,
) -> int:
    """Open a run directory or file.

    RUN is an index, the start of a run's id, or a run directory; without it the latest run
    is opened. PATH is relative to the run directory, or with --sourcecode to the folder of
    its source code. It is opened by what the system opens such a file with, unless --cmd
    names a command.
    """
    if output and (path or sourcecode):
        raise click.UsageError("--output cannot be used with --path or --sourcecode")
    if sum((cmd is not None, shell, shell_cmd is not None)) > 1:
        raise click.UsageError("--cmd, --shell and --shell-cmd cannot be used together")
    chosen = selection.select_one(config.guild_home(), run, query).run
    if output:
        target = run_files.output_path(chosen)
    else:
        target = run_files.path_in(chosen, path or "", sourcecode=sourcecode)
    if shell or shell_cmd is not None:
        default = os.environ.get("SHELL") or "/bin/sh"
        return _shell(default if shell_cmd is None else shell_cmd, target)
    return _call([*split_command(_system_opener() if cmd is None else cmd, "--cmd"), target])


def _system_opener() -> str:
    return "open" if sys.platform == "darwin" else "xdg-open"


def _shell(command: str, target: str) -> int:
    folder = target if os.path.isdir(target) else os.path.dirname(target)
    words = split_command(command, "--shell-cmd")
    click.echo(f"Running a new shell in {folder}\nTo exit the shell, type 'exit' and press Enter.")
    return _call(words, cwd=folder)


def _call(command: list[str], cwd: str | None = None) -> int:
    """Run the command to its end; its exit code."""
    sys.stdout.flush()
    try:
        return subprocess.run(command, cwd=cwd, check=False).returncode
    except OSError as error:
        raise GuildError(
            f"cannot run '{command[0]}': {error.strerror} - name another command with --cmd"
        ) from None
