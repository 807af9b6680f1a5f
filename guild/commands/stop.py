"""`guild stop`."""

from __future__ import annotations

import time

import click

from guild import config
from guild.api import run_process, selection
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command, option
from guild.index.query import IndexedRun, RunQuery
from guild.run import Run


@command(
    examples=(
        ("guild stop", "Stop the latest running run."),
        ("guild stop : -Fo train -y", "Stop all running 'train' runs without a prompt."),
        ("guild stop 2 --timeout 60 --force", "Kill the second run if it does not end in time."),
    )
)
@run_selection.runs_argument("the latest running run")
@option("-n", "--no-wait", is_flag=True, help="Do not wait for runs to stop.")
@option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=run_process.PATIENCE,
    metavar="SECONDS",
    help=f"Wait at most SECONDS for runs to stop (default: {run_process.PATIENCE:g}).",
)
@option("--force", is_flag=True, help="Kill processes that do not stop in that time.")
@confirm.yes_option
@run_selection.RUN_FILTERS_WITHOUT_STATUS
def stop(
    runs: tuple[str, ...], no_wait: bool, timeout: float, force: bool, yes: bool, query: RunQuery
) -> int:
    """Stop one or more runs.

    Runs that have ended are not changed.
    """
    selected = _select_running(runs, query)
    if not selected:
        return exit_codes.OK
    if not yes and not confirm.confirm_runs(
        "You are about to stop the following runs:",
        selected,
        f"Stop {len(selected)} run(s)?",
        default=False,
    ):
        return exit_codes.DECLINED
    for run in selected:
        _request_stop(run.run)
    return exit_codes.OK if no_wait else _wait([run.run for run in selected], timeout, force)


def _select_running(specs: tuple[str, ...], query: RunQuery) -> list[IndexedRun]:
    """Return the running runs among those that the command line selects, and report others."""
    home = config.guild_home()
    if not specs:
        latest = selection.select_page(home, query._replace(statuses=run_selection.RUNNING), 1).runs
        if not latest:
            run_selection.report_no_match("Nothing to stop.")
        return latest
    selected = selection.select_named(home, specs, query)
    running = [run for run in selected if run.status == "running"]
    if any(":" not in spec for spec in specs):
        for run in selected:
            if run.status != "running":
                click.echo(f"Run {run.id} is not running", err=True)  # Guild AI 0.9 wording
    elif not running:
        run_selection.report_no_match("Nothing to stop.")
    return running


def _request_stop(run: Run) -> None:
    if run.remote is not None:
        raise GuildError(f"run {run.short_id} runs on {run.remote}; stop it there")
    # Guild AI 0.9 wording
    click.echo(f"Stopping {run.id} (pid {run.lock_pid})", err=True)
    run_process.request_stop(run)


def _wait(runs: list[Run], timeout: float, force: bool) -> int:
    """Wait until all runs have stopped, kill the others if `force`, and return the exit code."""
    deadline = time.monotonic() + timeout
    for run in runs:
        run_process.wait_until_stopped(run, max(0.0, deadline - time.monotonic()))
    if force:
        for run in runs:
            run_process.kill_run(run)
    left = sorted(pid for run in runs for pid in run_process.list_processes(run))
    if not left:
        return exit_codes.OK
    # Guild AI 0.9 wording
    pids = ", ".join(map(str, left))
    click.echo(f"The following processes did not stop as expected: {pids}", err=True)
    return exit_codes.ERROR
