"""Grids: the trials of lists of flag values and of batch files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.flags.functions import LogUniform, Uniform

if TYPE_CHECKING:
    from random import Random


class Grid(Sequence[dict[str, Any]]):
    """The sequence of all combinations of the lists in `flags` and the `rows` of a batch file.

    Rows vary slowest, then flags by name, the last one fastest. Each combination gets a value of
    its own of each range, drawn at random by `seed`. Combinations are created on access, so that
    the size of a grid does not matter.
    """

    def __init__(
        self,
        flags: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]] = (),
        seed: int = 0,
    ) -> None:
        self._seed = seed
        self._rows = rows or ({},)
        self._fixed = {name: value for name, value in flags.items() if not isinstance(value, list)}
        self._lists = {name: flags[name] for name in sorted(flags) if isinstance(flags[name], list)}
        self._ranges = {
            name: flags[name]
            for name in sorted(flags)
            if isinstance(flags[name], (Uniform, LogUniform))
        }

    def __len__(self) -> int:
        return len(self._rows) * math.prod(len(values) for values in self._lists.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        flags = {**self._fixed, **self._drawn_values(index)}
        for name in reversed(self._lists):
            index, at = divmod(index, len(self._lists[name]))
            flags[name] = self._lists[name][at]
        return {**flags, **self._rows[index]}

    def _drawn_values(self, index: int) -> dict[str, Any]:
        """Return the values of the ranges for the combination `index`."""
        if not self._ranges:
            return {}
        import random

        rng = random.Random(f"{self._seed}/{index}")
        return {name: _draw(value, rng) for name, value in self._ranges.items()}


def check_lists(flags: Mapping[str, Any]) -> None:
    """Raise GuildError if a flag has an empty list of values, and therefore no trial."""
    for name in sorted(flags):
        if flags[name] == []:
            raise GuildError(f"flag '{name}' has an empty list of values")


def _draw(value: Uniform | LogUniform, rng: Random) -> int | float:
    low, high = value.low, value.high
    if isinstance(value, LogUniform):
        drawn = math.exp(rng.uniform(math.log(low), math.log(high)))
        return round(drawn) if value.whole else drawn
    if isinstance(low, int) and isinstance(high, int):
        return rng.randint(low, high)
    return rng.uniform(low, high)


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
