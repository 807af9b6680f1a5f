"""What an optimizer searches in: for each flag its possible values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from guild.base.errors import GuildError
from guild.flags.functions import Distribution, LogUniform, Uniform


class Choice(NamedTuple):
    """One of `values`, in no order: the items of a list given for a flag."""

    values: tuple[Any, ...]


Dimension: TypeAlias = Distribution | Choice


class Space(NamedTuple):
    """The flags of a batch as an optimizer sees them.

    Attributes:
        dimensions: what to choose, by flag name in sorted order, which is the order in
            which random values are drawn.
        fixed: the flags that have the same value in every trial.
    """

    dimensions: dict[str, Dimension]
    fixed: dict[str, Any]

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> Space:
        """The space of `flags`: a list is a choice, a `Distribution` is itself, and
        any other value is fixed, as is a dimension of one value.

        Raises GuildError if no flag has more to it than a value: there is nothing to search.
        """
        dimensions = {
            name: dimension
            for name, value in sorted(flags.items())
            if (dimension := _dimension(name, value)) is not None
        }
        fixed = {name: value for name, value in flags.items() if name not in dimensions}
        if not dimensions:
            shown = ", ".join(f"{name}={value}" for name, value in sorted(fixed.items()))
            raise GuildError(
                f"flags for batch ({shown}) do not contain any search dimensions - "
                "specify a range for one or more flags as NAME=[MIN:MAX]"
            )
        for name, dimension in dimensions.items():
            if only := _only_value(dimension):
                fixed[name] = only[0]
        return cls({name: dimensions[name] for name in dimensions if name not in fixed}, fixed)

    @property
    def initial(self) -> dict[str, Any]:
        """The values that the first trial is to have, of the flags that say so."""
        return {
            name: _native(dimension, dimension.initial)
            for name, dimension in self.dimensions.items()
            if not isinstance(dimension, Choice) and dimension.initial is not None
        }

    def point(self, flags: Mapping[str, Any]) -> list[Any] | None:
        """The values of `flags` in the order of the dimensions; None if `flags` is not in
        the space, such as those of an earlier batch with other bounds."""
        if not all(
            name in flags and contains(dimension, flags[name])
            for name, dimension in self.dimensions.items()
        ):
            return None
        return [_native(dimension, flags[name]) for name, dimension in self.dimensions.items()]


def contains(dimension: Dimension, value: Any) -> bool:
    """Whether `value` is one that `dimension` may have."""
    if isinstance(dimension, Choice):
        return any(_same(value, choice) for choice in dimension.values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if is_integer(dimension) and not float(value).is_integer():
        return False
    return dimension.low <= value <= dimension.high


def is_integer(dimension: Dimension) -> bool:
    """Whether `dimension` holds integers alone: a `Uniform` between two of them, or whole ones."""
    if isinstance(dimension, LogUniform):
        return dimension.whole
    return (
        isinstance(dimension, Uniform)
        and isinstance(dimension.low, int)
        and isinstance(dimension.high, int)
    )


def index_of(choice: Choice, value: Any) -> int:
    """Where `value` is in `choice`. Raises ValueError if it is not there."""
    for index, candidate in enumerate(choice.values):
        if _same(candidate, value):
            return index
    raise ValueError(f"{value!r} is not one of {choice.values!r}")


def _dimension(name: str, value: Any) -> Dimension | None:
    if isinstance(value, Uniform | LogUniform | Choice):
        return value
    if not isinstance(value, list):
        return None
    if not value:
        raise GuildError(f"flag '{name}' has an empty list of values - give it at least one")
    return Choice(tuple(value))


def _same(a: Any, b: Any) -> bool:
    """Equal as flag values: `1` is `1.0`, but `True` is neither."""
    return isinstance(a, bool) is isinstance(b, bool) and a == b


def _only_value(dimension: Dimension) -> tuple[Any, ...]:
    """The value of a dimension that has just one; else nothing."""
    if isinstance(dimension, Choice):
        return dimension.values if len(dimension.values) == 1 else ()
    return (_native(dimension, dimension.low),) if dimension.low == dimension.high else ()


def _native(dimension: Dimension, value: Any) -> Any:
    if isinstance(dimension, Choice):
        return dimension.values[index_of(dimension, value)]
    return int(value) if is_integer(dimension) else float(value)
