"""The space that an optimizer searches: the possible values of each flag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from guild.base.errors import GuildError
from guild.flags.functions import Distribution, LogUniform, Uniform
from guild.flags.values import encode


class Categorical(NamedTuple):
    """A dimension of unordered `values`: the items of a list given for a flag."""

    values: tuple[Any, ...]


Dimension: TypeAlias = Distribution | Categorical


class Space(NamedTuple):
    """The flags of a batch as an optimizer sees them.

    Attributes:
        dimensions: the flags to choose values for, sorted by name. Random values are drawn
            in this order.
        fixed: the flags that have the same value in every trial.
    """

    dimensions: dict[str, Dimension]
    fixed: dict[str, Any]

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> Space:
        """Return the space of `flags`.

        A list becomes a `Categorical` and a `Distribution` stays as it is. Any other value is
        fixed, and so is a dimension with a single value.
        Raises GuildError if every flag has a plain value, since nothing is left to search.
        """
        dimensions = {
            name: dimension
            for name, value in sorted(flags.items())
            if (dimension := _dimension(name, value)) is not None
        }
        fixed = {name: value for name, value in flags.items() if name not in dimensions}
        if not dimensions:
            listed = ", ".join(f"{name}={encode(value)}" for name, value in sorted(fixed.items()))
            # Guild AI 0.9 wording
            raise GuildError(
                f"flags for batch ({listed}) do not contain any search dimensions\n"
                "Try specifying a range for one or more flags as NAME=[MIN:MAX]."
            )
        for name, dimension in dimensions.items():
            if single := _single_value(dimension):
                fixed[name] = single[0]
        return cls({name: dimensions[name] for name in dimensions if name not in fixed}, fixed)

    @property
    def initial(self) -> dict[str, Any]:
        """Return the values of the first trial, for flags that define an initial value."""
        return {
            name: _native_value(dimension, dimension.initial)
            for name, dimension in self.dimensions.items()
            if not isinstance(dimension, Categorical) and dimension.initial is not None
        }

    def point(self, flags: Mapping[str, Any]) -> list[Any] | None:
        """Return the values of `flags` in the order of the dimensions.

        Return None if `flags` lies outside the space, like a trial of a batch with other bounds.
        """
        if not all(
            name in flags and contains(dimension, flags[name])
            for name, dimension in self.dimensions.items()
        ):
            return None
        return [
            _native_value(dimension, flags[name]) for name, dimension in self.dimensions.items()
        ]


def contains(dimension: Dimension, value: Any) -> bool:
    """Return whether `value` lies in `dimension`."""
    if isinstance(dimension, Categorical):
        return any(_is_same(value, item) for item in dimension.values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if is_integer(dimension) and not float(value).is_integer():
        return False
    return dimension.low <= value <= dimension.high


def is_integer(dimension: Dimension) -> bool:
    """Return whether `dimension` holds only integers.

    This is a `Uniform` between two integers, or a `LogUniform` of whole numbers.
    """
    if isinstance(dimension, LogUniform):
        return dimension.whole
    return (
        isinstance(dimension, Uniform)
        and isinstance(dimension.low, int)
        and isinstance(dimension.high, int)
    )


def index_of(dimension: Categorical, value: Any) -> int:
    """Return the index of `value` in `dimension`. Raises ValueError if it is missing."""
    for index, item in enumerate(dimension.values):
        if _is_same(item, value):
            return index
    raise ValueError(f"{value!r} is not one of {dimension.values!r}")


def _dimension(name: str, value: Any) -> Dimension | None:
    if isinstance(value, Uniform | LogUniform | Categorical):
        return value
    if not isinstance(value, list):
        return None
    if not value:
        raise GuildError(f"flag '{name}' has an empty list of values; specify at least one")
    return Categorical(tuple(value))


def _is_same(a: Any, b: Any) -> bool:
    """Compare flag values: `1` equals `1.0`, but `True` equals neither."""
    return isinstance(a, bool) is isinstance(b, bool) and a == b


def _single_value(dimension: Dimension) -> tuple[Any, ...]:
    """Return the value of a dimension that has only one, else an empty tuple."""
    if isinstance(dimension, Categorical):
        return dimension.values if len(dimension.values) == 1 else ()
    return (_native_value(dimension, dimension.low),) if dimension.low == dimension.high else ()


def _native_value(dimension: Dimension, value: Any) -> Any:
    if isinstance(dimension, Categorical):
        return dimension.values[index_of(dimension, value)]
    return int(value) if is_integer(dimension) else float(value)
