"""The root command, `guild`.

A command `guild NAME` is the object NAME of the module `guild.commands.NAME`.
A command of a group has the group's name in front, `guild runs list` is
`guild.commands.runs.list_runs.runs_list`, unless it is the same command as one at
the top: `guild runs label` is `guild label`. A name that is a Python word has
an underscore after it: `guild.commands.import_.import_`.

A command's function parses nothing and decides nothing: it calls the layers
below and prints. What it returns is the exit code, None for 0. It reports an
error by raising GuildError, or a click.UsageError where the command line
itself is wrong.
"""

from __future__ import annotations

import os

import click

from guild import __version__
from guild.base import log
from guild.base.errors import GuildError
from guild.cli.lazy import Entry, LazyGroup

COMMANDS = (
    Entry(("cat",), "cat", "Show contents of a run file."),
    Entry(("check",), "check", "Check the Guild setup."),
    Entry(("comment",), "comment", "Add or remove run comments."),
    Entry(("compare",), "compare", "Compare run results."),
    Entry(("completion",), "completion", "Generate command completion script."),
    Entry(("diff",), "diff", "Diff two runs."),
    Entry(("export",), "export", "Export one or more runs."),
    Entry(("help",), "help", "Show help for a project."),
    Entry(("import",), "import_", "Import one or more runs from ARCHIVE."),
    Entry(("init",), "init", "Initialize a Guild environment."),
    Entry(("label",), "label", "Set run labels."),
    Entry(("ls",), "ls", "List run files."),
    Entry(("mark",), "mark", "Mark a run."),
    Entry(("merge",), "merge", "Copy run files to a project directory."),
    Entry(("models",), "models", "Show available models."),
    Entry(("open",), "open", "Open a run path or output."),
    Entry(("operations", "ops"), "operations", "Show model operations."),
    Entry(("plot",), "plot", "Plot columns of runs as curves."),
    Entry(("run",), "run", "Run an operation."),
    Entry(("runs",), "runs.group", "Show or manage runs."),
    Entry(("select",), "select", "Select a run and shows its ID."),
    Entry(("shell",), "shell", "Start a Python shell for API use."),
    Entry(("stop",), "stop", "Stop one or more runs."),
    Entry(("tag",), "tag", "Add or remove run tags."),
    Entry(("tensorboard",), "tensorboard", "Visualize runs with TensorBoard."),
    Entry(("watch",), "watch", "Watch run output."),
)


@click.group(cls=LazyGroup, entries=COMMANDS)
@click.version_option(__version__, prog_name="guild", message="%(prog)s %(version)s")
@click.option("-C", "cwd", metavar="PATH", help="Use PATH as current directory for a command.")
@click.option("-H", "home", metavar="PATH", help="Use PATH as Guild home.")
@click.option("--debug", is_flag=True, help="Log more, and show where an error comes from.")
def main(cwd: str | None, home: str | None, debug: bool) -> None:
    """Runs any training script as a recorded experiment."""
    log.to_console(log.DEBUG if debug else log.INFO)
    if home is not None:
        # By the environment, so that it holds for what a command starts as well.
        os.environ["GUILD_HOME"] = os.path.abspath(os.path.expanduser(home))
    if cwd is not None:
        _change_directory(cwd)


def _change_directory(path: str) -> None:
    try:
        os.chdir(path)
    except (FileNotFoundError, NotADirectoryError):
        raise GuildError(f"directory '{path}' does not exist") from None
