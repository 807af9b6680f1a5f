"""Axes: from values to places on them, and where their marks are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Tick(NamedTuple):
    """A mark on an axis."""

    value: float
    text: str


class Scale(NamedTuple):
    """An axis from `low` to `high`, `low` being the lesser, and above 0 if it is logarithmic."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where `value` is: 0 at the low end, 1 at the high one."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[Tick]:
        """Marks at round values, at most `most` (2 or more)."""
        if self.log and (powers := _powers(self.low, self.high, most)):
            return [Tick(value, _short(f"{value:g}")) for value in powers]
        ticks = _round_ticks(self.low, self.high, most)
        return [tick for tick in ticks if tick.value > 0] if self.log else ticks


def fit_scale(values: Iterable[float], log: bool = False) -> Scale:
    """The scale that holds `values`, of which there are some: float32 values, steps or
    times, all finite and, if it is logarithmic, above 0."""
    values = list(values)
    low, high = min(values), max(values)
    if low < high:
        return Scale(low, high, log)
    if log:
        return Scale(low / 2, high * 2, log)
    margin = abs(low) / 2 or 1.0
    return Scale(low - margin, high + margin)


def _powers(low: float, high: float, most: int) -> list[float]:
    """Powers of ten, or some of them; none where there would be fewer than two."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    exponents = range(first, last + 1, every)
    return [10.0**exponent for exponent in exponents] if len(exponents) > 1 else []


def _round_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Marks at multiples of 1, 2 or 5 times a power of ten."""
    span = high - low
    exponent = math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * 10.0**exponent
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [Tick(n * step, _text(n * step, step)) for n in range(first, last + 1)]


def _text(value: float, step: float) -> str:
    """`value` with the decimals that tell it from the next one."""
    exponent = math.floor(math.log10(step) + 1e-9)
    if value == 0:
        return "0"
    largest = math.floor(math.log10(abs(value)) + 1e-9)
    if largest >= 6 or largest < -4:
        return _short(f"{value:.{max(0, largest - exponent)}e}")
    return f"{value:.{max(0, -exponent)}f}"


def _short(number: str) -> str:
    """`1e-05` as `1e-5`."""
    return number.replace("e+0", "e+").replace("e-0", "e-")
