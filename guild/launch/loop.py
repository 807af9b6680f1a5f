"""The loop of a batch: choose a trial, submit it, until no more can be chosen."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.executor import Executor, JobEnd, StartRequest
from guild.extend.observer import BatchEnd, BatchStart, RunEnd, RunObserver
from guild.launch.batch_directory import StagedBatch
from guild.launch.devices import device_shares
from guild.launch.observers import Observers
from guild.launch.trial_runs import MadeTrial, OperationTrialMaker, TrialMaker, Trials, is_done
from guild.launch.trial_source import TrialSource, trial_source
from guild.ops.process.signals import SignalWatch
from guild.ops.process.start import DEFAULT_OPTIONS as DEFAULT_START
from guild.ops.process.start import StartOptions
from guild.run import Run
from guild.runs.claim import is_claimed
from guild.runs.store import RunStore

# Seconds between looks at trials that another process runs, and at signals while trials run.
_LOOK_INTERVAL = 0.2


class BatchOptions(NamedTuple):
    """Options for running a batch.

    Attributes:
        fail_on_trial_error: stop after the first trial that fails.
        keep: keep the batch run of a grid or a random search that succeeded.
        stage_first: make all trials before the first one starts, if they are known.
        start: options for starting each trial.
        handle_signals: stop in good order on SIGINT, SIGTERM and the like. Without it, Ctrl-C
            raises KeyboardInterrupt as usual.
    """

    fail_on_trial_error: bool = False
    keep: bool = False
    stage_first: bool = True
    start: StartOptions = DEFAULT_START
    handle_signals: bool = True


DEFAULT_OPTIONS = BatchOptions()


class _Active(NamedTuple):
    """A submitted trial.

    Attributes:
        run: the trial's run.
        flags: its flags.
        job: the number of its slot.
    """

    run: Run
    flags: dict[str, Any]
    job: int


class BatchLoop:
    """One process's part in a batch.

    Several processes can take part in the same batch, on one machine or on several that share
    the home. No process runs a trial that another one runs, and each takes over the trials that
    a killed process left unfinished.
    """

    def __init__(
        self,
        batch: StagedBatch,
        maker: TrialMaker,
        store: RunStore,
        executor: Executor,
        observer: RunObserver,
        options: BatchOptions = DEFAULT_OPTIONS,
    ) -> None:
        """Raise GuildError if the trials cannot be chosen, such as for a missing optimizer."""
        self._batch = batch
        self._source: TrialSource = trial_source(batch)
        self._executor = executor
        self._observers = Observers(observer)
        self._options = options
        self._maker = maker
        # About what each trial requires, to be printed after the line about its start.
        self._messages: dict[str, list[tuple[int, str]]] = {}
        self._trials = Trials(batch.run, store)
        self._device_shares = device_shares(batch.env, executor.slots)
        self._free_jobs = list(reversed(range(executor.slots)))
        self._active: dict[str, _Active] = {}
        self._stopped_here: set[str] = set()
        self._claimed_elsewhere: set[str] = set()  # since the last wait
        self._errors: dict[str, str] = {}
        self._any_failed = False
        self._any_completed = False
        self._first_undone = 0
        self._is_exhausted = False
        self._signals: SignalWatch | None = None

    def run(self, on_running: Callable[[], None] = lambda: None) -> BatchEnd:
        """Run the trials that have no result yet, until no more can be chosen.

        `on_running` is called once signals stop the batch in good order.
        Raises GuildError if the batch cannot continue.
        """
        with self._executor, self._watch_signals():
            on_running()
            end = None
            try:
                end = self._run()
                return end
            finally:
                self._observers.notify(lambda observer: observer.on_batch_end(end))

    @contextmanager
    def _watch_signals(self) -> Iterator[None]:
        if not self._options.handle_signals:
            yield
            return
        with SignalWatch() as self._signals:
            yield

    def _run(self) -> BatchEnd:
        self._trials.refresh()
        start = BatchStart(
            run=self._batch.run,
            name=self._batch.name,
            operation=self._batch.operation.name,
            flag_defs=self._batch.operation.flags,
            objective=self._batch.objective,
            max_trials=self._source.max_trials,
            existing=len(self._trials),
        )
        self._observers.notify(lambda observer: observer.on_batch_start(start))
        if self._options.stage_first and not self._source.learns:
            self._stage_remaining()
        while True:
            self._claimed_elsewhere.clear()
            while self._free_jobs and not self._is_ending() and self._start_next():
                pass
            if self._active:
                self._wait_for_trials()
            elif self._is_ending() or (self._is_exhausted and self._all_ended()):
                if self._stopped() and not self._source.learns:
                    self._stage_remaining()
                return self._end()
            else:  # other processes run the remaining trials
                self._pause(_LOOK_INTERVAL)

    def _stopped(self) -> bool:
        """Return whether a signal asked to stop, and pass each such signal on to the trials."""
        if self._signals is None:
            return False
        for _ in self._signals.take():
            self._executor.cancel(list(self._active))
        return self._signals.stopped

    def _pause(self, seconds: float) -> None:
        select.select([] if self._signals is None else [self._signals.fd], [], [], seconds)

    def _is_ending(self) -> bool:
        return self._stopped() or (self._options.fail_on_trial_error and self._any_failed)

    def _all_ended(self) -> bool:
        """Return whether each trial has a result, or was stopped here for its own reasons."""
        self._trials.refresh()
        return all(self._has_ended(run) for run in self._trials[self._first_undone :])

    def _has_ended(self, run: Run) -> bool:
        # A trial that was deleted in the meantime needs no result.
        return run.id in self._stopped_here or is_done(run) or not os.path.isdir(run.path)

    # -- Starting trials

    def _start_next(self) -> bool:
        """Start an unclaimed trial or a new one. Return False if neither is available now."""
        with _choosing(self._batch.run):
            trial = self._unclaimed_trial() or self._new_trial()
            if trial is None or self._stopped():  # the choice may have taken long
                return False
            # No other loop chooses until the run is claimed.
            (handle,) = self._executor.submit([self._start_request(trial)])
        if handle is None:
            self._claimed_elsewhere.add(trial.run.id)
        else:
            self._active[handle] = _Active(trial.run, trial.flags, self._free_jobs.pop())
            self._observers.notify(lambda o: o.on_trial_start(trial.run, trial.flags))
            log.release_messages(self._messages.pop(trial.run.id, []))
        return True

    def _start_request(self, trial: MadeTrial) -> StartRequest:
        start = self._options.start
        return StartRequest(
            trial.run.id,
            trial.run.path,
            trial.environ,
            quiet=start.quiet,
            stop_after=start.stop_after,
            kill_delay=start.kill_delay,
        )

    def _unclaimed_trial(self) -> MadeTrial | None:
        """Return an existing trial that has no result and that no process runs."""
        self._trials.refresh()
        while self._first_undone < len(self._trials):
            if not self._has_ended(self._trials[self._first_undone]):
                break
            self._first_undone += 1
        skipped = self._claimed_elsewhere | {trial.run.id for trial in self._active.values()}
        for number in range(self._first_undone, len(self._trials)):
            run = self._trials[number]
            if run.id in skipped:
                continue
            # A claim ends after the result is written, so this order misses no result.
            if not is_claimed(run) and not self._has_ended(run):
                with log.hold_messages() as messages:
                    self._messages.setdefault(run.id, messages)
                    return self._maker.resume(run, number, self._slot_variables())
        return None

    def _new_trial(self) -> MadeTrial | None:
        flags = self._source.next_flags(self._trials, self._report_basis)
        if flags is None:
            self._is_exhausted = True
            return None
        run = self._trials.at(len(self._trials))
        with log.hold_messages() as self._messages[run.id]:
            return self._maker.make(run, flags, self._slot_variables())

    def _report_basis(self, message: str) -> None:
        self._observers.notify(lambda observer: observer.on_basis(message))

    def _stage_remaining(self) -> None:
        """Stage the trials that have not started, so that they are listed with the others."""
        with _choosing(self._batch.run):
            self._trials.refresh()
            staged = stage_remaining(self._source, self._trials, self._maker)
            while True:
                with log.hold_messages() as messages:
                    run = next(staged, None)
                if run is None:
                    break
                self._messages[run.id] = messages

    def _slot_variables(self) -> Mapping[str, str]:
        return self._device_shares[self._free_jobs[-1]]

    # -- Handling the ends of trials

    def _wait_for_trials(self) -> None:
        intervals = [_LOOK_INTERVAL, self._observers.interval]
        timeout = min(interval for interval in intervals if interval is not None)
        self._stopped()
        for end in self._executor.poll(timeout):
            self._handle_end(end)
        self._observers.notify(lambda observer: observer.on_tick())

    def _handle_end(self, end: JobEnd) -> None:
        trial = self._active.pop(end.handle)
        run = trial.run
        self._free_jobs.append(trial.job)
        if end.error:
            self._errors[run.id] = end.error
        if not is_done(run):
            self._stopped_here.add(run.id)
        self._any_failed = self._any_failed or end.exit_code != 0
        run_end = RunEnd(run, end.exit_code, end.error)
        self._observers.notify(lambda observer: observer.on_trial_end(run_end, trial.flags))
        if end.exit_code == 0 and not self._any_completed:
            self._any_completed = True
            self._check_objective(run)

    def _check_objective(self, run: Run) -> None:
        """Warn if the first completed trial lacks the objective, and not hours later."""
        if self._source.needs_objective:
            from guild.launch.objective import Objective

            problem = Objective.parse(self._batch.objective).describe_missing(run)
            if problem is not None:
                self._observers.notify(lambda observer: observer.on_warning(problem))

    def _end(self) -> BatchEnd:
        stopped = self._stopped()
        self._trials.refresh()
        return BatchEnd(
            trials=len(self._trials),
            failed=tuple(run for run in self._trials if self._has_failed(run, stopped)),
            errors=self._errors,
            stopped=stopped,
        )

    def _has_failed(self, run: Run, stopped: bool) -> bool:
        status = run.exit_status
        if stopped and status == -signal.SIGTERM:
            return False
        return run.id in self._errors or status not in (None, 0)


@contextmanager
def _choosing(batch: Run) -> Iterator[None]:
    """Keep other processes from choosing a trial of `batch`."""
    fd = os.open(batch.guild_path("choosing"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)  # a supervisor forked meanwhile has the file open, too
        os.close(fd)


def stage_trials(batch: StagedBatch, ctx: Context) -> Iterator[Run]:
    """Stage the trials of a batch that do not exist yet, without starting them.

    Raises GuildError if the batch chooses trials by the results of earlier ones.
    """
    source = trial_source(batch)
    if source.learns:
        raise trials_cannot_be_staged(batch.optimizer)
    store = RunStore(ctx.home)
    maker = OperationTrialMaker(batch, store, ctx, marker="STAGED")
    trials = Trials(batch.run, store)
    trials.refresh()
    yield from stage_remaining(source, trials, maker)


def stage_remaining(source: TrialSource, trials: Trials, maker: TrialMaker) -> Iterator[Run]:
    """Stage the trials of `source` that follow `trials`."""
    while (flags := source.next_flags(trials, lambda _: None)) is not None:
        run = trials.at(len(trials))
        maker.make(run, flags, {})
        trials.refresh()
        yield run


def trials_cannot_be_staged(optimizer: str | None) -> GuildError:
    """Return the error for staging the trials of an optimizer that learns from them."""
    # Guild AI 0.9 wording
    return GuildError(f"operation '{optimizer}' does not support --stage-trials")
