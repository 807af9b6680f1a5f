"""`guild stop`."""

from __future__ import annotations

import click

from guild import config
from guild.api import selection, stopping
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import IndexedRun, RunQuery

_RUNNING = frozenset(("running",))


@command()
@run_selection.runs_argument("the latest running run")
@run_selection.RUN_FILTERS_WITHOUT_STATUS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before stopping.")
@click.option("-n", "--no-wait", is_flag=True, help="Don't wait for runs to stop.")
def stop(runs: tuple[str, ...], yes: bool, no_wait: bool, query: RunQuery) -> int:
    """Stop one or more runs.

    RUN is an index among the runs that are running, a range of indexes, the start of a
    run's id, or a run directory; without it the latest run that is running is stopped. The
    run is asked to stop, and is killed by its starter if it does not.
    """
    selected = _running(runs, query)
    if not selected:
        click.echo("Nothing to stop.")
        return 0
    if not yes and not confirm.confirm_runs(
        "You are about to stop the following runs:",
        selected,
        f"Stop {len(selected)} run(s)?",
        default=False,
    ):
        return exit_codes.DECLINED
    _stop(selected, wait=not no_wait)
    return 0


def _running(specs: tuple[str, ...], query: RunQuery) -> list[IndexedRun]:
    home = config.guild_home()
    query = query._replace(statuses=_RUNNING)
    if specs:
        return selection.select_named(home, specs, query)
    return selection.select_page(home, query, 1).runs


def _stop(runs: list[IndexedRun], *, wait: bool) -> None:
    """Ask all runs to stop, and then wait for each."""
    for run in runs:
        if run.run.remote is not None:
            raise GuildError(f"run {run.short_id} runs on {run.run.remote}: stop it there")
        click.echo(f"Stopping {run.short_id} (pid {run.run.lock_pid})")
        stopping.request_stop(run.run)
    if not wait:
        return
    for run in runs:
        if not stopping.wait_until_stopped(run.run):
            raise GuildError(
                f"run {run.short_id} has not stopped within {stopping.PATIENCE:g} seconds - "
                f"watch it with 'guild watch {run.short_id}'"
            )
