"""Long series of scalars reduced to a few points with the same shape, while they are read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from guild.scalars.event_reader import Points


class Series(NamedTuple):
    """The columns of a series whose steps do not decrease.

    Attributes:
        positions: the position of each value in the series. Values that a restarted run replaced
            may not be counted.
        wall_times: seconds since the epoch.
    """

    positions: list[int]
    steps: list[int]
    values: list[float]
    wall_times: list[float]


class _Point(NamedTuple):
    """A row of a `Series`."""

    position: int
    step: int
    value: float
    wall_time: float


class Thinning:
    """A series reduced to about `max_points` points, in memory that does not grow with it.

    Each stretch of the series is reduced to its lowest and its highest value; the ends of the
    series are preserved. If a step is lower than the one before, the run was restarted from it,
    and earlier values from that step on are dropped.
    """

    def __init__(self, max_points: int) -> None:
        self._max_points = max_points
        self._stretch_length = 1
        self._stretches: dict[int, list[_Point]] = {}  # by their number, in order
        self._first: _Point | None = None
        self._last: _Point | None = None
        self._count = 0

    def add(self, points: Points) -> None:
        """Add the next values of the series."""
        if not points.steps:
            return
        previous = points.steps[0] if self._last is None else self._last.step
        restarts = [
            after for before, after in pairwise((previous, *points.steps)) if after < before
        ]
        if restarts:
            self._drop_from(min(restarts))
            points = Points(*without_replaced(points)[1:])
        begin, count = 0, len(points.steps)
        if self._first is None:
            self._first = self._point(points, 0)
        self._last = self._point(points, count - 1)
        while begin < count:
            stretch = (self._count + begin) // self._stretch_length
            end = min(count, (stretch + 1) * self._stretch_length - self._count)
            extremes = [self._point(points, n) for n in find_extremes(points.values, begin, end)]
            _merge(self._stretches, stretch, extremes)
            begin = end
            if 2 * len(self._stretches) > self._max_points:
                self._double_stretch_length()
        self._count += count

    def series(self) -> Series:
        """Return the reduced series."""
        ends = [point for point in (self._first, self._last) if point is not None]
        extremes = [point for stretch in self._stretches.values() for point in stretch]
        by_position = {point.position: point for point in (*ends, *extremes)}
        points = [by_position[position] for position in sorted(by_position)]
        return Series(
            [point.position for point in points],
            [point.step for point in points],
            [point.value for point in points],
            [point.wall_time for point in points],
        )

    def _point(self, points: Points, n: int) -> _Point:
        return _Point(self._count + n, points.steps[n], points.values[n], points.wall_times[n])

    def _drop_from(self, step: int) -> None:
        """Drop the points of `step` and later steps."""
        stretches = {
            number: [point for point in stretch if point.step < step]
            for number, stretch in self._stretches.items()
        }
        self._stretches = {number: stretch for number, stretch in stretches.items() if stretch}
        if self._first is not None and self._first.step >= step:
            self._first = None

    def _double_stretch_length(self) -> None:
        self._stretch_length *= 2
        stretches: dict[int, list[_Point]] = {}
        for number, points in self._stretches.items():
            _merge(stretches, number // 2, points)
        self._stretches = stretches


def _merge(stretches: dict[int, list[_Point]], number: int, points: list[_Point]) -> None:
    """Add `points` to a stretch, which is reduced to its extremes."""
    before = stretches.get(number)
    if before:
        points = before + points
        extremes = find_extremes([point.value for point in points], 0, len(points))
        points = [points[n] for n in extremes]
    stretches[number] = points


def without_replaced(points: Points) -> Series:
    """Return a series without the values that a restarted run replaced."""
    positions: list[int] = []
    steps = points.steps
    for n, step in enumerate(steps):
        if positions and steps[positions[-1]] > step:
            while positions and steps[positions[-1]] >= step:
                positions.pop()
        positions.append(n)
    return Series(
        positions,
        [steps[n] for n in positions],
        [points.values[n] for n in positions],
        [points.wall_times[n] for n in positions],
    )


def find_extremes(values: Sequence[float], begin: int, end: int) -> list[int]:
    """Return the indexes of the lowest and the highest value from `begin` to below `end`, sorted.

    Return the first index if no value is finite.
    """
    if end - begin == 1:
        return [begin]
    stretch = values[begin:end]
    if math.isfinite(sum(stretch)):
        low, high = stretch.index(min(stretch)), stretch.index(max(stretch))
    else:
        finite = [n for n, value in enumerate(stretch) if math.isfinite(value)] or [0]
        low, high = min(finite, key=stretch.__getitem__), max(finite, key=stretch.__getitem__)
    return [begin + n for n in sorted({low, high})]
