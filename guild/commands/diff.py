"""`guild diff`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from guild import config
from guild.api import diff_pairs as run_diff
from guild.api import selection
from guild.api.diff_pairs import Pair, Parts
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command
from guild.flags.arguments import split_command
from guild.index.query import RunQuery
from guild.run import Run


@command()
@click.argument("runs", nargs=-1, metavar="[RUN [RUN]]", shell_complete=run_selection.complete_runs)
@click.option("-O", "--output", is_flag=True, help="Diff run output.")
@click.option("-s", "--sourcecode", is_flag=True, help="Diff run source code.")
@click.option("-e", "--env", is_flag=True, help="Diff run environment.")
@click.option("-f", "--flags", is_flag=True, help="Diff run flags.")
@click.option(
    "-a",
    "--attrs",
    is_flag=True,
    help="Diff all run attributes; if specified other attribute options are ignored.",
)
@click.option("-D", "--deps", is_flag=True, help="Diff run dependencies.")
@click.option(
    "-p",
    "--path",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Diff specified path. May be used more than once.",
)
@click.option(
    "-w",
    "--working",
    is_flag=True,
    help="Diff run source code to the associated working directory.",
)
@click.option(
    "-d", "--dir", "folder", metavar="PATH", help="Diff run source code to the specified directory."
)
@click.option("-c", "--cmd", metavar="CMD", help="Command used to diff runs.")
@run_selection.RUN_FILTERS
def diff(
    runs: tuple[str, ...],
    output: bool,
    sourcecode: bool,
    env: bool,
    flags: bool,
    attrs: bool,
    deps: bool,
    paths: tuple[str, ...],
    working: bool,
    folder: str | None,
    cmd: str | None,
    query: RunQuery,
) -> int:
    """Show the differences between two runs.

    If no RUN arguments are provided, the latest two filtered runs are diffed, the older one
    first. Otherwise both RUN arguments must be specified, except with --working or --dir.

    Without options for what to diff, the whole run directories are.

    With --working or --dir source code, or each --path, of one run is diffed to the folder
    it came from, or to another one.

    By default 'diff -ru' is used. Another command may be specified with --cmd, or in Guild's
    user configuration, ~/.guild/config.yml:

        diff:
          command: meld
    """
    parts = Parts(output, sourcecode, env, flags, attrs, deps, paths)
    if working and folder is not None:
        raise click.UsageError("--working and --dir cannot both be used")
    to_folder = working or folder is not None
    if to_folder and any(parts._replace(sourcecode=False, paths=())):
        raise click.UsageError("--working and --dir are for source code and --path only")
    selected = _selected(runs, query, 1 if to_folder else 2, "--working" if working else "--dir")
    tool = _tool(cmd)
    if to_folder:
        there = Path(folder) if folder is not None else run_diff.working_dir(selected[0])
        with run_diff.with_folder(selected[0], there, parts) as pairs:
            return _show(tool, pairs)
    with run_diff.of_runs(selected[0], selected[1], parts) as pairs:
        return _show(tool, pairs)


def _selected(specs: Sequence[str], query: RunQuery, count: int, option: str) -> list[Run]:
    if len(specs) > count:
        if count == 1:
            raise click.UsageError(f"cannot specify second RUN and {option}")
        raise click.UsageError(f"unexpected extra argument '{specs[count]}'")
    home = config.guild_home()
    if specs:
        found = [selection.select_one(home, spec, query) for spec in specs]
    else:
        found = selection.select_page(home, query, count).runs[::-1]
    if len(found) < count:
        if specs:
            raise click.UsageError("diff requires two runs - specify a second RUN")
        raise GuildError(
            f"diff requires {'two runs' if count == 2 else 'a run'}, and there is none"
        )
    return [run.run for run in found]


def _tool(cmd: str | None) -> list[str] | None:
    """The words of the command to use; None for Python's own, if there is no `diff`."""
    if cmd is None:
        section = config.user_config().get("diff")
        configured = section.get("command") if isinstance(section, dict) else None
        cmd = str(configured) if configured else None
    if cmd is None:
        return ["diff", "-ru"] if shutil.which("diff") else None
    return split_command(cmd, "diff command")


def _show(tool: list[str] | None, pairs: Sequence[Pair]) -> int:
    """Show each pair; the exit code is that of a tool that failed, else 0."""
    failed = 0
    for pair in pairs:
        if tool is None:
            from guild.cli.text_diff import lines

            for line in lines(*pair, color=sys.stdout.isatty()):
                click.echo(line)
        else:
            code = _call([*tool, *pair])
            failed = failed or (code if code > 1 else 0)  # 1 says that they differ
    return failed


def _call(command: list[str]) -> int:
    sys.stdout.flush()
    try:
        return subprocess.run(command, env=os.environ).returncode
    except OSError as error:
        raise GuildError(f"cannot run '{command[0]}': {error.strerror}") from None
