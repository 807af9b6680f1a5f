"""A live table of a batch on a terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from guild.cli.batch_report import BatchReporter, ending_text
from guild.extend.observer import BatchEnd, BatchStart, RunEnd
from guild.launch.objective import Objective
from guild.launch.trial_runs import is_done
from guild.ops.plan import label
from guild.run import Run

_MAX_ENDED = 5  # trials that have ended, above those that run


class _Row(NamedTuple):
    """A running trial, and its start in seconds of the monotonic clock."""

    run: Run
    label: str
    started: float


class _Best(NamedTuple):
    """The best trial so far."""

    value: float
    label: str


class BatchTable(BatchReporter):
    """A reporter that draws running trials, recently ended ones and the batch's progress."""

    interval: float | None = 0.5

    def __init__(self, jobs: int, console: Console | None = None) -> None:
        self._jobs = jobs
        self._console = console or Console(stderr=True)
        # Drawn on events, not by a thread: the process forks.
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
        self._running: dict[str, _Row] = {}
        self._ended: deque[tuple[str, str, str]] = deque(maxlen=_MAX_ENDED)
        self._done = 0
        self._failed = 0
        self._stopped = 0
        self._existing = 0
        self._max_trials = 0
        self._seconds = 0.0
        self._began = time.monotonic()
        self._basis = ""
        self._best: _Best | None = None

    def on_batch_start(self, batch: BatchStart) -> None:
        super().on_batch_start(batch)
        self._objective = Objective.parse(batch.objective)
        self._max_trials, self._existing = batch.max_trials, batch.existing
        self._live.start()

    def on_basis(self, message: str) -> None:
        self._basis = message

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        assert self.batch is not None
        text = label.default_label(flags, self.batch.flag_defs)
        self._running[run.id] = _Row(run, text, time.monotonic())
        self._draw()

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        row = self._running.pop(end.run.id)
        took = time.monotonic() - row.started
        how = end.error or ending_text(end.run)
        if end.error is None and not is_done(end.run):  # the batch runs it again
            self._stopped += 1
        else:
            self._done += 1
            self._seconds += took
            if end.exit_code == 0:
                how = self._value(row)
            else:
                self._failed += 1
        self._ended.append((row.label, _clock(took), how))
        self._draw()

    def on_warning(self, message: str) -> None:
        self._console.print(Text(f"WARNING: [guild] {message}"))  # above the table

    def on_tick(self) -> None:
        self._draw()

    def on_batch_end(self, end: BatchEnd | None) -> None:
        if self._live.is_started:
            self._draw()
            self._live.stop()
        super().on_batch_end(end)

    def _value(self, row: _Row) -> str:
        value = self._objective.column_value(row.run)
        if value is None:
            return "completed"
        better = self._best is None or self._objective.sign * (value - self._best.value) < 0
        if better:
            self._best = _Best(value, row.label)
        return f"{self._objective.column.header} {value:.6g}"

    def _draw(self) -> None:
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for text, took, how in self._ended:
            table.add_row(Text(text), took, Text(how))
        for row in self._running.values():
            took = _clock(time.monotonic() - row.started)
            table.add_row(Text(row.label), took, Text("running", style="bold"))
        self._live.update(Group(table, Text(self._status())), refresh=True)

    def _status(self) -> str:
        parts = [f"{self._existing + self._done} of {self._max_trials} done"]
        if self._running:
            parts.append(f"{len(self._running)} running")
        if self._failed:
            parts.append(f"{self._failed} failed")
        if self._stopped:
            parts.append(f"{self._stopped} stopped")
        if self._best:
            name = self._objective.column.header
            parts.append(f"best {name} {self._best.value:.6g} ({self._best.label})")
        left = self._left()
        if left is not None:
            parts.append(f"about {_clock(left)} left")
        elif self._basis:
            parts.append(self._basis)
        return " · ".join(parts)

    def _left(self) -> float | None:
        """Estimate the remaining seconds from the average duration of trials."""
        if not self._done or not self._running:
            return None
        average = self._seconds / self._done
        now = time.monotonic()
        begun = sum(min(now - row.started, average) for row in self._running.values())
        trials = max(self._max_trials - self._existing - self._done, len(self._running))
        return max(0.0, trials * average - begun) / self._jobs


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
