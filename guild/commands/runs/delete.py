"""`guild runs delete`."""

from __future__ import annotations

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command, option
from guild.index.query import RunQuery


@command(
    examples=(
        ("guild runs rm 1", "Delete the latest run."),
        ("guild runs rm -Se", "Delete all runs that failed with an error."),
    )
)
@run_selection.runs_argument("all matching runs")
@option("-p", "--permanent", is_flag=True, help="Delete runs for good; they cannot be restored.")
@confirm.yes_option
@run_selection.RUN_FILTERS
def delete(runs: tuple[str, ...], permanent: bool, yes: bool, query: RunQuery) -> int:
    """Delete one or more runs.

    Runs that are still running are stopped first. 'guild runs --deleted' lists deleted runs and
    'guild runs restore' restores them, unless --permanent is given.
    """
    selected = run_selection.select_named_or_all(runs, query)
    if not selected:
        return run_selection.report_no_match("Nothing to delete.")
    stops_runs = any(run.status == "running" for run in selected)
    if not yes and not confirm.confirm_runs(
        f"{'WARNING: ' if permanent else ''}You are about to "
        f"{'permanently ' if permanent else ''}delete the following runs:",
        selected,
        f"{'Permanently delete' if permanent else 'Delete'} {len(selected)} run(s)?",
        default=bool(runs) and not permanent and not stops_runs,
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.delete_run(home, run.run, permanent=permanent)
    click.echo(f"{'Permanently deleted' if permanent else 'Deleted'} {len(selected)} run(s)")
    return exit_codes.OK
