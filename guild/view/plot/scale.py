"""Scales of axes, and their tick marks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Tick(NamedTuple):
    """A labeled mark on an axis."""

    value: float
    label: str


class Scale(NamedTuple):
    """The range of an axis: `low` < `high`, and 0 < `low` if the axis is logarithmic."""

    low: float
    high: float
    log: bool = False

    def position(self, value: float) -> float:
        """Return the position of `value`: 0 at the low end, 1 at the high end."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, max_ticks: int) -> list[Tick]:
        """Return at most `max_ticks` (2 or more) marks at round values."""
        if self.log and (powers := _powers(self.low, self.high, max_ticks)):
            return [Tick(value, _shorten_exponent(f"{value:g}")) for value in powers]
        ticks = _round_ticks(self.low, self.high, max_ticks)
        return [tick for tick in ticks if tick.value > 0] if self.log else ticks


def fit_scale(values: Iterable[float], log: bool = False) -> Scale:
    """Return the scale that fits `values`: one or more finite numbers.

    Values of a logarithmic scale must be above 0.
    """
    values = list(values)
    low, high = min(values), max(values)
    if low < high:
        return Scale(low, high, log)
    if log:
        return Scale(low / 2, high * 2, log)
    margin = abs(low) / 2 or 1.0
    return Scale(low - margin, high + margin)


def _powers(low: float, high: float, max_ticks: int) -> list[float]:
    """Return evenly spaced powers of ten, or an empty list if the range holds fewer than two."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / max_ticks))
    exponents = range(first, last + 1, every)
    return [10.0**exponent for exponent in exponents] if len(exponents) > 1 else []


def _round_ticks(low: float, high: float, max_ticks: int) -> list[Tick]:
    """Return marks at multiples of 1, 2 or 5 times a power of ten."""
    span = high - low
    exponent = math.floor(math.log10(span / max_ticks))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * 10.0**exponent
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < max_ticks:
            break
    return [Tick(n * step, _format_value(n * step, step)) for n in range(first, last + 1)]


def _format_value(value: float, step: float) -> str:
    """Format `value` with enough decimals to distinguish neighboring ticks."""
    exponent = math.floor(math.log10(step) + 1e-9)
    if value == 0:
        return "0"
    largest = math.floor(math.log10(abs(value)) + 1e-9)
    if largest >= 6 or largest < -4:
        return _shorten_exponent(f"{value:.{max(0, largest - exponent)}e}")
    return f"{value:.{max(0, -exponent)}f}"


def _shorten_exponent(number: str) -> str:
    """Shorten an exponent: `1e-05` to `1e-5`."""
    return number.replace("e+0", "e+").replace("e-0", "e-")
