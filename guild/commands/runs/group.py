"""`guild runs`: commands that list and manage runs; `guild runs list` by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from guild.cli.lazy import Entry, LazyGroup

if TYPE_CHECKING:
    from guild.cli.command import Command

COMMANDS = (
    Entry(("list",), "runs.list_runs", "List runs."),
    Entry(("info",), "runs.info", "Show information about a run."),
    Entry(("label",), "label", "Set run labels."),
    Entry(("tag",), "tag", "Add or remove run tags."),
    Entry(("comment",), "comment", "Add or remove run comments."),
    Entry(("mark",), "mark", "Mark or unmark runs."),
    Entry(("stop",), "stop", "Stop one or more runs."),
    Entry(("delete", "rm"), "runs.delete", "Delete one or more runs."),
    Entry(("restore",), "runs.restore", "Restore one or more deleted runs."),
    Entry(("purge",), "runs.purge", "Permanently delete one or more deleted runs."),
    Entry(("export",), "export", "Export runs to a directory or zip file."),
    Entry(("import",), "import_", "Import runs from a directory or zip file."),
    Entry(("merge",), "merge", "Copy run files to a project directory."),
    Entry(("diff",), "diff", "Show the differences between two runs."),
)


class _RunsGroup(LazyGroup):
    """A group that takes the options of `guild runs list` and runs that by default."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return _list_runs().get_params(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from guild.cli.help_page import write_options

        self.format_commands(ctx, formatter)
        write_options(ctx, self.get_params(ctx), formatter)


@click.group(cls=_RunsGroup, entries=COMMANDS, invoke_without_command=True)
@click.pass_context
def group(ctx: click.Context, /, **_options: object) -> object:
    """List and manage runs.

    Without COMMAND this is 'guild runs list'.
    """
    if ctx.invoked_subcommand is None:
        return _list_runs().invoke(ctx)
    _reject_options(ctx, ctx.invoked_subcommand)
    return None


def _list_runs() -> Command:
    from guild.commands.runs.list_runs import list_runs

    return list_runs


def _reject_options(ctx: click.Context, command: str) -> None:
    """Reject options before a subcommand: ignored filters would make `delete` delete all runs."""
    for name in ctx.params:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            ctx.fail(f"options cannot be listed before command ('{command}')")
