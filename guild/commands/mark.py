"""`guild mark`."""

from __future__ import annotations

import click

from guild.api import changes
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import IndexedRun, RunQuery


@command()
@run_selection.runs_argument("the latest run")
@click.option("-c", "--clear", is_flag=True, help="Take the marks away.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before modifying runs.")
def mark(runs: tuple[str, ...], clear: bool, yes: bool, query: RunQuery) -> int:
    """Mark or unmark runs.

    An operation that requires another one uses a marked run of it rather than the latest.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory. Without
    it the latest run is marked, and with --clear all marked runs are unmarked.
    """
    if clear:
        selected = _select_marked(runs, query)
    else:
        selected = run_selection.select_named_or_latest(runs, query)
    if not selected:
        click.echo("No runs to unmark.")
        return 0
    about = f"You are about to {'unmark' if clear else 'mark'} the following runs:"
    if not yes and not confirm.confirm_runs(about, selected):
        return exit_codes.DECLINED
    for run in selected:
        changes.mark(run.run, not clear)
    click.echo(f"{'Unmarked' if clear else 'Marked'} {len(selected)} run(s)")
    return 0


def _select_marked(specs: tuple[str, ...], query: RunQuery) -> list[IndexedRun]:
    if specs:
        return run_selection.select_named_or_all(specs, query)
    return run_selection.select_named_or_all((), query._replace(marked=True))
