"""Our terminal, and the pseudo-terminal that a script gets to match it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import termios
from typing import Any

_IFLAG, _OFLAG, _LFLAG, _CC = 0, 1, 3, 6  # indexes into the result of termios.tcgetattr

# Flags to clear so that a terminal passes keys on unchanged.
_COOKED_INPUT = (
    termios.BRKINT | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON
)
_COOKED_LOCAL = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN


def is_foreground_process() -> bool:
    """Return whether this process is in the foreground of a terminal.

    Keys such as Ctrl-C then signal its process group.
    """
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return is_in_foreground(fd)
    finally:
        os.close(fd)


def is_in_foreground(fd: int) -> bool:
    """Return whether `fd` is our controlling terminal and we are in its foreground."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


class PseudoTerminal:
    """A terminal for the script that copies the settings of the descriptor `real`.

    Attributes:
        master: our end, which does not block.
        slave: the script's end; -1 after `close_slave`.
    """

    def __init__(self, real: int) -> None:
        """Open the terminal. Raises OSError if the system has none left."""
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
        """Copy the size of the real terminal. The system sends SIGWINCH to the foreground group."""
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self._real, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def become_session(self) -> None:
        """Start a session in the forked child with this as its controlling terminal."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def as_written(self, data: bytes) -> bytes:
        """Return the output as the script wrote it, given the terminal's output `data`.

        The terminal inserts a carriage return before each newline. A trailing carriage
        return is held back until the next byte is available.
        """
        data, self._held = self._held + data, b""
        settings = self.settings()
        if settings and settings[_OFLAG] & termios.OPOST and settings[_OFLAG] & termios.ONLCR:
            if data.endswith(b"\r"):
                data, self._held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n")
        return data

    def flush_held(self) -> bytes:
        """Return the bytes that were held back, at the end of the output."""
        held, self._held = self._held, b""
        return held

    def settings(self) -> list[Any] | None:
        """Return the current settings, or None if the terminal is closed."""
        try:
            return termios.tcgetattr(self.master)
        except termios.error:
            return None

    def reads_lines(self) -> bool:
        """Return whether the script reads lines, rather than single keys as an editor does."""
        settings = self.settings()
        return settings is None or bool(settings[_LFLAG] & termios.ICANON)

    def key_signal(self, data: bytes) -> signal.Signals | None:
        """Return the signal of the last key in `data` that causes one."""
        settings = self.settings()
        if settings is None or not settings[_LFLAG] & termios.ISIG:
            return None
        keys = {
            settings[_CC][termios.VINTR]: signal.SIGINT,
            settings[_CC][termios.VQUIT]: signal.SIGQUIT,
            settings[_CC][termios.VSUSP]: signal.SIGTSTP,
        }
        pressed = (data[i : i + 1] for i in reversed(range(len(data))))
        return next((keys[key] for key in pressed if key in keys), None)

    def foreground_group(self) -> int:
        """Return the process group that receives the terminal's keys, or 0 if none does."""
        try:
            return os.tcgetpgrp(self.master)
        except OSError:
            return 0


class Keyboard:
    """Our terminal's keys, passed on to the script's terminal as they are typed.

    Meanwhile our terminal is raw, since the script's terminal handles echo, line editing
    and Ctrl-C. `release` restores it.

    Attributes:
        fd: the descriptor of our terminal.
        active: whether we are in the foreground and the terminal is raw.
    """

    def __init__(self, fd: int, script: PseudoTerminal) -> None:
        self.fd = fd
        self.active = False
        self._script = script
        self._saved: list[Any] | None = None
        self._pending = b""

    def engage(self) -> None:
        """Make the terminal raw if we are in its foreground."""
        if not is_in_foreground(self.fd):
            return
        try:
            if self._saved is None:
                self._saved = termios.tcgetattr(self.fd)
            raw = [*self._saved[:_CC], list(self._saved[_CC])]
            raw[_IFLAG] &= ~_COOKED_INPUT
            raw[_OFLAG] &= ~termios.OPOST
            raw[_LFLAG] &= ~_COOKED_LOCAL
            raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
            termios.tcsetattr(self.fd, termios.TCSADRAIN, raw)
        except termios.error:  # the terminal was closed
            return
        self.active = True

    def release(self) -> None:
        """Restore the terminal's settings."""
        if self.active and self._saved is not None and is_in_foreground(self.fd):
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.fd, termios.TCSADRAIN, self._saved)
        self.active = False

    @property
    def has_pending(self) -> bool:
        """Return whether keys are waiting for the script to read earlier ones."""
        return bool(self._pending)

    def read(self) -> bytes:
        """Return the keys that were pressed; empty if the terminal was closed."""
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            data = b""
        if not data:
            self.release()
        self._pending += data
        return data

    def pass_on(self) -> None:
        """Write as many pending keys to the script's terminal as it accepts."""
        try:
            self._pending = self._pending[os.write(self._script.master, self._pending) :]
        except BlockingIOError:
            pass
        except OSError:
            self._pending = b""
