"""What the operating system says of processes."""

from __future__ import annotations

import os


def is_alive(pid: int) -> bool:
    """Whether the process `pid` exists and is not a zombie that waits to be reaped."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    except OverflowError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[:1] == [b"Z"]
    except OSError:  # no /proc on this system, or the process has just gone
        return False
