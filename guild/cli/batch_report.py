"""The progress and the end of a batch, printed line by line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import click

from guild.base import log
from guild.extend.observer import BatchEnd, BatchStart, RunEnd, RunObserver
from guild.flags import values as flag_values
from guild.run import Run

# Many trials usually fail for the same reason.
_MAX_FAILED = 10

_TAIL = 1 << 13  # bytes


class BatchReporter(RunObserver):
    """An observer that prints how a batch ended."""

    batch: BatchStart | None = None

    def on_batch_start(self, batch: BatchStart) -> None:
        self.batch = batch

    def on_batch_end(self, end: BatchEnd | None) -> None:
        if end is None or self.batch is None:
            return
        if end.failed:
            print_error("\n".join(_failed_trials(self.batch.name, end)))
        if end.stopped:
            run = self.batch.run
            print_error(
                f"{self.batch.name} was stopped; 'guild run --start {run.short_id}' resumes it"
            )


class BatchLines(BatchReporter):
    """A reporter that prints a line when a trial starts.

    If several trials run at a time, it prints a line when a trial ends as well. A quiet one
    prints only warnings.
    """

    def __init__(self, show_ends: bool, quiet: bool) -> None:
        self._show_ends = show_ends and not quiet
        self._quiet = quiet

    @property
    def _operation(self) -> str:
        return self.batch.operation if self.batch else ""

    def on_basis(self, message: str) -> None:
        if not self._quiet:
            log.info(message)

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        if not self._quiet:
            log.info(f"Running trial {trial_text(run, self._operation, flags)}")

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        if end.error:
            log.warning(f"Trial {end.run.id} failed: {end.error}")
        elif self._show_ends:
            log.info(f"Trial {end.run.id} {ending_text(end.run)}")

    def on_warning(self, message: str) -> None:
        log.warning(message)


def print_error(text: str) -> None:
    """Print `text` on stderr."""
    click.echo(text, err=True)


def trial_text(run: Run, operation: str, flags: Mapping[str, Any]) -> str:
    """Return a trial as messages call it: `ID: OPERATION (NAME=VAL, ...)`."""
    values = ", ".join(
        f"{name}={flag_values.quote_value(value)}" for name, value in sorted(flags.items())
    )
    return f"{run.id}: {operation} ({values})"


def _failed_trials(name: str, end: BatchEnd) -> Iterator[str]:
    """Yield a line for each trial of the batch `name` that failed, with the reason."""
    yield f"{name}: {len(end.failed)} of {end.trials} trials failed"
    for run in end.failed[:_MAX_FAILED]:
        reason = end.errors.get(run.id) or ending_text(run)
        yield f"  [{run.short_id}]  {run.get('label') or ''}  {reason}"
    if len(end.failed) > _MAX_FAILED:
        yield f"  and {len(end.failed) - _MAX_FAILED} more; 'guild runs --error' lists them"


def ending_text(run: Run) -> str:
    """Return how `run` ended: `completed`, or its exit code and its last line on stderr."""
    status = run.get("exit_status")
    if status == 0:
        return "completed"
    if not isinstance(status, int):
        return "ended without a result"
    ending = f"exit code {status}" if status > 0 else f"stopped by signal {-status}"
    last = _last_error(run)
    return f"{ending}: {last}" if last else ending


def _last_error(run: Run) -> str:
    """Return the last line that `run` wrote to stderr, such as the error of a traceback;
    empty without one."""
    lines = _read_tail(run.guild_path("output"), _TAIL).rstrip(b"\n").split(b"\n")
    streams = _read_tail(run.guild_path("output.index"), 9 * len(lines))[8::9]
    for line, stream in zip(reversed(lines), reversed(streams), strict=False):
        if stream == 1 and line.strip():
            return "".join(c for c in line.decode(errors="replace").strip() if c.isprintable())
    return ""


def _read_tail(path: str, size: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - size))
            return file.read()
    except OSError:
        return b""
