"""The script's stdin, stdout and stderr: each of the kind that our own is."""

from __future__ import annotations

import os
from collections.abc import Callable

from guild.ops.process import terminal
from guild.ops.process.spawn import Stdio
from guild.ops.process.terminal import Keyboard, PseudoTerminal


def open_missing_stdio() -> None:
    """Have a stdin, stdout and stderr, if only to nowhere, before any other file takes
    their places."""
    fd = os.open(os.devnull, os.O_RDWR)
    while fd <= 2:
        fd = os.dup(fd)
    os.close(fd)


class OutputSource:
    """Where one stream of output (or both, of a terminal) is read from.

    Attributes:
        fd: the descriptor to wait for.
        stream: what it is recorded as: 0 stdout, 1 stderr.
    """

    def __init__(self, fd: int, stream: int, pty: PseudoTerminal | None) -> None:
        self.fd = fd
        self.stream = stream
        self.pty = pty


class Streams:
    """Terminals and pipes for one script.

    Where both our stdout and stderr are terminals, the script has one terminal for all
    of its streams, in a session of its own, and the order of its output is exact. Where one
    is, that one is a terminal and the other a pipe. stdin is our own, but for the one
    terminal, which our keyboard is passed on to.

    Attributes:
        stdio: the script's ends.
        sources: our ends.
        keyboard: ours, if it is the script's.
        shared: whether the script is in our process group, since we are in the foreground
            of a terminal that it may read from.
        own_session: whether the script has one terminal, and a session, of its own.
        join: puts the child where it belongs.
    """

    def __init__(self) -> None:
        """Raises OSError if there are no descriptors or terminals left."""
        self.keyboard: Keyboard | None = None
        self.sources: list[OutputSource] = []
        self.shared = False
        self.own_session = False
        self.join: Callable[[], None]
        self._script_ends: list[int] = []
        try:
            if os.isatty(1) and os.isatty(2):
                self.stdio = self._one_terminal()
            else:
                self.stdio = self._separate()
        except BaseException:
            self.close()
            raise

    def _one_terminal(self) -> Stdio:
        pty = PseudoTerminal(1)
        self.sources.append(OutputSource(pty.master, 0, pty))
        self.own_session = True
        self.join = pty.become_session
        if not os.isatty(0):
            return Stdio(0, pty.slave, pty.slave)
        self.keyboard = Keyboard(0, pty)
        return Stdio(pty.slave, pty.slave, pty.slave)

    def _separate(self) -> Stdio:
        self.shared = terminal.is_foreground_process()
        self.join = _stay if self.shared else os.setpgrp
        return Stdio(0, self._output(1, 0), self._output(2, 1))

    def _output(self, ours: int, stream: int) -> int:
        if os.isatty(ours):
            pty = PseudoTerminal(ours)
            self.sources.append(OutputSource(pty.master, stream, pty))
            return pty.slave
        read_end, write_end = os.pipe()
        self.sources.append(OutputSource(read_end, stream, None))
        self._script_ends.append(write_end)
        return write_end

    def close_script_ends(self) -> None:
        """After the script has them: it alone keeps them open."""
        for source in self.sources:
            if source.pty:
                source.pty.close_slave()
        while self._script_ends:
            os.close(self._script_ends.pop())

    def close(self) -> None:
        """Give our terminal back as it was, and close all ends."""
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
    """In our session and process group."""
