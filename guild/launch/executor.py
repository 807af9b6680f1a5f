"""Where trials run: the seam between choosing a trial and starting it."""

from __future__ import annotations

import os
import select
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from guild.base.errors import GuildError
from guild.extend.observer import RunEnd
from guild.launch.single_run import output_sinks
from guild.ops.process.lifeline import Lifeline
from guild.ops.process.lock import RunLock
from guild.ops.process.signals import STOPS, SignalWatch
from guild.ops.process.start import StartOptions, start_locked
from guild.run import Run


class Executor(ABC):
    """Starts staged runs somewhere and says when they end. It is used within a `with` block.

    The rules, which `tests/batch/executor_contract.py` checks of every executor:

    - `submit` is called with a staged run and its lock, which it takes over: it is held
      until the run has ended, wherever that is, and let go of if its holder dies.
    - No more than `slots` runs are submitted and not yet told to have ended.
    - `wait` tells each run that was submitted once. How a run ended is in its directory.
    - What happens within a run is never an exception here.
    - When this process is asked to stop, so is each run that is going; `wait` still tells
      them all, and `stopped` is true from then on.
    """

    slots: int = 1
    """How many runs may be going at a time."""

    def __init__(self) -> None:
        self._signals = SignalWatch()

    @property
    def stopped(self) -> bool:
        """Whether this process was asked to stop."""
        self._signals.take()
        return self._signals.stopped

    @abstractmethod
    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        """Start `run`. `environ` has what is secret, which its directory has not."""

    @abstractmethod
    def wait(self, timeout: float | None = None) -> list[RunEnd]:
        """Wait until a run has ended, a signal came or `timeout` seconds have gone; the
        runs that have ended."""

    def pause(self, seconds: float) -> None:
        """Wait for `seconds`, or until a signal came."""
        select.select([self._signals.fd], [], [], seconds)

    def __enter__(self) -> Executor:
        self._signals.__enter__()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Let go of what the executor holds; no run is going."""
        self._signals.__exit__(None, None, None)


class InProcessExecutor(Executor):
    """One run after the other, each supervised by this process, which passes on its output."""

    def __init__(self, options: StartOptions) -> None:
        super().__init__()
        self._options = options
        self._ended: list[RunEnd] = []

    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        with SignalWatch() as signals:
            # A signal comes to one watch or the other, and counts for both.
            signals.inherit(self._signals)
            try:
                self._ended.append(_run_locked(run, signals, environ, self._options))
            finally:
                lock.release()
        self._signals.inherit(signals)

    def wait(self, timeout: float | None = None) -> list[RunEnd]:
        ended, self._ended = self._ended, []
        return ended


class _Supervised(NamedTuple):
    """A run that a forked process supervises.

    Attributes:
        run: the run.
        lifeline: tells that process of our end.
        errors: what that process has to say is read from here.
    """

    run: Run
    lifeline: Lifeline
    errors: int


class LocalExecutor(Executor):
    """Up to `jobs` runs at a time, each supervised by a process forked from this one.

    The forked process imports nothing anew, so that a trial costs what a run alone costs.
    It stops its run when this process dies.
    """

    def __init__(self, jobs: int, options: StartOptions) -> None:
        super().__init__()
        self.slots = jobs
        self._options = options._replace(quiet=True)
        self._going: dict[int, _Supervised] = {}

    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        lifeline = Lifeline()
        errors, error_end = os.pipe()
        # A signal to the child must not be lost before it watches for signals itself.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            pid = os.fork()
            if pid == 0:
                _supervise(
                    run, lock, environ, self._options, lifeline, self._lifelines(), error_end
                )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(error_end)
        lock.hand_over()
        self._going[pid] = _Supervised(run, lifeline, errors)

    def wait(self, timeout: float | None = None) -> list[RunEnd]:
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            self._pass_on()
            ended = [self._end_of(pid, status) for pid, status in self._reaped()]
            left = None if until is None else max(0.0, until - time.monotonic())
            if ended or not self._going or left == 0:
                return ended
            select.select([self._signals.fd], [], [], left)

    @property
    def stopped(self) -> bool:
        self._pass_on()
        return self._signals.stopped

    def __enter__(self) -> Executor:
        super().__enter__()
        self._signals.add((signal.SIGCHLD,))
        return self

    def _lifelines(self) -> list[Lifeline]:
        return [other.lifeline for other in self._going.values()]

    def _pass_on(self) -> None:
        """Pass on that we were asked to stop. A second time is passed on too: a run that
        takes its time is then ended by force."""
        for came in self._signals.take():
            if came.number in STOPS:
                for pid in self._going:
                    os.kill(pid, signal.SIGTERM)

    def _reaped(self) -> list[tuple[int, int]]:
        found = []
        for pid in list(self._going):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                found.append((pid, status))
        return found

    def _end_of(self, pid: int, status: int) -> RunEnd:
        run, lifeline, errors = self._going.pop(pid)
        lifeline.close()
        with open(errors, "rb") as file:
            error = os.fsdecode(file.read())
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            error = error or f"the process that ran it was killed by signal {-code}"
        return RunEnd(run, 128 - code if code < 0 else code, error or None)


def _supervise(
    run: Run,
    lock: RunLock,
    environ: Mapping[str, str],
    options: StartOptions,
    lifeline: Lifeline,
    others: list[Lifeline],
    errors: int,
) -> NoReturn:
    """Run `run` in a forked process, away from any terminal, and end the process."""
    code = 1
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        for other in others:
            other.detach()
        lock.take_over()
        with SignalWatch() as signals:
            lifeline.signal_on_parent_death()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            end = _run_locked(run, signals, environ, options)
            if end.error:
                os.write(errors, os.fsencode(end.error))
            code = end.exit_code
    except Exception as error:  # there is nobody else to tell it
        os.write(errors, os.fsencode(f"unexpected error: {type(error).__name__}: {error}"))
    finally:
        lock.release()
        os._exit(code)


def _run_locked(
    run: Run, signals: SignalWatch, environ: Mapping[str, str], options: StartOptions
) -> RunEnd:
    try:
        return RunEnd(run, start_locked(run, signals, environ, options, output_sinks(run)))
    except GuildError as error:
        return RunEnd(run, error.exit_code, error.message)
