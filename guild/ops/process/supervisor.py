"""The supervisor of a run's process tree: waiting, signals and time limits."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence

from guild.ops.process import process_tree
from guild.ops.process.signals import PASSED_ON, Signal, SignalWatch
from guild.run import Run
from guild.runs.claim import HEARTBEAT_INTERVAL, update_heartbeat

_POLL = 0.02  # seconds between checks of processes that cannot be waited for


def _never(_pid: int) -> bool:
    return False


def _always() -> bool:
    return True


class Supervisor:
    """Waits for the script `pid` of `run`, passes on signals and enforces time limits.

    A stop signal is sent once to every process of the run. Nested runs receive it from
    their own Guild. Processes that are left after the kill delay are killed. SIGUSR1 and
    SIGUSR2, with which schedulers announce the end of the available time, are sent only to
    the script.

    Attributes:
        wait_status: the script's status from waitpid(2); None while it is running.
        stopped_by: the signal of the first stop request; SIGTERM for the time limit.
        gave_up: whether the run had to be killed.
        handlers: callbacks for signals that are not passed on.
    """

    def __init__(
        self,
        run: Run,
        pid: int,
        signals: SignalWatch,
        stop_after: float | None,
        kill_delay: float,
    ) -> None:
        """Supervise the process `pid`; `stop_after` and `kill_delay` are in seconds."""
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
        self._next_heartbeat = time.monotonic() + HEARTBEAT_INTERVAL
        self._may_kill = _always
        self._exit_fd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def close(self) -> None:
        """Release the script. Kill it first if an error has left it running."""
        if self.wait_status is None:
            process_tree.send_signal(signal.SIGKILL, self.tree())
            os.waitpid(self._pid, 0)
        if self._exit_fd is not None:
            os.close(self._exit_fd)

    def wait(
        self, readers: Sequence[int], writers: Sequence[int] = (), timeout: float | None = None
    ) -> tuple[list[int], list[int]]:
        """Wait for a descriptor, a signal, the script's end or `timeout` seconds.

        Return the readable and the writable descriptors.
        """
        watched = [self._signals.fd]
        if self.wait_status is None and self._exit_fd is not None:
            watched.append(self._exit_fd)
        readable, writable, _ = select.select(
            [*readers, *watched], writers, [], self._timeout(timeout)
        )
        if self._signals.fd in readable:
            for received in self._signals.take():
                self._handle(received)
        self._enforce_limits()
        if self.wait_status is None and (self._exit_fd is None or self._exit_fd in readable):
            self._reap()
        return [fd for fd in readable if fd not in watched], writable

    def end_tree(self) -> None:
        """Wait until no process of the run is left, if the run was asked to stop."""
        if self.stopped_by is None:
            return
        while self.tree():
            self.wait([], timeout=_POLL)

    def tree(self) -> frozenset[int]:
        """Return the ids of the live processes of the run."""
        return process_tree.find_processes(self._run, self._pid)

    def request_stop(
        self,
        number: signal.Signals,
        is_notified: Callable[[int], bool] = _never,
        may_kill: Callable[[], bool] = _always,
    ) -> None:
        """Send the signal `number` to every process of the run and start the kill delay.

        Args:
            number: the signal.
            is_notified: returns whether a process id has already received the signal.
            may_kill: returns, at the end of the kill delay, whether to kill the run. If
                not, the request is withdrawn.
        """
        if self.stopped_by is None:
            self.stopped_by = number
            self._kill_at = time.monotonic() + self._kill_delay
            self._may_kill = may_kill
        pids = frozenset(pid for pid in self.tree() if not is_notified(pid))
        pids -= process_tree.select_other_runs(self._run, pids)
        process_tree.send_signal(number, pids)
        # Stopped processes handle the first signal only once they continue.
        process_tree.send_signal(signal.SIGCONT, pids)

    def withdraw_stop(self) -> None:
        """Withdraw a stop request that was made with the keyboard."""
        if self._may_kill is not _always:
            self.stopped_by, self._kill_at, self._may_kill = None, None, _always

    def _handle(self, received: Signal) -> None:
        if received.number in self.handlers:
            self.handlers[received.number]()
        elif received.number in PASSED_ON:
            if self.wait_status is None:
                os.kill(self._pid, received.number)
        elif received.from_terminal:
            group = os.getpgrp()
            self.request_stop(
                received.number, is_notified=lambda pid: process_tree.process_group(pid) == group
            )
        else:
            self.request_stop(received.number)

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_INTERVAL
            update_heartbeat(self._run)
        if self._stop_at is not None and now >= self._stop_at and self.wait_status is None:
            self._stop_at = None
            self.request_stop(signal.SIGTERM)
        if self._kill_at is not None and now >= self._kill_at:
            if self._may_kill():
                # Repeat at each check, since processes may have been started meanwhile.
                self.gave_up = True
                process_tree.send_signal(signal.SIGKILL, self.tree())
            else:
                self.withdraw_stop()

    def _reap(self) -> None:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self.wait_status = status

    def _timeout(self, timeout: float | None) -> float:
        """Return the seconds until the next time limit or check, at most `timeout`."""
        now = time.monotonic()
        limits = [max(0.0, self._next_heartbeat - now)]
        limits += [] if timeout is None else [timeout]
        if self.wait_status is None:
            if self._stop_at is not None:
                limits.append(max(0.0, self._stop_at - now))
            if self._exit_fd is None:
                limits.append(_POLL)
        if self._kill_at is not None:
            limits.append(max(_POLL, self._kill_at - now))
        return min(limits)
