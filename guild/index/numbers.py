"""Numbers as filters and sorting compare them."""

from __future__ import annotations

import math


class Float32(float):
    """A scalar's value: it equals any number that is the same in single precision."""

    __slots__ = ()


def is_number(value: object) -> bool:
    """Return whether `value` can be ordered among numbers: neither NaN nor a boolean."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return not math.isnan(value)
