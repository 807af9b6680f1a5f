"""Timestamps: microseconds since the epoch, as runs record them."""

from __future__ import annotations

import time

_last = 0


def timestamp() -> int:
    """Return the current timestamp, always greater than the one before in this process.

    Setting the system's clock back does not change that order.
    """
    global _last
    _last = max(_last + 1, time.time_ns() // 1000)
    return _last


def to_seconds(microseconds: int) -> float:
    """Return a timestamp or a duration in seconds."""
    return microseconds / 1_000_000


def local_time(timestamp: int) -> time.struct_time | None:
    """Return the local time of a timestamp; None if the system cannot represent it."""
    try:
        return time.localtime(timestamp // 1_000_000)
    except (ValueError, OverflowError, OSError):
        return None


def format_time(timestamp: object) -> str | None:
    """Return a timestamp as local time, `2026-11-21 22:55:28`; None for any other value."""
    local = local_time(timestamp) if isinstance(timestamp, int) else None
    return None if local is None else time.strftime("%Y-%m-%d %H:%M:%S", local)


def format_duration(microseconds: int) -> str:
    """Return a duration as `H:MM:SS`."""
    seconds = microseconds // 1_000_000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
