"""`Thinning` reduces long series while they are read."""

from __future__ import annotations

import math
import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from guild.api.thinning import Series, Thinning, without_replaced
from guild.scalars.event_reader import Points

VALUES = st.floats(width=32)


def series(steps, values):
    return Points(list(steps), list(values), [float(n) for n in range(len(values))])


def thinned(points, max_points, size):
    """Thin `points`, added `size` at a time."""
    thinning = Thinning(max_points)
    for begin in range(0, len(points.steps), size):
        thinning.add(Points(*(column[begin : begin + size] for column in points)))
    return thinning.series()


@given(
    st.lists(st.tuples(st.integers(0, 9), VALUES), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_short_series_is_complete(pairs, size):
    points = series(*zip(*pairs, strict=True))
    result, expected = thinned(points, 1000, size), without_replaced(points)
    # NaN equals NaN only as text.
    assert repr(result[1:]) == repr(expected[1:])
    assert result.positions == sorted(set(result.positions))


@given(
    st.lists(VALUES, min_size=1, max_size=300),
    st.integers(4, 40),
    st.integers(1, 100),
)
def test_order_ends_and_extremes_are_preserved(values, max_points, size):
    result = thinned(series(range(len(values)), values), max_points, size)
    assert result.steps == sorted(set(result.steps)) == result.positions
    assert result.wall_times == [float(step) for step in result.steps]
    assert repr([result.values[0], result.values[-1]]) == repr([values[0], values[-1]])
    finite = [value for value in values if math.isfinite(value)]
    remaining = [value for value in result.values if math.isfinite(value)]
    assert not finite or (min(remaining), max(remaining)) == (min(finite), max(finite))
    assert len(result.steps) <= max_points + 2


def test_restart_replaces_values_of_a_long_series():
    first = series(range(10_000), [9.0] * 10_000)
    again = series(range(5_000, 20_000), [1.0] * 15_000)
    points = Points(*(a + b for a, b in zip(first, again, strict=True)))
    result = thinned(points, 100, 777)
    assert result.steps == sorted(result.steps)
    assert {
        (step < 5_000, value) for step, value in zip(result.steps, result.values, strict=True)
    } == {
        (True, 9.0),
        (False, 1.0),
    }
    assert (result.steps[0], result.steps[-1]) == (0, 19_999)


def test_restart_from_the_beginning():
    points = series([0, 1, 2, 0, 1], [9.0, 9.0, 9.0, 1.0, 2.0])
    assert thinned(points, 4, 3) == Series([3, 4], [0, 1], [1.0, 2.0], [3.0, 4.0])


def test_restart_between_two_reads():
    points = series([0, 0, 1, 0], [9.0, 9.0, 9.0, 1.0])
    assert thinned(points, 4, 2)[1:3] == ([0], [1.0])


def test_memory_does_not_grow_with_the_series():
    rng = random.Random(1)
    thinning = Thinning(100)
    tracemalloc.start()
    for begin in range(0, 200_000, 1000):
        steps = range(begin, begin + 1000)
        thinning.add(Points(list(steps), [rng.random() for _ in steps], [0.0] * 1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000
