"""A pipe that signals the script when its supervisor is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal

# A high number, so that the script's own files are numbered from 3 as usual.
_CHILD_FD = 250


class Lifeline:
    """Makes the system send SIGHUP when this process dies, as if a terminal had closed.

    This process holds the write end of a pipe, the script the read end. When the write end
    closes because this process was killed, the system signals the owner of the read end.
    A script that wants to continue ignores SIGHUP. Works only on Linux.
    """

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()

    def keep_open_in_child(self) -> None:
        """Keep the read end open in the program that this forked child is about to execute."""
        try:
            fcntl.fcntl(self._read_end, fcntl.F_DUPFD, _CHILD_FD)
        except OSError:  # the limit of open files is lower
            os.set_inheritable(self._read_end, True)

    def signal_on_death(self, owner: int) -> None:
        """Choose the process `owner`, or the process group -`owner`, to receive SIGHUP."""
        if hasattr(fcntl, "F_SETSIG"):
            with contextlib.suppress(OSError):  # the script has already ended
                fcntl.fcntl(self._read_end, fcntl.F_SETOWN, owner)
                fcntl.fcntl(self._read_end, fcntl.F_SETSIG, signal.SIGHUP)
                self._set_async(True)

    def signal_on_parent_death(self) -> None:
        """Make this forked child, which runs Guild code, receive SIGHUP when its parent dies."""
        os.close(self._write_end)
        self.signal_on_death(os.getpid())

    def detach(self) -> None:
        """Close both ends in a forked child that another run's lifeline does not concern."""
        os.close(self._read_end)
        os.close(self._write_end)

    def close(self) -> None:
        """Close both ends without signaling processes that the script left behind."""
        with contextlib.suppress(OSError):
            self._set_async(False)
        os.close(self._read_end)
        os.close(self._write_end)

    def _set_async(self, on: bool) -> None:
        flags = fcntl.fcntl(self._read_end, fcntl.F_GETFL)
        flags = flags | os.O_ASYNC if on else flags & ~os.O_ASYNC
        fcntl.fcntl(self._read_end, fcntl.F_SETFL, flags)
