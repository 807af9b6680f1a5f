"""`guild mark`."""

from __future__ import annotations

from typing import Any

import click

from guild.api import changes
from guild.cli import confirm, run_selection
from guild.index.query import IndexedRun


@click.command()
@run_selection.runs_argument
@click.option("-c", "--clear", is_flag=True, help="Take the marks away.")
@run_selection.filter_options
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before modifying runs.")
def mark(runs: tuple[str, ...], clear: bool, yes: bool, **filters: Any) -> int:
    """Mark a run.

    An operation that requires another one uses a marked run of it rather than the latest.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory. Without
    it the latest run is marked, and with --clear all marked runs are unmarked.
    """
    selected = _to_unmark(runs, filters) if clear else run_selection.named_or_latest(runs, filters)
    if not selected:
        click.echo("No runs to unmark.")
        return 0
    about = f"You are about to {'unmark' if clear else 'mark'} the following runs:"
    if not yes and not confirm.confirmed(about, selected):
        return confirm.DECLINED
    for run in selected:
        changes.mark(run.run, not clear)
    click.echo(f"{'Unmarked' if clear else 'Marked'} {len(selected)} run(s)")
    return 0


def _to_unmark(specs: tuple[str, ...], filters: dict[str, Any]) -> list[IndexedRun]:
    if specs:
        return run_selection.named_or_all(specs, filters)
    return run_selection.named_or_all((), {**filters, "marked": True})
