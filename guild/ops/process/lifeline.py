"""So that a script does not outlive us unnoticed when we are killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal

# Where it is in nobody's way: the script's own files begin at 3, as ever.
_PLACE = 250


class Lifeline:
    """Has the system send SIGHUP, as for a terminal that goes, when this process dies.

    It is a pipe: we have the end to write to, the script that to read from. When ours is
    closed, since we were killed, the system signals the owner of the other. A
    script that wants to go on ignores SIGHUP. Only Linux can do that.
    """

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()

    def keep_open_in_child(self) -> None:
        """In the child: keep the other end open in the program to come."""
        try:
            fcntl.fcntl(self._read_end, fcntl.F_DUPFD, _PLACE)
        except OSError:  # fewer open files are allowed
            os.set_inheritable(self._read_end, True)

    def signal_on_death(self, owner: int) -> None:
        """Have it tell the process `owner`, or the process group -`owner`."""
        if hasattr(fcntl, "F_SETSIG"):
            with contextlib.suppress(OSError):  # the script has ended already
                fcntl.fcntl(self._read_end, fcntl.F_SETOWN, owner)
                fcntl.fcntl(self._read_end, fcntl.F_SETSIG, signal.SIGHUP)
                self._set_async(True)

    def signal_on_parent_death(self) -> None:
        """In a forked process that goes on with our code: be told of its parent's death."""
        os.close(self._write_end)
        self.signal_on_death(os.getpid())

    def detach(self) -> None:
        """In a forked process that it does not concern: close it, and leave it to others."""
        os.close(self._read_end)
        os.close(self._write_end)

    def close(self) -> None:
        """Let go without a signal to what the script has left behind."""
        with contextlib.suppress(OSError):
            self._set_async(False)
        os.close(self._read_end)
        os.close(self._write_end)

    def _set_async(self, on: bool) -> None:
        flags = fcntl.fcntl(self._read_end, fcntl.F_GETFL)
        flags = flags | os.O_ASYNC if on else flags & ~os.O_ASYNC
        fcntl.fcntl(self._read_end, fcntl.F_SETFL, flags)
