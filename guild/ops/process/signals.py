"""Signals to this process, collected so that select(2) can wait for them."""

from __future__ import annotations

import _thread
import os
import signal
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType

from guild.base.named_tuple import NamedTuple

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
PASSED_ON = (signal.SIGUSR1, signal.SIGUSR2)
HANDLED = (*STOPS, *PASSED_ON, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)

_Handler = Callable[[int, FrameType | None], object] | int | None


class Signal(NamedTuple):
    """A received signal.

    Attributes:
        number: the signal's number.
        from_terminal: whether a key caused it, so that our whole process group received it.
    """

    number: signal.Signals
    from_terminal: bool


class SignalWatch:
    """Collects the signals of `STOPS`, and others that are added, within a `with` block.

    Signals that are ignored (nohup) stay ignored. Outside the main thread, which alone can
    handle signals, nothing is collected. A watch inside another one shares requests to stop
    with it.

    Attributes:
        fd: readable when signals can be taken.
        stopped: whether a signal of `STOPS` was taken or sent to a script by a key. A loop
            over several runs must stop, too.
    """

    _innermost: SignalWatch | None = None

    def __init__(self) -> None:
        self.stopped = False
        self._outer: SignalWatch | None = None
        self._received: list[Signal] = []
        self._old_handlers: dict[signal.Signals, _Handler] = {}
        self._blocked: list[signal.Signals] = []
        self._waiter: int | None = None
        self._waiter_ended = _thread.allocate_lock()
        self._old_wakeup_fd = -1
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)

    def __enter__(self) -> SignalWatch:
        self.add(STOPS)
        if self._old_handlers:
            self._old_wakeup_fd = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
            self._enter_outer()
        return self

    def add(self, numbers: Iterable[signal.Signals]) -> None:
        """Collect the signals `numbers`, too."""
        for number in numbers:
            if signal.getsignal(number) != signal.SIG_IGN:
                try:
                    self._old_handlers[number] = signal.signal(number, self._handle)
                except ValueError:  # not the main thread
                    return

    def block_key_signals(self) -> None:
        """Block SIGINT and SIGQUIT until `start_sender_thread` can identify their senders.

        A key such as Ctrl-C sends them to us and to the script.
        """
        if hasattr(signal, "sigwaitinfo"):
            self._blocked = [n for n in (signal.SIGINT, signal.SIGQUIT) if n in self._old_handlers]
            signal.pthread_sigmask(signal.SIG_BLOCK, self._blocked)

    def start_sender_thread(self) -> None:
        """Start the thread that identifies the senders of blocked signals.

        Call it after the script was started: forking a process with threads is unsafe.
        """
        if self._blocked:
            self._waiter_ended.acquire()
            self._waiter = _thread.start_new_thread(self._wait_for_blocked, ())

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            signal.pthread_kill(waiter, self._blocked[0])
            self._waiter_ended.acquire()
        if self._old_handlers:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._blocked)
            signal.set_wakeup_fd(self._old_wakeup_fd)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        if self._old_handlers:
            self._leave_outer()
        os.close(self.fd)
        os.close(self._write_fd)

    def _enter_outer(self) -> None:
        """Take over the requests to stop that the surrounding watch has not handled yet."""
        self._outer, SignalWatch._innermost = SignalWatch._innermost, self
        if self._outer is not None:
            pending = [item for item in self._outer._received if item.number in STOPS]
            if pending:
                self._received += pending
                self._outer._received = [
                    item for item in self._outer._received if item.number not in STOPS
                ]
                os.write(self._write_fd, b"\0")

    def _leave_outer(self) -> None:
        """Pass requests to stop on to the surrounding watch."""
        SignalWatch._innermost = self._outer
        if self._outer is not None:
            self._outer.stopped = self._outer.stopped or self.stopped
            self._outer._received += [item for item in self._received if item.number in STOPS]

    def take(self) -> list[Signal]:
        """Return the signals received since the last call."""
        try:
            while os.read(self.fd, 4096):
                pass
        except BlockingIOError:
            pass
        taken = []
        while self._received:
            taken.append(self._received.pop(0))
        self.stopped = self.stopped or any(received.number in STOPS for received in taken)
        return taken

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(Signal(signal.Signals(number), from_terminal=False))

    def _wait_for_blocked(self) -> None:
        while True:
            info = signal.sigwaitinfo(self._blocked)
            if self._waiter is None:
                break
            # The code is positive if the kernel, not a process, sent the signal for a key.
            received = Signal(signal.Signals(info.si_signo), from_terminal=info.si_code > 0)
            self._received.append(received)
            os.write(self._write_fd, b"\0")
        self._waiter_ended.release()
