"""The screen of a terminal, which a program draws with escape sequences."""

from __future__ import annotations

import re
import time

import pexpect
import pyte


class Screen:
    """The screen of the terminal of `child`, which must have the size `size`."""

    def __init__(self, child: pexpect.spawn[str], size: tuple[int, int] = (30, 100)) -> None:
        self.child = child
        self.received = 0  # characters
        self.all = ""
        self._screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self._screen)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def until(self, pattern: str, timeout: float = 60) -> None:
        """Read until the regular expression `pattern` matches in the text of the screen."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"no {pattern!r} in\n{self.text}"
            assert self.read(), f"ended without {pattern!r}:\n{self.text}"

    def read(self) -> bool:
        """Read available output. Return False at the end."""
        try:
            data = self.child.read_nonblocking(1 << 16, timeout=0.1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.received += len(data)
        self.all += data
        self._stream.feed(data)
        return True

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self.read():
            pass
        self.child.close()
        assert isinstance(self.child.exitstatus, int), f"signal {self.child.signalstatus}"
        return self.child.exitstatus
