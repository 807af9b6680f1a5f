"""Signals to this process, as something to wait for beside file descriptors."""

from __future__ import annotations

import _thread
import os
import signal
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType
from typing import NamedTuple

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
PASSED_ON = (signal.SIGUSR1, signal.SIGUSR2)
HANDLED = (*STOPS, *PASSED_ON, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)

_Handler = Callable[[int, FrameType | None], object] | int | None


class Signal(NamedTuple):
    """A signal that came.

    Attributes:
        number: which.
        from_terminal: a key was pressed, so all of our process group has got it too.
    """

    number: signal.Signals
    from_terminal: bool


class SignalWatch:
    """Collects the signals of `STOPS` within a `with` block, and more if asked to.

    What is ignored stays so (nohup). Only the main thread can; elsewhere nothing comes.

    Attributes:
        fd: readable when there is something to `take`.
        stopped: whether a signal of `STOPS` was among those taken, or a key for one went
            to a script: whoever runs several has to stop too.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._came: list[Signal] = []
        self._before: dict[signal.Signals, _Handler] = {}
        self._asked: list[signal.Signals] = []
        self._waiter: int | None = None
        self._waiter_ended = _thread.allocate_lock()
        self._fd_before = -1
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)

    def __enter__(self) -> SignalWatch:
        self.add(STOPS)
        if self._before:
            self._fd_before = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        return self

    def add(self, numbers: Iterable[signal.Signals]) -> None:
        """Collect `numbers` too."""
        for number in numbers:
            if signal.getsignal(number) != signal.SIG_IGN:
                try:
                    self._before[number] = signal.signal(number, self._handle)
                except ValueError:  # not the main thread
                    return

    def block_key_signals(self) -> None:
        """Ctrl-C may come to us and the script alike: keep SIGINT and SIGQUIT until
        `start_sender_thread` is called, so that who sent them can be found out."""
        if hasattr(signal, "sigwaitinfo"):
            self._asked = [n for n in (signal.SIGINT, signal.SIGQUIT) if n in self._before]
            signal.pthread_sigmask(signal.SIG_BLOCK, self._asked)

    def start_sender_thread(self) -> None:
        """Begin to find out who sent what was held, which takes a thread; after the script
        was started, since a process that has threads had better not fork."""
        if self._asked:
            self._waiter_ended.acquire()
            self._waiter = _thread.start_new_thread(self._ask_senders, ())

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            signal.pthread_kill(waiter, self._asked[0])
            self._waiter_ended.acquire()
        if self._before:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._asked)
            signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.fd)
        os.close(self._write_fd)

    def inherit(self, other: SignalWatch) -> None:
        """Have what came to `other` and was not taken there, as one watch follows another."""
        while other._came:
            self._came.append(other._came.pop(0))
        if self._came:
            os.write(self._write_fd, b"\0")
        self.stopped = self.stopped or other.stopped

    def take(self) -> list[Signal]:
        """The signals that came since the last call."""
        try:
            while os.read(self.fd, 4096):
                pass
        except BlockingIOError:
            pass
        came = []
        while self._came:
            came.append(self._came.pop(0))
        self.stopped = self.stopped or any(one.number in STOPS for one in came)
        return came

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(Signal(signal.Signals(number), from_terminal=False))

    def _ask_senders(self) -> None:
        while True:
            info = signal.sigwaitinfo(self._asked)
            if self._waiter is None:
                break
            # A process that sends a signal is named; the kernel, for a key, is nobody.
            came = Signal(signal.Signals(info.si_signo), from_terminal=info.si_code > 0)
            self._came.append(came)
            os.write(self._write_fd, b"\0")
        self._waiter_ended.release()
