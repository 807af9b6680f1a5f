"""`guild runs`: the commands that list and manage runs; without one, `guild runs list`."""

from __future__ import annotations

import click
from click.core import ParameterSource

from guild.cli.lazy import Entry, LazyGroup

COMMANDS = (
    Entry(("comment",), "comment", "Add or remove run comments."),
    Entry(("delete", "rm"), "runs.delete", "Delete one or more runs."),
    Entry(("diff",), "diff", "Diff two runs."),
    Entry(("export",), "export", "Export one or more runs."),
    Entry(("import",), "import_", "Import one or more runs from ARCHIVE."),
    Entry(("info",), "runs.info", "Show run information."),
    Entry(("label",), "label", "Set run labels."),
    Entry(("list",), "runs.list_runs", "List runs."),
    Entry(("mark",), "mark", "Mark a run."),
    Entry(("merge",), "merge", "Copy run files to a project directory."),
    Entry(("purge",), "runs.purge", "Permanently delete one or more deleted runs."),
    Entry(("restore",), "runs.restore", "Restore one or more deleted runs."),
    Entry(("stop",), "stop", "Stop one or more runs."),
    Entry(("tag",), "tag", "Add or remove run tags."),
)


class _RunsGroup(LazyGroup):
    """Takes the options of `guild runs list`, which it is when no command is named."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        from guild.commands.runs.list_runs import list_runs

        return list_runs.get_params(ctx)


@click.group(cls=_RunsGroup, entries=COMMANDS, invoke_without_command=True)
@click.pass_context
def group(ctx: click.Context, /, **_options: object) -> object:
    """Show or manage runs.

    If COMMAND is omitted, lists runs. Refer to 'guild runs list --help' for
    more information on the list command.
    """
    if ctx.invoked_subcommand is None:
        from guild.commands.runs.list_runs import list_runs

        return list_runs.invoke(ctx)
    _refuse_options(ctx, ctx.invoked_subcommand)
    return None


def _refuse_options(ctx: click.Context, command: str) -> None:
    """A filter in front of the command would be ignored, and `delete` delete all."""
    for name in ctx.params:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            ctx.fail(f"options cannot be listed before command ('{command}')")
