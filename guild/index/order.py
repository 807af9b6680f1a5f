"""Natural sort orders: names that contain numbers, and values of mixed types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from guild.index.numbers import is_number

_DIGITS = re.compile(r"([0-9]+)")

T = TypeVar("T")


def natural_key(name: str) -> tuple[Any, ...]:
    """Return a sort key that puts `x2` before `x10`."""
    parts = _DIGITS.split(name)
    return tuple((int(part), len(part)) if i % 2 else part for i, part in enumerate(parts)), name


def sort_by_value(
    items: Sequence[T], value_of: Callable[[T], Any], *, descending: bool = False
) -> list[T]:
    """Sort items by value: empty strings, then numbers, then other values in natural order.

    With `descending`, it is the other way round. Items without a value, or with NaN, come last
    in both directions. Equal items keep their order.
    """
    keyed: list[tuple[tuple[Any, ...], T]] = []
    missing: list[T] = []
    for item in items:
        value = value_of(item)
        if isinstance(value, bool):
            value = int(value)
        if is_number(value):
            keyed.append(((1, value), item))
        elif value == "":
            keyed.append(((0, 0), item))
        elif value is None or isinstance(value, float):
            missing.append(item)
        else:
            keyed.append(((2, natural_key(str(value))), item))
    keyed.sort(key=lambda pair: pair[0], reverse=descending)
    return [*(item for _, item in keyed), *missing]
