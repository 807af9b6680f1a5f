"""Named tuples that behave as those of the standard library."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from guild.base import named_tuple


class Point(named_tuple.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str | None = None

    @property
    def total(self) -> int:
        return self.x + self.y


class Standard(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str | None = None

    @property
    def total(self) -> int:
        return self.x + self.y


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((1,), {}),
        ((1, 3), {"name": "a"}),
        ((1, 3, "a"), {}),
        ((), {"x": 1}),
        ((), {"y": 1, "x": 2}),
    ],
)
def test_values(args, named):
    point, standard = Point(*args, **named), Standard(*args, **named)
    assert point == standard
    assert (point.x, point.y, point.name) == (standard.x, standard.y, standard.name)
    assert point.total == standard.total
    assert point._asdict() == standard._asdict()
    assert point._replace(y=9) == standard._replace(y=9)
    assert repr(point) == repr(standard).replace("Standard", "Point")
    assert hash(point) == hash(standard)


@pytest.mark.parametrize(
    ("args", "named"),
    [((), {}), ((1, 2, "a", 4), {}), ((1,), {"x": 2}), ((1,), {"z": 2}), ((), {"y": 2})],
)
def test_other_arguments_are_a_type_error(args, named):
    for kind in (Point, Standard):
        with pytest.raises(TypeError):
            kind(*args, **named)


def test_class_attributes():
    for name in ("_fields", "_field_defaults", "__match_args__", "__slots__", "__doc__"):
        assert getattr(Point, name) == getattr(Standard, name)
    assert type(Point) is type
    assert issubclass(Point, tuple)
    assert Point.__module__ == __name__


def test_instances_cannot_be_changed():
    point = Point(1)
    for name in ("x", "other"):
        with pytest.raises(AttributeError):
            setattr(point, name, 2)


def test_copies():
    point = Point(1, name="a")
    for other in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert other == point
        assert type(other) is Point
    assert Point._make([1, 2, "a"]) == Point(1, 2, "a")


def test_subclasses_have_the_fields_of_their_base():
    class Named(Point):
        @property
        def label(self) -> str:
            return f"{self.name}: {self.x}"

    named = Named(1, name="a")
    assert named.label == "a: 1"
    assert named._replace(x=2).label == "a: 2"


def test_pattern_matching():
    match Point(1, name="a"):
        case Point(x, name=name):
            assert (x, name) == (1, "a")
