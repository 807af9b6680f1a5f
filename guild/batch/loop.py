"""The life of a batch: choose a trial, start it, until there are no more."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from guild.base import clock
from guild.base.errors import GuildError
from guild.batch.choice import Choice, choice
from guild.batch.executor import Ended, Executor
from guild.batch.stage import StagedBatch
from guild.batch.trial import TrialMaker, is_done, trial_id
from guild.ops.lock import RunLock
from guild.run import Run
from guild.runs.store import RunStore

# How long to wait for trials that another process runs, before looking at them again.
_PATIENCE = 0.2


class Reporter(Protocol):
    """Is told what a batch does; shows it in some way."""

    def begin(self, batch: StagedBatch, most: int) -> None:
        """The batch begins, or goes on; it will have `most` trials at the most."""

    def basis(self, text: str) -> None:
        """What the next choice rests on."""

    def started(self, run: Run, flags: Mapping[str, Any]) -> None:
        """A trial begins."""

    def ended(self, end: Ended, flags: Mapping[str, Any]) -> None:
        """A trial has ended."""

    def close(self) -> None:
        """Nothing more will be told."""


class BatchOptions(NamedTuple):
    """How to run a batch.

    Attributes:
        fail_on_trial_error: stop at the first trial that fails.
    """

    fail_on_trial_error: bool = False


DEFAULT_OPTIONS = BatchOptions()


class BatchEnd(NamedTuple):
    """How a batch ended.

    Attributes:
        failed: the trials that failed, and why where that is known.
        stopped: whether it was asked to stop.
        done: how many trials have a result.
    """

    failed: tuple[Ended, ...]
    stopped: bool
    done: int


def run_batch(
    batch: StagedBatch,
    *,
    executor: Executor,
    reporter: Reporter,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    options: BatchOptions = DEFAULT_OPTIONS,
) -> BatchEnd:
    """Run the trials of `batch` that have no result yet, until there are no more to choose.

    Several processes may do so for the same batch at the same time, on one machine or on
    several that share the home: none runs a trial that another one runs, and each takes up
    what a killed one has left. Raises GuildError where the batch cannot go on.
    """
    drain = _Drain(batch, executor, reporter, environ, RunStore(home), cwd, options)
    reporter.begin(batch, drain.choice.most)
    try:
        with executor:
            return drain.run()
    finally:
        reporter.close()


class _Drain:
    """One process's part in a batch."""

    def __init__(
        self,
        batch: StagedBatch,
        executor: Executor,
        reporter: Reporter,
        environ: Mapping[str, str],
        store: RunStore,
        cwd: Path,
        options: BatchOptions,
    ) -> None:
        self.batch = batch
        self.choice: Choice = choice(batch)
        self._executor = executor
        self._reporter = reporter
        self._store = store
        self._options = options
        self._maker = TrialMaker(batch, store, environ, cwd)
        self._going: dict[str, dict[str, Any]] = {}
        self._failed: list[Ended] = []
        self._known: list[Run] = []
        self._first_undone = 0

    def run(self) -> BatchEnd:
        giving_up = False
        while True:
            while not giving_up and len(self._going) < self._executor.slots:
                if not self._start_next():
                    break
            giving_up = giving_up or self._executor.stopped
            if self._going:
                for end in self._executor.wait():
                    self._note(end)
                giving_up = giving_up or self._executor.stopped or self._must_stop()
            elif giving_up or self._all_done():
                break
            else:  # others have the rest
                time.sleep(_PATIENCE)
        trials = self._trials()
        return BatchEnd(
            failed=tuple(self._failed),
            stopped=self._executor.stopped,
            done=sum(is_done(run) for run in trials),
        )

    def _must_stop(self) -> bool:
        return self._options.fail_on_trial_error and bool(self._failed)

    def _all_done(self) -> bool:
        trials = self._trials()
        if not all(is_done(run) for run in trials[self._first_undone :]):
            return False
        return self.choice.next(len(trials), trials) is None

    def _trials(self) -> list[Run]:
        """The trials that are there, in their order; there are never fewer than before."""
        while True:
            run = self._store.get(trial_id(self.batch.run.id, len(self._known)))
            if not os.path.isdir(run.path):
                return self._known
            self._known.append(run)

    def _start_next(self) -> bool:
        """Start a trial that nobody runs, a new one if there is none; False if all are
        taken or done."""
        with _choosing(self.batch.run):
            claimed = self._claim_left() or self._claim_new()
        if claimed is None:
            return False
        run, lock = claimed
        flags = run.get("flags") or {}
        self._reporter.started(run, flags)
        self._going[run.id] = flags
        self._executor.submit(run, lock, self._maker.environment(run, flags))
        return True

    def _claim_left(self) -> tuple[Run, RunLock] | None:
        """A trial that is there, has no result and is run by nobody."""
        trials = self._trials()
        while self._first_undone < len(trials) and is_done(trials[self._first_undone]):
            self._first_undone += 1
        for run in trials[self._first_undone :]:
            if run.id in self._going or is_done(run):
                continue
            lock = _claim(run)
            if lock is not None:
                self._maker.link(run)
                return run, lock
        return None

    def _claim_new(self) -> tuple[Run, RunLock] | None:
        trials = self._trials()
        count = len(trials)
        if basis := self.choice.basis(count, trials):
            self._reporter.basis(basis)
        flags = self.choice.next(count, trials)
        if flags is None:
            return None
        run = self._maker.make(count, flags)
        lock = _claim(run)
        return None if lock is None else (run, lock)

    def _note(self, end: Ended) -> None:
        flags = self._going.pop(end.run.id)
        if end.exit_code != 0 and is_done(end.run) or end.error:
            self._failed.append(end)
        self._reporter.ended(end, flags)


def _claim(run: Run) -> RunLock | None:
    """The lock of `run`; None if another process runs it, or has just done so."""
    lock = RunLock(run)
    try:
        lock.acquire()
    except GuildError:
        return None
    if is_done(run):
        lock.release()
        return None
    return lock


@contextmanager
def _choosing(batch: Run) -> Iterator[None]:
    """Only one process at a time chooses a trial of `batch`."""
    fd = os.open(batch.guild_path("choosing"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def stage_trials(
    batch: StagedBatch, *, environ: Mapping[str, str], home: Path, cwd: Path
) -> Iterator[Run]:
    """Make the trials of a batch that are not there yet, and leave them staged.

    Raises GuildError for a batch whose trials are chosen by what earlier ones gave.
    """
    maker = TrialMaker(batch, RunStore(home), environ, cwd, marker="STAGED")
    chosen = choice(batch)
    if batch.optimizer is not None:
        raise GuildError(f"trials of {batch.optimizer} cannot be staged: it chooses as it goes")
    made: list[Run] = []
    while (flags := chosen.next(len(made), made)) is not None:
        run = RunStore(home).get(trial_id(batch.run.id, len(made)))
        if not os.path.isdir(run.path):
            run = maker.make(len(made), flags)
        made.append(run)
        yield run


def mark_started(batch: Run) -> None:
    """Write that `batch` runs."""
    for marker in ("PENDING", "STAGED"):
        Path(batch.guild_path(marker)).unlink(missing_ok=True)
    for attr in ("exit_status", "stopped"):
        batch.delete_attr(attr)
    batch.set("started", clock.timestamp())


def mark_stopped(batch: Run, exit_status: int) -> None:
    """Write how `batch` ended."""
    batch.set("exit_status", exit_status)
    batch.set("stopped", clock.timestamp())
