"""Looking after the process of a run until it has ended, and everything it started with it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence

from guild.ops.process import process_tree
from guild.ops.process.signals import PASSED_ON, Signal, SignalWatch
from guild.run import Run

_POLL = 0.02  # seconds between looks at processes that cannot be waited for
_LONGEST = 86400.0  # a wait; the system refuses one of many years


def _nobody(_pid: int) -> bool:
    return False


def _always() -> bool:
    return True


class Supervisor:
    """Waits for the script `pid` of `run`, passes signals on, keeps the time limits.

    A signal that asks to stop goes to every process of the run, once, and to those of a
    run within it by that one's own Guild; what is left after the kill delay is ended by force.
    SIGUSR1 and SIGUSR2, with which schedulers tell that time is nearly up, go to the script
    alone, as if they had been sent to it.

    Attributes:
        wait_status: how the script ended, as waitpid(2) tells it; None while it lives.
        stopped_by: the first request to stop: a signal, SIGTERM for the time limit.
        gave_up: whether the run had to be ended by force.
        handlers: what else to do for a signal than to pass it on.
    """

    def __init__(
        self,
        run: Run,
        pid: int,
        signals: SignalWatch,
        stop_after: float | None,
        kill_delay: float,
    ) -> None:
        """`stop_after` and `kill_delay` are in seconds."""
        self.wait_status: int | None = None
        self.stopped_by: signal.Signals | None = None
        self.gave_up = False
        self.handlers: dict[signal.Signals, Callable[[], None]] = {}
        self._run = run
        self._pid = pid
        self._signals = signals
        self._kill_delay = kill_delay
        self._stop_at = None if stop_after is None else time.monotonic() + stop_after
        self._kill_at: float | None = None
        self._may_kill = _always
        self._exit_fd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def close(self) -> None:
        """Let go of the script; one that still lives, since we failed, is ended by force."""
        if self.wait_status is None:
            process_tree.send_signal(signal.SIGKILL, self.tree())
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
                self._handle(came)
        self._keep_limits()
        if self.wait_status is None and (self._exit_fd is None or self._exit_fd in readable):
            self._reap()
        return [fd for fd in readable if fd not in watched], writable

    def end_tree(self) -> None:
        """After a request to stop: wait until no process of the run is left."""
        if self.stopped_by is None:
            return
        while self.tree():
            self.wait([], timeout=_POLL)

    def tree(self) -> frozenset[int]:
        """The living processes of the run."""
        return process_tree.find_processes(self._run, self._pid)

    def request_stop(
        self,
        number: signal.Signals,
        is_notified: Callable[[int], bool] = _nobody,
        may_kill: Callable[[], bool] = _always,
    ) -> None:
        """Ask every process of the run to end, but those that `is_notified` knows to have got
        the signal already; by force when the kill delay is over and it is still `may_kill`."""
        if self.stopped_by is None:
            self.stopped_by = number
            self._kill_at = time.monotonic() + self._kill_delay
            self._may_kill = may_kill
        pids = frozenset(pid for pid in self.tree() if not is_notified(pid))
        pids -= process_tree.select_other_runs(self._run, pids)
        process_tree.send_signal(number, pids)
        process_tree.send_signal(signal.SIGCONT, pids)  # one that is stopped would not notice

    def withdraw_stop(self) -> None:
        """Forget a request to stop that somebody at the keyboard made."""
        if self._may_kill is not _always:
            self.stopped_by, self._kill_at, self._may_kill = None, None, _always

    def _handle(self, came: Signal) -> None:
        if came.number in self.handlers:
            self.handlers[came.number]()
        elif came.number in PASSED_ON:  # it means something to the script alone
            if self.wait_status is None:
                os.kill(self._pid, came.number)
        elif came.from_terminal:
            ours = os.getpgrp()
            self.request_stop(
                came.number, is_notified=lambda pid: process_tree.process_group(pid) == ours
            )
        else:
            self.request_stop(came.number)

    def _keep_limits(self) -> None:
        now = time.monotonic()
        if self._stop_at is not None and now >= self._stop_at and self.wait_status is None:
            self._stop_at = None
            self.request_stop(signal.SIGTERM)
        if self._kill_at is not None and now >= self._kill_at:
            if self._may_kill():
                # Again at every look: something may have been started meanwhile.
                self.gave_up = True
                process_tree.send_signal(signal.SIGKILL, self.tree())
            else:
                self.withdraw_stop()

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
        return min(*limits, _LONGEST) if limits else None
