"""`guild runs restore`."""

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
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before restoring.")
def restore(runs: tuple[str, ...], yes: bool, query: RunQuery) -> int:
    """Restore one or more deleted runs.

    RUN is an index or a range of indexes as 'guild runs --deleted' shows them, or the start
    of a run's id; without it all deleted runs that match the filters are restored.
    """
    selected = run_selection.select_named_or_all(runs, query._replace(deleted=True))
    if not selected:
        click.echo("Nothing to restore.")
        return 0
    if not yes and not confirm.confirm_runs(
        "You are about to restore the following runs:",
        selected,
        f"Restore {len(selected)} run(s)?",
    ):
        return exit_codes.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.restore(home, run.run)
    click.echo(f"Restored {len(selected)} run(s)")
    return 0
