"""Times that order what one process does."""

from __future__ import annotations

import time

_last = 0


def timestamp() -> int:
    """Now, in microseconds since the epoch; never the same and never less than
    the one before within a process, whatever is done to the system's clock."""
    global _last
    _last = max(_last + 1, time.time_ns() // 1000)
    return _last
