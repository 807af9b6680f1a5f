"""Default search spaces for flags without a value."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.flags.functions import make_distribution
from guild.ops.plan.assignments import Assigned, is_multiple, of_type

_DISTRIBUTIONS = {"uniform": "uniform", "loguniform": "loguniform", "log-uniform": "loguniform"}


def with_ranges(
    assigned: Assigned, defs: Mapping[str, FlagDef], fixed: Container[str] = ()
) -> Assigned:
    """Return `assigned` with search spaces for flags that the user did not set.

    A flag with choices gets the list of choices. A flag with `min` and `max` gets that range
    with its `distribution`, and its default is the first value to try. Flags in `fixed` do
    not change.
    Raises GuildError for an unknown or unsuitable distribution.
    """
    open_flags = (
        (name, value, defs[name])
        for name, value in assigned.flags.items()
        if name in defs
        and name not in assigned.user_flags
        and name not in fixed
        and not is_multiple(value)
    )
    ranges = {name: _range(value, flag) for name, value, flag in open_flags}
    return assigned._replace(flags={**assigned.flags, **ranges})


def _range(value: Any, flag: FlagDef) -> Any:
    if flag.choices:
        return [choice.value for choice in flag.choices]
    if flag.min is None or flag.max is None or flag.min >= flag.max:
        return value
    name = _DISTRIBUTIONS.get(flag.distribution or "uniform")
    if name is None:
        raise GuildError(
            f"flag '{flag.name}': unknown distribution '{flag.distribution}'; "
            "use uniform or loguniform"
        )
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    first = [value] if is_number and flag.min <= value <= flag.max else []
    return of_type(make_distribution(name, [flag.min, flag.max, *first], flag.name), flag)
