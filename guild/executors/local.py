"""The local executor: runs on this machine, in this process or in forked ones."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from guild.base.errors import GuildError
from guild.executors.job import CLAIMED, claim_and_start, run_of, start_claimed
from guild.extend.executor import Executor, JobEnd, StartRequest
from guild.ops.process.lifeline import Lifeline
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.ops.process.signals import STOPS, SignalWatch


class _Queued(NamedTuple):
    """A run that the next `poll` runs in this process; its lock is held."""

    request: StartRequest
    lock: RunLock


class _Supervised(NamedTuple):
    """A run that a forked process supervises.

    Attributes:
        pid: the supervisor's process id.
        lifeline: stops the run when this process dies.
        report: a pipe from the supervisor; see `guild.executors.job`.
    """

    pid: int
    lifeline: Lifeline
    report: int


class LocalExecutor(Executor):
    """An executor that starts runs on this machine.

    With one slot, runs are supervised by this process, which passes on their output. With
    several, each run is supervised by a process forked from this one. It does not import
    anything again, so a trial costs no more than a single run. It stops its run if this
    process dies.
    """

    def __init__(self, slots: int = 1) -> None:
        super().__init__(slots)
        self._queue: list[_Queued] = []
        self._supervised: dict[str, _Supervised] = {}
        self._ended: list[JobEnd] = []

    def submit(self, requests: Sequence[StartRequest]) -> list[str | None]:
        """See `Executor.submit`."""
        start = self._enqueue if self.slots == 1 else self._fork
        return [start(request) for request in requests]

    def poll(self, timeout: float | None = None) -> list[JobEnd]:
        """See `Executor.poll`."""
        if not self._ended and self._queue:
            self._ended.append(_run_here(self._queue.pop(0)))
        if not self._ended:
            self._wait_for_supervisors(timeout)
        ended, self._ended = self._ended, []
        return ended

    def cancel(self, handles: Sequence[str]) -> None:
        """See `Executor.cancel`. A run that waits for `poll` is not started anymore."""
        for queued in self._queue:
            queued.lock.release()
            self._ended.append(JobEnd(queued.request.run_id, 128 + signal.SIGTERM))
        self._queue.clear()
        for handle in handles:
            if handle in self._supervised:
                os.kill(self._supervised[handle].pid, signal.SIGTERM)

    def _enqueue(self, request: StartRequest) -> str | None:
        lock = RunLock(run_of(request))
        try:
            lock.acquire()
        except AlreadyRunningError:
            return None
        except GuildError as error:
            if not os.path.isdir(request.run_dir):
                return None
            self._ended.append(JobEnd(request.run_id, error.exit_code, error.message))
        else:
            self._queue.append(_Queued(request, lock))
        return request.run_id

    def _fork(self, request: StartRequest) -> str | None:
        lifeline = Lifeline()
        report, report_end = os.pipe()
        # Block signals, so that the child misses none before it watches for them.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            pid = os.fork()
            if pid == 0:
                _supervise(request, lifeline, self._lifelines(), report_end)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(report_end)
        supervised = _Supervised(pid, lifeline, report)
        if os.read(report, len(CLAIMED)) != CLAIMED:
            _reap(request.run_id, supervised)
            return None
        self._supervised[request.run_id] = supervised
        return request.run_id

    def _lifelines(self) -> list[Lifeline]:
        return [supervised.lifeline for supervised in self._supervised.values()]

    def _wait_for_supervisors(self, timeout: float | None) -> None:
        by_report = {item.report: handle for handle, item in self._supervised.items()}
        deadline = None if timeout is None else time.monotonic() + timeout
        while by_report and not self._ended:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            readable, _, _ = select.select(list(by_report), [], [], remaining)
            for report in readable:
                handle = by_report[report]
                self._ended.append(_reap(handle, self._supervised.pop(handle)))
            if remaining == 0:
                break


def _run_here(queued: _Queued) -> JobEnd:
    try:
        with SignalWatch() as signals:
            return start_claimed(queued.request, signals, quiet=queued.request.quiet)
    finally:
        queued.lock.release()


def _reap(handle: str, supervised: _Supervised) -> JobEnd:
    """Wait for the end of a supervisor that wrote its report or died."""
    with open(supervised.report, "rb") as file:
        error = os.fsdecode(file.read())
    _, status = os.waitpid(supervised.pid, 0)
    supervised.lifeline.close()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        error = error or f"its supervisor was killed by signal {-code}"
    return JobEnd(handle, 128 - code if code < 0 else code, error or None)


def _supervise(
    request: StartRequest, lifeline: Lifeline, others: list[Lifeline], report: int
) -> NoReturn:
    """Run `request` in a forked process, detached from any terminal, and exit."""
    code = 1
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        for other in others:
            other.detach()
        with SignalWatch() as signals:
            lifeline.signal_on_parent_death()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            code = claim_and_start(request, signals, report)
    finally:  # without a report, the parent sees the exit code
        os._exit(code)
