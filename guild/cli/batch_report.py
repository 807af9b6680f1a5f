"""A batch told line by line, and how it ended."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from guild.base import log
from guild.extend.observer import BatchStart, RunEnd, RunObserver
from guild.flags import values as flag_values
from guild.launch.loop import BatchEnd
from guild.run import Run

# Of many trials that failed alike a few say enough.
_MOST_SHOWN = 10

_TAIL = 1 << 13


class BatchLines(RunObserver):
    """An observer that prints a line when a trial starts.

    If several trials run at a time, it prints a line when a trial ends as well. A quiet one
    prints only warnings.
    """

    def __init__(self, show_ends: bool, quiet: bool) -> None:
        self._show_ends = show_ends and not quiet
        self._quiet = quiet
        self._operation = ""

    def on_batch_start(self, batch: BatchStart) -> None:
        self._operation = batch.operation

    def on_basis(self, message: str) -> None:
        if not self._quiet:
            log.info(message)

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        if not self._quiet:
            log.info(f"Running trial {trial(run, self._operation, flags)}")

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        if end.error:
            log.warning(f"Trial {end.run.id} failed: {end.error}")
        elif self._show_ends:
            log.info(f"Trial {end.run.id} {how_it_ended(end.run)}")

    def on_warning(self, message: str) -> None:
        log.warning(message)


def trial(run: Run, operation: str, flags: Mapping[str, Any]) -> str:
    """A trial as it is told: `ID: OPERATION (NAME=VAL, ...)`."""
    values = ", ".join(
        f"{name}={flag_values.encode(value)}" for name, value in sorted(flags.items())
    )
    return f"{run.id}: {operation} ({values})"


def summary(name: str, end: BatchEnd) -> Iterator[str]:
    """Which trials of the batch `name` failed, and why, a line each."""
    yield f"{name}: {len(end.failed)} of {end.trials} trials failed"
    for run in end.failed[:_MOST_SHOWN]:
        why = end.errors.get(run.id) or how_it_ended(run)
        yield f"  [{run.short_id}]  {run.get('label') or ''}  {why}"
    if len(end.failed) > _MOST_SHOWN:
        yield f"  and {len(end.failed) - _MOST_SHOWN} more - 'guild runs --error' lists them"


def how_it_ended(run: Run) -> str:
    """`completed`, or the exit code and the last thing the run said of it."""
    status = run.exit_status
    if status == 0:
        return "completed"
    if status is None:
        return "ended without a result"
    how = f"exit code {status}" if status > 0 else f"stopped by signal {-status}"
    last = _last_words(run)
    return f"{how}: {last}" if last else how


def _last_words(run: Run) -> str:
    """The last line that the run wrote to stderr, such as the error of a traceback; empty
    without one."""
    lines = _tail(run.guild_path("output"), _TAIL).rstrip(b"\n").split(b"\n")
    streams = _tail(run.guild_path("output.index"), 9 * len(lines))[8::9]
    for line, stream in zip(reversed(lines), reversed(streams), strict=False):
        if stream == 1 and line.strip():
            return "".join(c for c in line.decode(errors="replace").strip() if c.isprintable())
    return ""


def _tail(path: str, size: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - size))
            return file.read()
    except OSError:
        return b""
