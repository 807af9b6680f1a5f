"""The life of a batch: choose a trial, start it, until there are no more."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.extend.observer import BatchEnd, BatchStart, RunEnd, RunObserver
from guild.launch.batch_directory import StagedBatch
from guild.launch.batch_plan import batch_name
from guild.launch.devices import shares
from guild.launch.executor import Executor
from guild.launch.trial_runs import MadeTrial, TrialMaker, Trials, is_done
from guild.launch.trial_source import Choice, choice
from guild.ops.process.lock import RunLock
from guild.run import Run
from guild.runs.store import RunStore

# How long to wait for trials that another process runs, before looking at them again.
_PATIENCE = 0.2


class BatchOptions(NamedTuple):
    """How to run a batch.

    Attributes:
        fail_on_trial_error: stop at the first trial that fails.
        keep: keep the batch run of a grid that ended well.
    """

    fail_on_trial_error: bool = False
    keep: bool = False


DEFAULT_OPTIONS = BatchOptions()


def run_batch(
    batch: StagedBatch,
    *,
    executor: Executor,
    observer: RunObserver,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    options: BatchOptions = DEFAULT_OPTIONS,
    started: Callable[[], None] = lambda: None,
) -> BatchEnd:
    """Run the trials of `batch` that have no result yet, until there are no more to choose.

    Several processes may do so for the same batch at the same time, on one machine or on
    several that share the home: none runs a trial that another one runs, and each takes up
    what a killed one has left. Raises GuildError where the batch cannot go on.
    """
    drain = _Drain(batch, executor, observer, environ, RunStore(home), cwd, options)
    with executor:
        started()  # from here on a signal stops the batch in good order
        end = None
        try:
            end = drain.run()
            return end
        finally:
            observer.on_batch_end(end)


class _Going(NamedTuple):
    """A trial that runs: its flags, and the job that it is."""

    flags: dict[str, Any]
    job: int


class _Drain:
    """One process's part in a batch."""

    def __init__(
        self,
        batch: StagedBatch,
        executor: Executor,
        observer: RunObserver,
        environ: Mapping[str, str],
        store: RunStore,
        cwd: Path,
        options: BatchOptions,
    ) -> None:
        self._batch = batch
        self._choice: Choice = choice(batch)
        self._executor = executor
        self._observer = observer
        self._options = options
        self._maker = TrialMaker(batch, store, environ, cwd)
        self._trials = Trials(batch.run, store)
        self._shares = shares(batch.env, executor.slots)
        self._free_jobs = list(reversed(range(executor.slots)))
        self._going: dict[str, _Going] = {}
        self._stopped_here: set[str] = set()
        self._errors: dict[str, str] = {}
        self._any_failed = False
        self._any_completed = False
        self._first_undone = 0
        self._no_more = False

    def run(self) -> BatchEnd:
        self._trials.refresh()
        self._observer.on_batch_start(
            BatchStart(
                run=self._batch.run,
                name=batch_name(self._batch.operation.name, self._batch.opref),
                operation=self._batch.operation.name,
                flag_defs=self._batch.operation.flags,
                objective=self._batch.objective,
                max_trials=self._choice.most,
                existing=len(self._trials),
            )
        )
        while True:
            while self._free_jobs and not self._giving_up() and self._start_next():
                pass
            if self._going:
                for end in self._executor.wait(self._observer.interval):
                    self._note(end)
                self._observer.on_tick()
            elif self._giving_up() or (self._no_more and self._all_ended()):
                if self._executor.stopped and not self._choice.learns:
                    self._leave_the_rest_pending()
                return self._end()
            else:  # others have the rest
                self._executor.pause(_PATIENCE)

    def _giving_up(self) -> bool:
        return self._executor.stopped or (self._options.fail_on_trial_error and self._any_failed)

    def _all_ended(self) -> bool:
        """Whether each trial has a result, or was stopped here for a reason of its own."""
        self._trials.refresh()
        return all(self._has_ended(run) for run in self._trials[self._first_undone :])

    def _has_ended(self, run: Run) -> bool:
        # One that was deleted meanwhile has nothing more to come.
        return run.id in self._stopped_here or is_done(run) or not os.path.isdir(run.path)

    def _start_next(self) -> bool:
        """Start a trial that nobody runs, a new one if there is none; False if there is none
        to start now."""
        with _choosing(self._batch.run):
            claimed = self._claim_left() or self._claim_new()
        if claimed is None:
            return False
        made, lock = claimed
        if self._executor.stopped:  # while it was chosen
            lock.release()
            return False
        self._observer.on_trial_start(made.run, made.flags)
        self._going[made.run.id] = _Going(made.flags, self._free_jobs.pop())
        self._executor.submit(made.run, lock, made.environ)
        return True

    def _claim_left(self) -> tuple[MadeTrial, RunLock] | None:
        """A trial that is there, has no result and is run by nobody."""
        self._trials.refresh()
        while self._first_undone < len(self._trials):
            if not self._has_ended(self._trials[self._first_undone]):
                break
            self._first_undone += 1
        for number in range(self._first_undone, len(self._trials)):
            run = self._trials[number]
            if run.id in self._going or self._has_ended(run):
                continue
            lock = _claim(run)
            if lock is not None:
                return self._maker.take_up(run, self._own_variables()), lock
        return None

    def _claim_new(self) -> tuple[MadeTrial, RunLock] | None:
        flags = self._choice.next(self._trials, self._observer.on_basis)
        if flags is None:
            self._no_more = True
            return None
        run = self._trials.at(len(self._trials))
        made = self._maker.make(run, flags, self._own_variables())
        lock = _claim(run)
        return None if lock is None else (made, lock)

    def _leave_the_rest_pending(self) -> None:
        """Make the trials that have not begun, so that they are listed with those that have."""
        with _choosing(self._batch.run):
            self._trials.refresh()
            while (flags := self._choice.next(self._trials, lambda _: None)) is not None:
                self._maker.make(self._trials.at(len(self._trials)), flags, {})
                self._trials.refresh()

    def _own_variables(self) -> Mapping[str, str]:
        return self._shares[self._free_jobs[-1]]

    def _note(self, end: RunEnd) -> None:
        going = self._going.pop(end.run.id)
        self._free_jobs.append(going.job)
        if end.error:
            self._errors[end.run.id] = end.error
        if not is_done(end.run):
            self._stopped_here.add(end.run.id)
        self._any_failed = self._any_failed or end.exit_code != 0
        self._observer.on_trial_end(end, going.flags)
        if end.exit_code == 0 and not self._any_completed:
            self._any_completed = True
            self._check_objective(end.run)

    def _check_objective(self, run: Run) -> None:
        """Tell at the first trial that has all it will have, and not when a search of hours
        has found nothing, that it has no objective."""
        if self._choice.needs_objective:
            from guild.launch.objective import Objective

            missing = Objective.parse(self._batch.objective).missing(run)
            if missing is not None:
                self._observer.on_warning(missing)

    def _end(self) -> BatchEnd:
        stopped = self._executor.stopped
        self._trials.refresh()
        return BatchEnd(
            trials=len(self._trials),
            failed=tuple(run for run in self._trials if self._failed(run, stopped)),
            errors=self._errors,
            stopped=stopped,
        )

    def _failed(self, run: Run, stopped: bool) -> bool:
        status = run.exit_status
        if stopped and status == -signal.SIGTERM:
            return False
        return run.id in self._errors or status not in (None, 0)


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
    chosen = choice(batch)
    if chosen.learns:
        raise trials_cannot_be_staged(batch.optimizer)
    store = RunStore(home)
    maker = TrialMaker(batch, store, environ, cwd, marker="STAGED")
    trials = Trials(batch.run, store)
    trials.refresh()
    while (flags := chosen.next(trials, lambda _: None)) is not None:
        run = trials.at(len(trials))
        maker.make(run, flags, {})
        trials.refresh()
        yield run


def trials_cannot_be_staged(optimizer: str | None) -> GuildError:
    """Return the error for staging the trials of an optimizer that learns from them."""
    # Guild AI 0.9 wording
    return GuildError(f"operation '{optimizer}' does not support --stage-trials")
