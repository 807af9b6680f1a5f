"""Where trials run: the seam between choosing a trial and starting it."""

from __future__ import annotations

import os
import select
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from guild.base.errors import GuildError
from guild.ops.launch import sinks
from guild.ops.lock import RunLock
from guild.ops.signals import STOPS, SignalWatch
from guild.ops.start import StartOptions, start_locked
from guild.run import Run


class Ended(NamedTuple):
    """A trial that has ended, and how: `error` is what kept it from being started."""

    run: Run
    exit_code: int
    error: str | None = None


class Executor(ABC):
    """Starts staged runs somewhere and says when they end.

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

    stopped: bool = False
    """Whether a signal asked this process to stop."""

    @abstractmethod
    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        """Start `run`. `environ` has what is secret, which its directory has not."""

    @abstractmethod
    def wait(self) -> list[Ended]:
        """Wait until a run has ended or a signal came; the runs that have ended."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Let go of what the executor holds; no run is going."""


class InProcessExecutor(Executor):
    """One run after the other, each supervised by this process, which passes on its output."""

    def __init__(self, options: StartOptions) -> None:
        self._options = options
        self._ended: list[Ended] = []

    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        with SignalWatch() as signals:
            try:
                self._ended.append(_run_locked(run, signals, environ, self._options))
            finally:
                lock.release()
            signals.take()
            self.stopped = self.stopped or signals.stopped

    def wait(self) -> list[Ended]:
        ended, self._ended = self._ended, []
        return ended


class LocalExecutor(Executor):
    """Up to `jobs` runs at a time, each supervised by a process forked from this one.

    The forked process imports nothing anew, so that a trial costs what a run alone costs.
    """

    def __init__(self, jobs: int, options: StartOptions) -> None:
        self.slots = jobs
        self._options = options._replace(quiet=True)
        self._going: dict[int, Run] = {}
        self._signals = SignalWatch()

    def submit(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> None:
        pid = os.fork()
        if pid == 0:
            self._supervise(run, lock, environ)
        lock.hand_over()
        self._going[pid] = run

    def wait(self) -> list[Ended]:
        while True:
            self._obey()
            ended = [self._end_of(pid, status) for pid, status in self._reaped()]
            if ended or not self._going:
                return ended
            select.select([self._signals.fd], [], [])

    def __enter__(self) -> Executor:
        self._signals.__enter__()
        self._signals.add((signal.SIGCHLD,))
        return self

    def __exit__(self, *_exc: object) -> None:
        self._signals.__exit__(None, None, None)

    def _obey(self) -> None:
        """Pass on that we were asked to stop. A second time is passed on too: a run that
        takes its time is then ended by force."""
        for came in self._signals.take():
            if came.number in STOPS:
                self.stopped = True
                for pid in self._going:
                    os.kill(pid, signal.SIGTERM)

    def _reaped(self) -> list[tuple[int, int]]:
        found = []
        for pid in list(self._going):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                found.append((pid, status))
        return found

    def _end_of(self, pid: int, status: int) -> Ended:
        code = os.waitstatus_to_exitcode(status)
        return Ended(self._going.pop(pid), 128 - code if code < 0 else code)

    def _supervise(self, run: Run, lock: RunLock, environ: Mapping[str, str]) -> NoReturn:
        code = 1
        try:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            lock.take_over()
            with SignalWatch() as signals:
                code = _run_locked(run, signals, environ, self._options).exit_code
        finally:
            lock.release()
            os._exit(code)


def _run_locked(
    run: Run, signals: SignalWatch, environ: Mapping[str, str], options: StartOptions
) -> Ended:
    try:
        return Ended(run, start_locked(run, signals, environ, options, sinks(run)))
    except GuildError as error:
        return Ended(run, error.exit_code, error.message)
