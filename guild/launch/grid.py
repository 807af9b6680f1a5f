"""The trials of a batch that are known from the start: grids and batch files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.flags.functions import LogUniform, Uniform

DEFAULT_MAX_TRIALS = 20


class Grid(Sequence[dict[str, Any]]):
    """Every combination of the values that `flags` list, and of `rows` of a batch file.

    The rows vary slowest, then flags by name, the last one fastest. A combination is
    made when it is asked for, so that a grid of any size costs nothing.
    """

    def __init__(self, flags: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Raises GuildError for an empty list, and for a range, which has no end of values."""
        self._rows = rows or ({},)
        self._fixed = {name: value for name, value in flags.items() if not isinstance(value, list)}
        self._lists = {name: flags[name] for name in sorted(flags) if isinstance(flags[name], list)}
        for name, values in self._lists.items():
            if not values:
                raise GuildError(f"flag '{name}' has an empty list of values")
        for name, value in self._fixed.items():
            if isinstance(value, (Uniform, LogUniform)):
                raise GuildError(f"flag '{name}' is a range, which needs an optimizer")

    def __len__(self) -> int:
        return len(self._rows) * math.prod(len(values) for values in self._lists.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        flags = dict(self._fixed)
        for name in reversed(self._lists):
            index, at = divmod(index, len(self._lists[name]))
            flags[name] = self._lists[name][at]
        return {**flags, **self._rows[index]}


def sample(
    trials: Sequence[dict[str, Any]], most: int | None, seed: int
) -> Sequence[dict[str, Any]]:
    """At most `most` of `trials` in their order, drawn without replacement by `seed`;
    None is the default limit."""
    most = DEFAULT_MAX_TRIALS if most is None else most
    if len(trials) <= most:
        return trials
    import random

    chosen = random.Random(seed).sample(range(len(trials)), most)
    return [trials[index] for index in sorted(chosen)]
