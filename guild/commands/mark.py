"""`guild mark`."""

from __future__ import annotations

import click

from guild.api import changes
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command, option
from guild.index.query import IndexedRun, RunQuery


@command(
    examples=(
        ("guild mark 3", "Mark the third run."),
        ("guild mark --clear", "Unmark all runs."),
    )
)
@run_selection.runs_argument("the latest run; with --clear, all marked runs")
@option("-c", "--clear", is_flag=True, help="Unmark runs.")
@confirm.yes_option
@run_selection.RUN_FILTERS
def mark(runs: tuple[str, ...], clear: bool, yes: bool, query: RunQuery) -> int:
    """Mark or unmark runs.

    An operation that requires another one uses its marked run rather than its latest run.
    """
    if clear:
        selected = _select_marked(runs, query)
    else:
        selected = run_selection.select_named_or_latest(runs, query)
    if not selected:
        return run_selection.report_no_match("No runs to unmark.")
    prompt = f"You are about to {'unmark' if clear else 'mark'} the following runs:"
    if not yes and not confirm.confirm_runs(prompt, selected):
        return exit_codes.DECLINED
    for run in selected:
        changes.set_marked(run.run, not clear)
    click.echo(f"{'Unmarked' if clear else 'Marked'} {len(selected)} run(s)")
    return exit_codes.OK


def _select_marked(specs: tuple[str, ...], query: RunQuery) -> list[IndexedRun]:
    if specs:
        return run_selection.select_named_or_all(specs, query)
    return run_selection.select_named_or_all((), query._replace(marked=True))
