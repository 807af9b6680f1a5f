"""The terminal: ours, and the one a script gets where we have one."""

from __future__ import annotations

import os


def is_ours() -> bool:
    """Whether this process is in the foreground of a terminal, so that what is typed
    there (Ctrl-C) comes to its process group."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(fd)
