"""Looking after the process of a run until it has ended, and everything it started with it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence

from guild.ops import process_tree
from guild.ops.signals import Signal, SignalWatch
from guild.run import Run

_POLL = 0.02  # seconds between looks at processes that cannot be waited for


class Supervisor:
    """Waits for the script `pid` of `run`, passes signals on, keeps the time limits.

    A signal that asks to stop goes to every process of the run, once; what is left
    after the kill delay is ended by force.

    Attributes:
        wait_status: how the script ended, as waitpid(2) tells it; None while it lives.
        stopped_by: the first request to stop: a signal, SIGTERM for the time limit.
    """

    def __init__(
        self,
        run: Run,
        pid: int,
        signals: SignalWatch,
        stop_after: float | None,
        kill_delay: Callable[[], float],
    ) -> None:
        """`stop_after` is in seconds; `kill_delay`, in seconds, is asked for when it matters."""
        self.wait_status: int | None = None
        self.stopped_by: signal.Signals | None = None
        self._run = run
        self._pid = pid
        self._signals = signals
        self._kill_delay = kill_delay
        self._stop_at = None if stop_after is None else time.monotonic() + stop_after
        self._kill_at: float | None = None
        self._killed = False
        self._exit_fd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def close(self) -> None:
        """Let go of the script; one that still lives, since we failed, is ended by force."""
        if self.wait_status is None:
            process_tree.send(signal.SIGKILL, process_tree.members(self._run, self._pid))
            os.waitpid(self._pid, 0)
        if self._exit_fd is not None:
            os.close(self._exit_fd)

    def wait(
        self, readers: Sequence[int], writers: Sequence[int] = (), timeout: float | None = None
    ) -> tuple[list[int], list[int]]:
        """Wait until one of the descriptors is ready, `timeout` seconds have gone, or
        something has happened to the script; the descriptors that are ready."""
        watched = [self._signals.fd]
        if self.wait_status is None and self._exit_fd is not None:
            watched.append(self._exit_fd)
        readable, writable, _ = select.select(
            [*readers, *watched], writers, [], self._timeout(timeout)
        )
        if self._signals.fd in readable:
            for came in self._signals.take():
                self._pass_on(came)
        self._keep_limits()
        if self.wait_status is None and (self._exit_fd is None or self._exit_fd in readable):
            self._reap()
        return [fd for fd in readable if fd not in watched], writable

    @property
    def gave_up(self) -> bool:
        """Whether the run was ended by force."""
        return self._killed

    def end_tree(self) -> None:
        """After a request to stop: wait until no process of the run is left."""
        if self.stopped_by is None:
            return
        while process_tree.members(self._run, self._pid):
            self.wait([], timeout=_POLL)

    def request_stop(self, number: signal.Signals, told: Callable[[int], bool]) -> None:
        """Ask every process of the run to end, but those that `told` knows to have
        got the signal already."""
        if self.stopped_by is None:
            self.stopped_by = number
            self._kill_at = time.monotonic() + self._kill_delay()
        pids = process_tree.members(self._run, self._pid)
        process_tree.send(number, frozenset(pid for pid in pids if not told(pid)))

    def _pass_on(self, came: Signal) -> None:
        group = os.getpgrp()
        if came.from_terminal:
            self.request_stop(came.number, lambda pid: _group(pid) == group)
        else:
            self.request_stop(came.number, _nobody)

    def _keep_limits(self) -> None:
        now = time.monotonic()
        if self._stop_at is not None and now >= self._stop_at and self.wait_status is None:
            self._stop_at = None
            self.request_stop(signal.SIGTERM, _nobody)
        if self._kill_at is not None and now >= self._kill_at:
            # Again at every look: something may have been started meanwhile.
            self._killed = True
            process_tree.send(signal.SIGKILL, process_tree.members(self._run, self._pid))

    def _reap(self) -> None:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self.wait_status = status

    def _timeout(self, asked: float | None) -> float | None:
        """Seconds until there is something to do that no descriptor tells."""
        limits = [] if asked is None else [asked]
        now = time.monotonic()
        if self.wait_status is None:
            limits += [max(0.0, at - now) for at in (self._stop_at,) if at is not None]
            if self._exit_fd is None:
                limits.append(_POLL)
        if self._kill_at is not None:
            limits.append(max(_POLL, self._kill_at - now))
        return min(limits, default=None)


def _nobody(_pid: int) -> bool:
    return False


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
