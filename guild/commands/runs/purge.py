"""`guild runs purge`."""

from __future__ import annotations

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command()
@run_selection.runs_argument("all matching deleted runs")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before purging.")
def purge(runs: tuple[str, ...], yes: bool, query: RunQuery) -> int:
    """Permanently delete one or more deleted runs.

    Purged runs cannot be recovered. RUN is an index or a range of indexes as 'guild runs
    --deleted' shows them, or the start of a run's id; without it all deleted runs that
    match the filters are purged.
    """
    selected = run_selection.select_named_or_all(runs, query._replace(deleted=True))
    if not selected:
        click.echo("Nothing to purge.")
        return 0
    if not yes and not confirm.confirm_runs(
        "WARNING: You are about to permanently delete the following runs:",
        selected,
        f"Permanently delete {len(selected)} run(s)?",
        default=False,
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.purge(home, run.run)
    click.echo(f"Permanently deleted {len(selected)} run(s)")
    return 0
