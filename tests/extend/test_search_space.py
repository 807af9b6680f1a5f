"""Search spaces."""

from __future__ import annotations

import math

import pytest

from guild.base.errors import GuildError
from guild.extend.search_space import Categorical, Space, contains
from guild.flags.functions import LogUniform, Uniform


def test_dimensions_are_sorted_and_other_flags_fixed():
    space = Space.of({"z": ["a", "b"], "lr": LogUniform(0.1, 1), "n": 3, "a": Uniform(0, 5, 2)})
    assert list(space.dimensions.items()) == [
        ("a", Uniform(0, 5, 2)),
        ("lr", LogUniform(0.1, 1)),
        ("z", Categorical(("a", "b"))),
    ]
    assert space.fixed == {"n": 3}
    assert space.initial == {"a": 2}


def test_rejects_space_without_dimensions():
    with pytest.raises(GuildError) as error:
        Space.of({"x": 0.2, "n": 3})
    assert error.value.message == (
        "flags for batch (n=3, x=0.2) do not contain any search dimensions\n"
        "Try specifying a range for one or more flags as NAME=[MIN:MAX]."
    )
    with pytest.raises(GuildError, match=r"^flag 'x' has an empty list of values; specify"):
        Space.of({"x": []})


def test_dimension_with_single_value_is_fixed():
    assert Space.of({"x": Uniform(2, 2), "y": [None], "z": LogUniform(1, 1)}) == Space(
        {}, {"x": 2, "y": None, "z": 1.0}
    )


@pytest.mark.parametrize(
    ("dimension", "inside", "outside"),
    [
        (Uniform(0, 2), [0, 1, 2, 1.0], [-1, 3, 0.5, True, "1", None, math.nan, math.inf]),
        (Uniform(0.0, 1.0), [0, 1, 0.5], [-0.1, 1.1, False, "0.5", math.nan, -math.inf]),
        (Categorical((1, "a", None)), [1, 1.0, "a", None], [True, "b", 0]),
        (Categorical((True, 0)), [True, 0], [1, False]),
    ],
)
def test_contains(dimension: Uniform | Categorical, inside: list[object], outside: list[object]):
    assert all(contains(dimension, value) for value in inside)
    assert not any(contains(dimension, value) for value in outside)


def test_point_follows_dimension_order():
    space = Space.of({"a": Uniform(0, 5), "b": ["x", 1], "c": Uniform(0.0, 1.0)})
    assert space.point({"c": 1, "b": 1.0, "a": 3.0, "other": 1}) == [3, 1, 1.0]
    assert space.point({"a": 3, "b": "x"}) is None
    assert space.point({"a": 3, "b": "x", "c": 2}) is None
