"""Scales and tick marks of axes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.view.plot.scale import Scale, fit_scale

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def labels(scale, max_ticks):
    return [tick.label for tick in scale.ticks(max_ticks)]


@pytest.mark.parametrize(
    ("low", "high", "max_ticks", "expected"),
    [
        (0, 1, 6, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 100, 3, ["0", "50", "100"]),
        (-1, 1, 5, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
        (0.0123, 0.0456, 5, ["0.02", "0.03", "0.04"]),
        (0, 3_000_000, 4, ["0", "1e+6", "2e+6", "3e+6"]),
        (1_000_000, 1_000_003, 5, ["1.000000e+6", "1.000001e+6", "1.000002e+6", "1.000003e+6"]),
        (0, 2e-5, 3, ["0", "1e-5", "2e-5"]),
    ],
)
def test_ticks_are_round(low, high, max_ticks, expected):
    assert labels(Scale(low, high), max_ticks) == expected


@pytest.mark.parametrize(
    ("low", "high", "max_ticks", "expected"),
    [
        (1e-3, 10, 10, ["0.001", "0.01", "0.1", "1", "10"]),
        (1e-8, 1e8, 4, ["1e-8", "0.001", "100", "1e+7"]),
        (2, 7, 5, ["2", "4", "6"]),
    ],
)
def test_logarithmic_ticks_are_powers(low, high, max_ticks, expected):
    assert labels(Scale(low, high, log=True), max_ticks) == expected


def test_position():
    assert [Scale(0, 10).position(value) for value in (0, 5, 10)] == [0, 0.5, 1]
    assert Scale(1, 100, log=True).position(10) == 0.5


def test_single_value_is_in_the_middle():
    assert fit_scale([3.0, 3.0]).position(3.0) == 0.5
    assert fit_scale([0.0]) == Scale(-1, 1)
    assert fit_scale([8.0], log=True).position(8.0) == pytest.approx(0.5)


@given(st.lists(FLOATS, min_size=1), st.integers(2, 20))
def test_axis_contains_all_values(values, max_ticks):
    scale = fit_scale(values)
    assert all(0 <= scale.position(value) <= 1 for value in values)
    ticks = scale.ticks(max_ticks)
    assert len(ticks) <= max_ticks
    assert all(-1e-6 <= scale.position(tick.value) <= 1 + 1e-6 for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks)


SMALLEST = struct.unpack("<f", b"\1\0\0\0")[0]
POSITIVE = st.floats(min_value=SMALLEST, allow_infinity=False, width=32)


@given(st.lists(POSITIVE, min_size=1), st.integers(2, 20))
def test_logarithmic_axis_contains_all_values(values, max_ticks):
    scale = fit_scale(values, log=True)
    assert all(-1e-9 <= scale.position(value) <= 1 + 1e-9 for value in values)
    assert all(tick.value > 0 for tick in scale.ticks(max_ticks))
