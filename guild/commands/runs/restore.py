"""`guild runs restore`."""

from __future__ import annotations

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command(
    examples=(
        ("guild runs restore 1", "Restore the latest deleted run."),
        ("guild runs restore", "Restore all deleted runs."),
    )
)
@run_selection.runs_argument("all matching deleted runs", "guild runs --deleted")
@confirm.yes_option
@run_selection.RUN_FILTERS
def restore(runs: tuple[str, ...], yes: bool, query: RunQuery) -> int:
    """Restore one or more deleted runs."""
    selected = run_selection.select_named_or_all(runs, query._replace(deleted=True))
    if not selected:
        return run_selection.report_no_match("Nothing to restore.")
    if not yes and not confirm.confirm_runs(
        "You are about to restore the following runs:",
        selected,
        f"Restore {len(selected)} run(s)?",
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.restore_run(home, run.run)
    click.echo(f"Restored {len(selected)} run(s)")
    return exit_codes.OK
