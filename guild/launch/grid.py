"""Grids: the trials of lists of flag values and of batch files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.flags.functions import LogUniform, Uniform


class Grid(Sequence[dict[str, Any]]):
    """The sequence of all combinations of the lists in `flags` and the `rows` of a batch file.

    Rows vary slowest, then flags by name, the last one fastest. Combinations are
    created on access, so that the size of a grid does not matter.
    """

    def __init__(self, flags: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Raise GuildError for an empty list and for a range, which cannot be enumerated."""
        self._rows = rows or ({},)
        self._fixed = {name: value for name, value in flags.items() if not isinstance(value, list)}
        self._lists = {name: flags[name] for name in sorted(flags) if isinstance(flags[name], list)}
        for name, values in self._lists.items():
            if not values:
                raise GuildError(f"flag '{name}' has an empty list of values")
        for name, value in self._fixed.items():
            if isinstance(value, (Uniform, LogUniform)):
                raise GuildError(f"flag '{name}' is a range; ranges require an optimizer")

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
    trials: Sequence[dict[str, Any]], max_trials: int | None, seed: int
) -> Sequence[dict[str, Any]]:
    """Return up to `max_trials` of `trials` in order, sampled without replacement with `seed`.

    None means no limit.
    """
    if max_trials is None or len(trials) <= max_trials:
        return trials
    import random

    chosen = random.Random(seed).sample(range(len(trials)), max_trials)
    return [trials[index] for index in sorted(chosen)]
