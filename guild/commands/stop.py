"""`guild stop`."""

from __future__ import annotations

import click

from guild import config
from guild.api import selection, stopping
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command, option
from guild.index.query import IndexedRun, RunQuery


@command(
    examples=(
        ("guild stop", "Stop the latest running run."),
        ("guild stop : -Fo train -y", "Stop all running 'train' runs without a prompt."),
    )
)
@run_selection.runs_argument("the latest running run", "guild runs --running")
@option("-n", "--no-wait", is_flag=True, help="Do not wait for runs to stop.")
@confirm.yes_option
@run_selection.RUN_FILTERS_WITHOUT_STATUS
def stop(runs: tuple[str, ...], no_wait: bool, yes: bool, query: RunQuery) -> int:
    """Stop one or more runs.

    The run is asked to stop and killed if it does not.
    """
    selected = _select_running(runs, query)
    if not selected:
        return run_selection.report_no_match("Nothing to stop.")
    if not yes and not confirm.confirm_runs(
        "You are about to stop the following runs:",
        selected,
        f"Stop {len(selected)} run(s)?",
        default=False,
    ):
        return exit_codes.DECLINED
    _stop_runs(selected, wait=not no_wait)
    return exit_codes.OK


def _select_running(specs: tuple[str, ...], query: RunQuery) -> list[IndexedRun]:
    home = config.guild_home()
    query = query._replace(statuses=run_selection.RUNNING)
    if specs:
        return selection.select_named(home, specs, query)
    return selection.select_page(home, query, 1).runs


def _stop_runs(runs: list[IndexedRun], *, wait: bool) -> None:
    """Request all runs to stop, then wait for each of them."""
    for run in runs:
        if run.run.remote is not None:
            raise GuildError(f"run {run.short_id} runs on {run.run.remote}; stop it there")
        click.echo(f"Stopping {run.short_id} (pid {run.run.lock_pid})")
        stopping.request_stop(run.run)
    if not wait:
        return
    for run in runs:
        if not stopping.wait_until_stopped(run.run):
            raise GuildError(
                f"run {run.short_id} has not stopped within {stopping.PATIENCE:g} seconds; "
                f"watch it with 'guild watch {run.short_id}'"
            )
