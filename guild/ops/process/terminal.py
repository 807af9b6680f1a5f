"""The terminal: ours, and the one a script gets where we have one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import termios
from typing import Any

_IFLAG, _OFLAG, _LFLAG, _CC = 0, 1, 3, 6  # of what termios.tcgetattr gives

# A terminal passes keys on unchanged when none of these is set.
_COOKED_INPUT = (
    termios.BRKINT | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON
)
_COOKED_LOCAL = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN


def is_foreground_process() -> bool:
    """Whether this process is in the foreground of a terminal, so that what is typed
    there (Ctrl-C) comes to its process group."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return is_in_foreground(fd)
    finally:
        os.close(fd)


def is_in_foreground(fd: int) -> bool:
    """Whether `fd` is our controlling terminal and we are in its foreground."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


class PseudoTerminal:
    """A terminal for the script, like the one at the descriptor `real`.

    Attributes:
        master: our end; it does not block.
        slave: the script's end; -1 once `close_slave` was called.
    """

    def __init__(self, real: int) -> None:
        """Raises OSError if the system has no terminal left."""
        self._real = real
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self.slave, termios.TCSANOW, termios.tcgetattr(real))
        self.resize()
        self._held = b""

    def close_slave(self) -> None:
        os.close(self.slave)
        self.slave = -1

    def close(self) -> None:
        if self.slave >= 0:
            self.close_slave()
        os.close(self.master)

    def resize(self) -> None:
        """Make it as large as the real one; whoever is in its foreground is told by SIGWINCH."""
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self._real, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def become_session(self) -> None:
        """In the child: a session of its own, of which this is the controlling terminal."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def as_written(self, data: bytes) -> bytes:
        """What the script wrote for `data` to come out of the terminal, which turns every
        newline into a carriage return and a newline. The last carriage return is held back
        until it is known what follows."""
        data, self._held = self._held + data, b""
        settings = self.settings()
        if settings and settings[_OFLAG] & termios.OPOST and settings[_OFLAG] & termios.ONLCR:
            if data.endswith(b"\r"):
                data, self._held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n")
        return data

    def rest(self) -> bytes:
        """What was held back, when nothing follows."""
        held, self._held = self._held, b""
        return held

    def settings(self) -> list[Any] | None:
        """The settings that the script has made; None if they cannot be had any more."""
        try:
            return termios.tcgetattr(self.master)
        except termios.error:
            return None

    def reads_lines(self) -> bool:
        """Whether the terminal collects lines; an editor, a debugger's prompt and the like
        read keys instead."""
        settings = self.settings()
        return settings is None or bool(settings[_LFLAG] & termios.ICANON)

    def key_signal(self, data: bytes) -> signal.Signals | None:
        """The signal that the last of the keys `data` with such a meaning stands for."""
        settings = self.settings()
        if settings is None or not settings[_LFLAG] & termios.ISIG:
            return None
        keys = {
            settings[_CC][termios.VINTR]: signal.SIGINT,
            settings[_CC][termios.VQUIT]: signal.SIGQUIT,
            settings[_CC][termios.VSUSP]: signal.SIGTSTP,
        }
        found = [keys[key] for key in (data[i : i + 1] for i in range(len(data))) if key in keys]
        return found[-1] if found else None

    def foreground(self) -> int:
        """The process group that the terminal's keys go to; 0 if there is none."""
        try:
            return os.tcgetpgrp(self.master)
        except OSError:
            return 0


class Keyboard:
    """Our terminal's keys, passed on to the script's terminal as they are typed.

    While it does so our terminal is raw, since the script's does all that a terminal
    does: echo, line editing, Ctrl-C. `release` makes it what it was.

    Attributes:
        fd: where the keys are read from.
        active: whether we are in the foreground and the terminal is raw.
    """

    def __init__(self, fd: int, script: PseudoTerminal) -> None:
        self.fd = fd
        self.active = False
        self._script = script
        self._before: list[Any] | None = None
        self._pending = b""

    def engage(self) -> None:
        """Make the terminal raw if we are in its foreground."""
        if not is_in_foreground(self.fd):
            return
        try:
            if self._before is None:
                self._before = termios.tcgetattr(self.fd)
            raw = [*self._before[:_CC], list(self._before[_CC])]
            raw[_IFLAG] &= ~_COOKED_INPUT
            raw[_OFLAG] &= ~termios.OPOST
            raw[_LFLAG] &= ~_COOKED_LOCAL
            raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
            termios.tcsetattr(self.fd, termios.TCSADRAIN, raw)
        except termios.error:  # the terminal has gone
            return
        self.active = True

    def release(self) -> None:
        """Give the terminal back as it was."""
        if self.active and self._before is not None and is_in_foreground(self.fd):
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.fd, termios.TCSADRAIN, self._before)
        self.active = False

    @property
    def has_pending(self) -> bool:
        """Whether keys wait for the script to read those before."""
        return bool(self._pending)

    def read(self) -> bytes:
        """Take the keys that were pressed; none when the terminal has gone."""
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            data = b""
        if not data:
            self.release()
        self._pending += data
        return data

    def pass_on(self) -> None:
        """Give the script's terminal as much as it takes."""
        try:
            self._pending = self._pending[os.write(self._script.master, self._pending) :]
        except BlockingIOError:
            pass
        except OSError:
            self._pending = b""
