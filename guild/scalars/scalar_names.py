"""Names of scalars: `[PREFIX#]TAG`, and the qualified values of a scalar.

The prefix is the directory of the event file in the run. Scalars of the run directory itself
and those found in the output need no prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guild.scalars.series import ScalarSummary

QUALIFIERS = ("first", "last", "min", "max", "avg", "total", "count")

OUTPUT_PREFIX = ".guild"  # the directory of the event files with scalars found in the output
SYSTEM_PREFIX = "sys/"  # starts the tags of system metrics


def split_name(name: str) -> tuple[str | None, str]:
    """Return the prefix and the tag of `[PREFIX#]TAG`; the prefix is None without a `#`."""
    prefix, separator, tag = name.rpartition("#")
    return (prefix if separator else None), tag


def format_name(prefix: str, tag: str) -> str:
    """Return the name of a scalar: `TAG` alone where it needs no prefix."""
    return f"{prefix}#{tag}" if needs_prefix(prefix) else tag


def needs_prefix(prefix: str) -> bool:
    """Return whether scalars with `prefix` are named by prefix and tag."""
    return prefix not in ("", OUTPUT_PREFIX)


def is_system(tag: str) -> bool:
    """Return whether `tag` names a system metric, such as `sys/cpu/util`."""
    return tag.startswith(SYSTEM_PREFIX)


def choose_key(keys: Iterable[tuple[str, str]], name: str) -> tuple[str, str] | None:
    """Return the prefix and tag among `keys` that `name` refers to; None without a match.

    `#TAG` matches the run directory and the output, and `STEP#TAG` those of a step. Without a
    prefix any directory matches.
    The run directory comes first, then the output, then other directories by name.
    """
    prefix, tag = split_name(name)
    matches = [key for key in keys if key[1] == tag and _matches(key[0], prefix)]
    if len(matches) > 1:
        return min(matches, key=lambda key: (needs_prefix(key[0]), key[0]))
    return matches[0] if matches else None


def _matches(prefix: str, requested: str | None) -> bool:
    if requested is None or prefix == requested:
        return True
    return prefix == (f"{requested}/{OUTPUT_PREFIX}" if requested else OUTPUT_PREFIX)


def find_scalar(scalars: Sequence[ScalarSummary], name: str) -> ScalarSummary | None:
    """Return the scalar that `name` refers to, see `choose_key`; None without a match."""
    tag = split_name(name)[1]
    by_key = {(scalar.prefix, tag): scalar for scalar in scalars if scalar.tag == tag}
    key = choose_key(by_key, name)
    return None if key is None else by_key[key]


def get_scalar_value(scalar: ScalarSummary, qualifier: str, step: bool) -> float | int | None:
    """Return one value of a scalar, or with `step` the step of that value.

    `qualifier` is one of `QUALIFIERS`; empty stands for `last`. Counts, averages and totals
    have no step, so the result is None.
    """
    if qualifier in ("count", "avg", "total"):
        if step:
            return None
        return {"count": scalar.count, "avg": scalar.avg_val, "total": scalar.total}[qualifier]
    value: float | int = getattr(scalar, f"{qualifier or 'last'}_{'step' if step else 'val'}")
    return value
