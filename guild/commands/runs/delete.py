"""`guild runs delete`."""

from __future__ import annotations

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command()
@run_selection.runs_argument("all matching runs")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before deleting.")
@click.option(
    "-p",
    "--permanent",
    is_flag=True,
    help="Permanently delete runs so they cannot be recovered.",
)
def delete(runs: tuple[str, ...], yes: bool, permanent: bool, query: RunQuery) -> int:
    """Delete one or more runs.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory;
    without it all runs that match the filters are deleted. A run that is running is stopped
    first. Deleted runs are listed by 'guild runs --deleted' and can be brought back with
    'guild runs restore', unless --permanent is used.
    """
    selected = run_selection.select_named_or_all(runs, query)
    if not selected:
        click.echo("Nothing to delete.")
        return 0
    if not yes and not confirm.confirm_runs(
        f"{'WARNING: ' if permanent else ''}You are about to "
        f"{'permanently ' if permanent else ''}delete the following runs:",
        selected,
        f"{'Permanently delete' if permanent else 'Delete'} {len(selected)} run(s)?",
        default=not permanent,
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.delete(home, run.run, permanent=permanent)
    click.echo(f"{'Permanently deleted' if permanent else 'Deleted'} {len(selected)} run(s)")
    return 0
