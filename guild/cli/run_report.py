"""The output of `guild run` while it runs and afterwards."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from guild.base import log
from guild.base.clock import format_time
from guild.cli.columns import align_rows
from guild.launch.execution import BACKGROUND, STAGE, STAGE_TRIALS, ExecuteOptions, Outcome
from guild.launch.prepared import Prepared, PreparedRun, Skipped
from guild.run import Run

if TYPE_CHECKING:  # a single run has no observer
    from guild.extend.observer import RunObserver


def make_observer(prepared: Prepared, options: ExecuteOptions) -> RunObserver | None:
    """Return the observer that shows the progress of a batch; None for a single run."""
    if isinstance(prepared, (PreparedRun, Skipped)):
        return None
    log.tag_messages()
    is_parallel = options.jobs > 1
    is_background = options.mode == BACKGROUND
    if is_parallel and not options.quiet and not is_background and sys.stderr.isatty():
        from guild.cli.batch_table import BatchTable

        return BatchTable(options.jobs)
    from guild.cli.batch_report import BatchLines

    return BatchLines(is_parallel, options.quiet)


def report_start(prepared: Prepared, options: ExecuteOptions) -> None:
    """Print where a run directory is that no listing shows."""
    run_dir = prepared.request.run_dir
    is_silent = os.environ.get("NO_WARN_RUNDIR") == "1"
    if run_dir is not None and options.mode != STAGE and not is_silent:
        message = f"Run directory is '{run_dir}' (results will not be visible to Guild)"
        click.echo(message, err=True)


def report(prepared: Prepared, outcome: Outcome, options: ExecuteOptions) -> None:
    """Print what happened, unless the run itself has shown it."""
    if isinstance(prepared, Skipped):
        _report_skipped(prepared)
    elif options.mode == STAGE_TRIALS or outcome.trials:
        _report_staged_trials(outcome)
    elif options.mode == STAGE:
        _report_staged(prepared, outcome)
    elif outcome.is_deleted and outcome.run is not None:
        # Guild AI 0.9 wording
        reason = f"'{prepared.name}' is configured for deletion on success"
        click.echo(f"Deleting interim run {outcome.run.id} ({reason})", err=True)
    elif options.mode == BACKGROUND and outcome.run is not None:
        where = f"pidfile {options.pidfile}" if options.pidfile else f"process {outcome.pid}"
        click.echo(f"{prepared.name} started in background as {outcome.run.id} ({where})")


def _report_skipped(skipped: Skipped) -> None:
    # Guild AI 0.9 wording
    if skipped.request.restart is not None:
        click.echo("Skipping run because flags have not changed (--needed specified)")
        return
    if not skipped.runs:
        click.echo("Skipping because each trial has a matching run (--needed specified)")
        return
    click.echo("Skipping because the following runs match this operation (--needed specified):")
    rows = [
        (
            f"  [{run.short_id}]",
            skipped.name,
            format_time(run.timestamp) or "",
            run.status,
            run.label,
        )
        for run in skipped.runs
    ]
    for line in align_rows(rows):
        click.echo(line)


def _report_staged(prepared: Prepared, outcome: Outcome) -> None:
    assert outcome.run is not None
    run, name = outcome.run, prepared.name
    if isinstance(prepared, PreparedRun) and prepared.request.run_dir is not None:
        import shlex

        cmd = shlex.join(prepared.plan.cmd)
        # Guild AI 0.9 wording
        click.echo(
            f"{name} staged in '{run.path}'\n"
            f"To start the operation, use \"(cd '{run.path}' && source .guild/ENV && {cmd})\""
        )
    else:
        click.echo(
            f"{name} staged as {run.id}\nTo start the operation, use 'guild run --start {run.id}'"
        )


def _report_staged_trials(outcome: Outcome) -> None:
    from guild.cli.batch_report import trial_text

    for run in outcome.trials:
        log.info(f"Staging trial {trial_text(run, _operation_name(run), run.flags)}")


def _operation_name(run: Run) -> str:
    return run.opref.full_name if run.opref else ""
