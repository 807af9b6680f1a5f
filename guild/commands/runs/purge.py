"""`guild runs purge`."""

from __future__ import annotations

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command(
    examples=(
        ("guild runs purge", "Purge all deleted runs."),
        ("guild runs purge -Fo train", "Purge the deleted runs of 'train'."),
    )
)
@run_selection.runs_argument("all matching deleted runs", "guild runs --deleted")
@confirm.yes_option
@run_selection.RUN_FILTERS
def purge(runs: tuple[str, ...], yes: bool, query: RunQuery) -> int:
    """Permanently delete one or more deleted runs.

    Purged runs cannot be restored.
    """
    selected = run_selection.select_named_or_all(runs, query._replace(deleted=True))
    if not selected:
        return run_selection.report_no_match("Nothing to purge.")
    if not yes and not confirm.confirm_runs(
        "WARNING: You are about to permanently delete the following runs:",
        selected,
        f"Permanently delete {len(selected)} run(s)?",
        default=False,
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.purge_run(home, run.run)
    click.echo(f"Permanently deleted {len(selected)} run(s)")
    return exit_codes.OK
