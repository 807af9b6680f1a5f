"""The script's stdin, stdout and stderr: terminals or pipes, to match our own."""

from __future__ import annotations

import os
from collections.abc import Callable

from guild.ops.process import terminal
from guild.ops.process.spawn import Stdio
from guild.ops.process.terminal import Keyboard, PseudoTerminal


def open_missing_stdio() -> None:
    """Open /dev/null as stdin, stdout or stderr if closed, before other files get their numbers."""
    fd = os.open(os.devnull, os.O_RDWR)
    while fd <= 2:
        fd = os.dup(fd)
    os.close(fd)


class OutputSource:
    """A descriptor from which one output stream, or both of a terminal, is read.

    Attributes:
        fd: the descriptor.
        stream: the stream to record the output as: 0 for stdout, 1 for stderr.
        pty: the pseudo-terminal, or None for a pipe.
    """

    def __init__(self, fd: int, stream: int, pty: PseudoTerminal | None) -> None:
        self.fd = fd
        self.stream = stream
        self.pty = pty


class Streams:
    """The terminals and pipes of one script.

    If our stdout and stderr are both terminals, the script gets one terminal for all of its
    streams and its own session. The order of its output is then exact, and our keyboard is
    passed on to it. Otherwise it shares our stdin, and gets a terminal for each output
    stream that is a terminal here, and a pipe for the others.

    Attributes:
        stdio: the script's ends.
        sources: our ends.
        keyboard: our keyboard, if it is passed on to the script.
        shared: whether the script runs in our process group. It does if we are in the
            foreground of a terminal that it may read from.
        own_session: whether the script has one terminal for all streams, and its own session.
        join: moves the forked child to its session or process group.
    """

    def __init__(self) -> None:
        """Open the terminals and pipes. Raises OSError if the system has none left."""
        self.keyboard: Keyboard | None = None
        self.sources: list[OutputSource] = []
        self.shared = False
        self.own_session = False
        self.join: Callable[[], None]
        self._script_ends: list[int] = []
        try:
            if os.isatty(1) and os.isatty(2):
                self.stdio = self._open_terminal()
            else:
                self.stdio = self._open_separate()
        except BaseException:
            self.close()
            raise

    def _open_terminal(self) -> Stdio:
        pty = PseudoTerminal(1)
        self.sources.append(OutputSource(pty.master, 0, pty))
        self.own_session = True
        self.join = pty.become_session
        if not os.isatty(0):
            return Stdio(0, pty.slave, pty.slave)
        self.keyboard = Keyboard(0, pty)
        return Stdio(pty.slave, pty.slave, pty.slave)

    def _open_separate(self) -> Stdio:
        self.shared = terminal.is_foreground_process()
        self.join = _stay if self.shared else os.setpgrp
        return Stdio(0, self._open_output(1, 0), self._open_output(2, 1))

    def _open_output(self, fd: int, stream: int) -> int:
        if os.isatty(fd):
            pty = PseudoTerminal(fd)
            self.sources.append(OutputSource(pty.master, stream, pty))
            return pty.slave
        read_end, write_end = os.pipe()
        self.sources.append(OutputSource(read_end, stream, None))
        self._script_ends.append(write_end)
        return write_end

    def close_script_ends(self) -> None:
        """Close our copies of the script's ends once it has started."""
        for source in self.sources:
            if source.pty:
                source.pty.close_slave()
        while self._script_ends:
            os.close(self._script_ends.pop())

    def close(self) -> None:
        """Restore our terminal and close all ends."""
        if self.keyboard:
            self.keyboard.release()
        while self._script_ends:
            os.close(self._script_ends.pop())
        for source in self.sources:
            if source.pty:
                source.pty.close()
            else:
                os.close(source.fd)


def _stay() -> None:
    """Leave the child in our session and process group."""
