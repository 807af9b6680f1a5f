"""Orders that people expect: names with numbers in them, and values of any kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from guild.index.scalar_values import is_number

_DIGITS = re.compile(r"([0-9]+)")

T = TypeVar("T")


def natural_key(name: str) -> tuple[Any, ...]:
    """A sort key by which `x2` is before `x10`."""
    parts = _DIGITS.split(name)
    return (*((int(part), len(part)) if i % 2 else part for i, part in enumerate(parts)), name)


def sort_by_value(
    items: Sequence[T], value_of: Callable[[T], Any], *, descending: bool = False
) -> list[T]:
    """`items` by value: numbers, then texts in natural order, then all else; what has no
    value, or NaN, is last in either direction. Equal ones keep their order."""
    found: list[tuple[tuple[Any, ...], T]] = []
    missing: list[T] = []
    for item in items:
        value = value_of(item)
        if isinstance(value, bool):
            value = int(value)
        if is_number(value):
            found.append(((0, value), item))
        elif value is None or value == "" or isinstance(value, float):
            missing.append(item)
        else:
            found.append(((1, natural_key(str(value))), item))
    found.sort(key=lambda pair: pair[0], reverse=descending)
    if descending:  # numbers are first in either direction
        found = [pair for kind in (0, 1) for pair in found if pair[0][0] == kind]
    return [*(item for _, item in found), *missing]
