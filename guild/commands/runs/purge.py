"""`guild runs purge`."""

from __future__ import annotations

from typing import Any

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, run_selection


@click.command()
@run_selection.runs_argument
@run_selection.filter_options
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before purging.")
def purge(runs: tuple[str, ...], yes: bool, **filters: Any) -> int:
    """Permanently delete one or more deleted runs.

    Purged runs cannot be recovered. RUN is an index or a range of indexes as 'guild runs
    --deleted' shows them, or the start of a run's id; without it all deleted runs that
    match the filters are purged.
    """
    selected = run_selection.named_or_all(runs, filters, deleted=True)
    if not selected:
        click.echo("Nothing to purge.")
        return 0
    if not yes and not confirm.confirmed(
        "WARNING: You are about to permanently delete the following runs:",
        selected,
        f"Permanently delete {len(selected)} run(s)?",
        default=False,
    ):
        return confirm.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.purge(home, run.run)
    click.echo(f"Permanently deleted {len(selected)} run(s)")
    return 0
