"""A long series of scalars as few points that look the same, taken as it is read."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from guild.scalars.event_reader import Points


class Series(NamedTuple):
    """Values of a series whose steps do not decrease, by column.

    Attributes:
        numbers: the place of each in the series; where values were done again, some of those
            that are left out do not count.
    """

    numbers: list[int]
    steps: list[int]
    values: list[float]
    wall_times: list[float]


class Point(NamedTuple):
    """A row of a `Series`."""

    number: int
    step: int
    value: float
    wall_time: float


class Thinning:
    """Keeps of each stretch of a series the lowest and the highest value, and the two ends of
    the series: about `most` points in all. So memory does not grow with the series.

    Where a step is lower than the one before, the run went back to it, and what it had
    written from there on is left out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._length = 1  # how many values a stretch has
        self._stretches: dict[int, list[Point]] = {}  # by number, in order
        self._first: Point | None = None
        self._last: Point | None = None
        self._count = 0

    def add(self, points: Points) -> None:
        """Take the next values of the series."""
        if not points.steps:
            return
        self._go_back_to(min(points.steps))
        if any(after < before for before, after in pairwise(points.steps)):
            points = Points(*whole(points)[1:])
        begin, count = 0, len(points.steps)
        if self._first is None:
            self._first = self._point(points, 0)
        self._last = self._point(points, count - 1)
        while begin < count:
            stretch = (self._count + begin) // self._length
            end = min(count, (stretch + 1) * self._length - self._count)
            found = [self._point(points, n) for n in _extremes(points.values, begin, end)]
            before = self._stretches.get(stretch)
            self._stretches[stretch] = _merged(before, found) if before else found
            begin = end
            if 2 * len(self._stretches) > self._most:
                self._halve()
        self._count += count

    def series(self) -> Series:
        """What is kept."""
        ends = [point for point in (self._first, self._last) if point is not None]
        found = [*ends, *(point for stretch in self._stretches.values() for point in stretch)]
        by_number = {point.number: point for point in found}
        points = [by_number[number] for number in sorted(by_number)]
        return Series(
            [point.number for point in points],
            [point.step for point in points],
            [point.value for point in points],
            [point.wall_time for point in points],
        )

    def _point(self, points: Points, n: int) -> Point:
        return Point(self._count + n, points.steps[n], points.values[n], points.wall_times[n])

    def _go_back_to(self, step: int) -> None:
        """Forget what is of `step` and later ones, if such a one was the last."""
        if self._last is None or self._last.step <= step:
            return
        stretches = {
            number: [point for point in stretch if point.step < step]
            for number, stretch in self._stretches.items()
        }
        self._stretches = {number: stretch for number, stretch in stretches.items() if stretch}
        if self._first is not None and self._first.step >= step:
            self._first = None

    def _halve(self) -> None:
        """Make stretches twice as long."""
        self._length *= 2
        stretches: dict[int, list[Point]] = {}
        for number, found in self._stretches.items():
            before = stretches.get(number // 2)
            stretches[number // 2] = _merged(before, found) if before else found
        self._stretches = stretches


def whole(points: Points) -> Series:
    """All of a series but what was done again."""
    kept = _without_what_was_redone(points.steps)
    return Series(
        kept,
        [points.steps[n] for n in kept],
        [points.values[n] for n in kept],
        [points.wall_times[n] for n in kept],
    )


def _without_what_was_redone(steps: list[int]) -> list[int]:
    """The indexes of points whose steps do not decrease: what comes after going back is right."""
    kept: list[int] = []
    for n, step in enumerate(steps):
        if kept and steps[kept[-1]] > step:
            while kept and steps[kept[-1]] >= step:
                kept.pop()
        kept.append(n)
    return kept


def _extremes(values: list[float], begin: int, end: int) -> list[int]:
    """The indexes of the lowest and the highest value, in order; of the first value where
    none is finite."""
    if end - begin == 1:
        return [begin]
    stretch = values[begin:end]
    if math.isfinite(sum(stretch)):
        low, high = stretch.index(min(stretch)), stretch.index(max(stretch))
    else:
        numbers = [n for n, value in enumerate(stretch) if math.isfinite(value)] or [0]
        low, high = min(numbers, key=stretch.__getitem__), max(numbers, key=stretch.__getitem__)
    return [begin + n for n in sorted({low, high})]


def _merged(before: list[Point], after: list[Point]) -> list[Point]:
    """The lowest and the highest point of two stretches, in order."""
    both = before + after
    numbers = [point for point in both if math.isfinite(point.value)] or both[:1]
    low = min(numbers, key=lambda point: point.value)
    high = max(numbers, key=lambda point: point.value)
    return sorted({low, high}, key=lambda point: point.number)
