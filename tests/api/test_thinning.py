"""Long series, thinned while they are read."""

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


def thinned(points, most, size):
    """`points`, taken `size` at a time."""
    thinning = Thinning(most)
    for begin in range(0, len(points.steps), size):
        thinning.add(Points(*(column[begin : begin + size] for column in points)))
    return thinning.series()


@given(
    st.lists(st.tuples(st.integers(0, 9), VALUES), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_what_is_short_enough_is_kept_whole(pairs, size):
    points = series(*zip(*pairs, strict=True))
    found, expected = thinned(points, 1000, size), without_replaced(points)
    # By their text NaN are the same.
    assert repr(found[1:]) == repr(expected[1:])
    assert found.positions == sorted(set(found.positions))


@given(
    st.lists(VALUES, min_size=1, max_size=300),
    st.integers(4, 40),
    st.integers(1, 100),
)
def test_order_ends_and_extremes_are_kept(values, most, size):
    found = thinned(series(range(len(values)), values), most, size)
    assert found.steps == sorted(set(found.steps)) == found.positions
    assert found.wall_times == [float(step) for step in found.steps]
    assert repr([found.values[0], found.values[-1]]) == repr([values[0], values[-1]])
    finite = [value for value in values if math.isfinite(value)]
    kept = [value for value in found.values if math.isfinite(value)]
    assert not finite or (min(kept), max(kept)) == (min(finite), max(finite))
    assert len(found.steps) <= most + 2


def test_what_was_done_again_is_left_out_of_a_long_series():
    first = series(range(10_000), [9.0] * 10_000)
    again = series(range(5_000, 20_000), [1.0] * 15_000)
    points = Points(*(a + b for a, b in zip(first, again, strict=True)))
    found = thinned(points, 100, 777)
    assert found.steps == sorted(found.steps)
    assert {
        (step < 5_000, value) for step, value in zip(found.steps, found.values, strict=True)
    } == {
        (True, 9.0),
        (False, 1.0),
    }
    assert (found.steps[0], found.steps[-1]) == (0, 19_999)


def test_from_the_beginning_again():
    points = series([0, 1, 2, 0, 1], [9.0, 9.0, 9.0, 1.0, 2.0])
    assert thinned(points, 4, 3) == Series([3, 4], [0, 1], [1.0, 2.0], [3.0, 4.0])


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
