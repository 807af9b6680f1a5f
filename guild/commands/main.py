"""The root command, `guild`.

`guild NAME` is the object NAME of module `guild.commands.NAME`. Commands of a group live in its
folder: `guild runs list` is `guild.commands.runs.list_runs.list_runs`. A command that is also at
the top exists once: `guild runs label` is `guild label`. A Python keyword gets an underscore:
`guild.commands.import_.import_`.

The function of a command calls the layers below and prints. It returns the exit code, or None for
0. It raises GuildError, or click.UsageError if the command line itself is wrong.
"""

from __future__ import annotations

import os

import click

from guild import __version__
from guild.base import log
from guild.base.errors import GuildError
from guild.cli.command import option
from guild.cli.lazy import Entry, LazyGroup

COMMANDS = (
    Entry(("run",), "run", "Run an operation.", "Run"),
    Entry(("stop",), "stop", "Stop one or more runs.", "Run"),
    Entry(("watch",), "watch", "Watch the output of a run.", "Run"),
    Entry(("runs",), "runs.group", "List and manage runs.", "Inspect"),
    Entry(("ls",), "ls", "List the files of a run.", "Inspect"),
    Entry(("cat",), "cat", "Show a file or the output of a run.", "Inspect"),
    Entry(("open",), "open", "Open a run directory or file.", "Inspect"),
    Entry(("select",), "select", "Select a run and show its ID.", "Inspect"),
    Entry(("compare",), "compare", "Compare runs in a table.", "Compare"),
    Entry(("diff",), "diff", "Show the differences between two runs.", "Compare"),
    Entry(("plot",), "plot", "Plot scalars of runs as curves.", "Compare"),
    Entry(("tensorboard",), "tensorboard", "Visualize runs in TensorBoard.", "Compare"),
    Entry(("label",), "label", "Set run labels.", "Organize"),
    Entry(("tag",), "tag", "Add or remove run tags.", "Organize"),
    Entry(("comment",), "comment", "Add or remove run comments.", "Organize"),
    Entry(("mark",), "mark", "Mark or unmark runs.", "Organize"),
    Entry(("export",), "export", "Export runs to a directory or zip file.", "Share"),
    Entry(("import",), "import_", "Import runs from a directory or zip file.", "Share"),
    Entry(("merge",), "merge", "Copy run files to a project directory.", "Share"),
    Entry(("operations", "ops"), "operations", "List operations.", "Project"),
    Entry(("models",), "models", "List models.", "Project"),
    Entry(("help",), "help", "Show help for a project.", "Project"),
    Entry(("init",), "init", "Initialize a Guild environment.", "Setup"),
    Entry(("check",), "check", "Check the Guild setup and the project.", "Setup"),
    Entry(("completion",), "completion", "Set up shell completion.", "Setup"),
    Entry(("shell",), "shell", "Start a Python shell with the Guild API.", "Setup"),
)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"guild {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, entries=COMMANDS, context_settings={"max_content_width": 120})
@option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
@option("-C", "cwd", metavar="PATH", help="Run the command in directory PATH.")
@option("-H", "home", metavar="PATH", help="Use PATH as the Guild home.")
@option("--debug", is_flag=True, help="Log more, and show tracebacks of errors.")
def main(cwd: str | None, home: str | None, debug: bool) -> None:
    """Run any training script as a recorded experiment."""
    level = log.DEBUG if debug else log.level_of(os.environ)
    log.to_console(level, tagged=False)
    if home is not None:
        # In the environment, so that processes started by a command use it too.
        os.environ["GUILD_HOME"] = os.path.abspath(os.path.expanduser(home))
    if cwd is not None:
        _change_directory(cwd)


def _change_directory(path: str) -> None:
    try:
        os.chdir(path)
    except (FileNotFoundError, NotADirectoryError):
        raise GuildError(f"directory '{path}' does not exist") from None
