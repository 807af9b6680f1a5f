"""`guild runs restore`."""

from __future__ import annotations

from typing import Any

import click

from guild import config
from guild.api import removal
from guild.cli import confirm, run_selection


@click.command()
@run_selection.runs_argument
@run_selection.filter_options
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before restoring.")
def restore(runs: tuple[str, ...], yes: bool, **filters: Any) -> int:
    """Restore one or more deleted runs.

    RUN is an index or a range of indexes as 'guild runs --deleted' shows them, or the start
    of a run's id; without it all deleted runs that match the filters are restored.
    """
    selected = run_selection.named_or_all(runs, filters, deleted=True)
    if not selected:
        click.echo("Nothing to restore.")
        return 0
    if not yes and not confirm.confirmed(
        "You are about to restore the following runs:",
        selected,
        f"Restore {len(selected)} run(s)?",
    ):
        return confirm.DECLINED
    home = config.guild_home()
    for run in selected:
        removal.restore(home, run.run)
    click.echo(f"Restored {len(selected)} run(s)")
    return 0
