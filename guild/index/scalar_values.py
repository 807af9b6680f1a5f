"""The value that a scalar's name means among the scalars of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guild.scalars.read import ScalarSummary

QUALIFIERS = ("first", "last", "min", "max", "avg", "total", "count")

# Where scalars from the output are kept; in names it is the same as no prefix.
_OURS = ".guild"


class Float32(float):
    """The value of a scalar: it equals a number that is the same in single precision."""

    __slots__ = ()


def find_scalar(scalars: Sequence[ScalarSummary], name: str) -> ScalarSummary | None:
    """The scalar that `[PREFIX#]TAG` means.

    Without a prefix: the scalar of the run directory itself, else the one from the
    output, else the first of any folder.
    """
    prefix, hash_, tag = name.rpartition("#")
    found = [scalar for scalar in scalars if scalar.tag == tag]
    if hash_:
        found = [scalar for scalar in found if _matches(scalar.prefix, prefix)]
    if len(found) > 1:
        found.sort(key=lambda scalar: (scalar.prefix not in ("", _OURS), scalar.prefix))
    return found[0] if found else None


def name_of(scalar: ScalarSummary) -> str:
    """The name that means it: `TAG` alone for one of the run directory or from the output."""
    return scalar.tag if scalar.prefix in ("", _OURS) else f"{scalar.prefix}#{scalar.tag}"


def _matches(prefix: str, wanted: str) -> bool:
    return prefix == wanted or (not wanted and prefix == _OURS)


def tag_of(name: str) -> str:
    """The tag in `[PREFIX#]TAG`."""
    return name.rpartition("#")[2]


def get_scalar_value(scalar: ScalarSummary, qualifier: str, step: bool) -> float | int | None:
    """A number of a scalar: `qualifier` is one of first, last (or empty), min, max, avg,
    total, count; `step` is for its step. None for what has no step."""
    qualifier = qualifier or "last"
    if qualifier == "count":
        return None if step else scalar.count
    if qualifier in ("avg", "total"):
        return None if step else (scalar.avg_val if qualifier == "avg" else scalar.total)
    found: float | int = getattr(scalar, f"{qualifier}_{'step' if step else 'val'}")
    return found


def is_number(value: object) -> bool:
    """Whether `value` can be ordered among numbers: not NaN, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return not math.isnan(value)
