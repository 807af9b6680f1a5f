"""Reading a node as what it must be, and telling what is wrong with it and where.

A *reader* is a function of a node and a `Spot` that gives a value or raises
GuildError. A schema is data: a reader for each name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile.nodes import Mapping, Node, Place, Scalar, Sequence, plain

T = TypeVar("T")


class Spot(NamedTuple):
    """Where in the document's meaning a node is, for messages.

    Attributes:
        words: from the outermost in, such as `operation 'train'`, `flags`, `'lr'`, `min`.
        warnings: where warnings are collected.
    """

    words: tuple[str, ...]
    warnings: list[str]

    def at(self, word: str) -> Spot:
        """The spot called `word` in this one."""
        return Spot((*self.words, word), self.warnings)

    def message(self, place: Place, problem: str) -> str:
        """`FILE:LINE: WORDS: PROBLEM`."""
        return ": ".join(filter(None, (str(place), ", ".join(self.words), problem)))

    def error(self, place: Place, problem: str) -> GuildError:
        """The error to raise for `problem`."""
        return GuildError(self.message(place, problem))

    def warn(self, place: Place, problem: str) -> None:
        """Note `problem` and go on."""
        self.warnings.append(self.message(place, problem))

    def wrong(self, node: Node, expected: str) -> GuildError:
        """The error for a node that is not `expected`; the last word is its subject."""
        *outer, subject = self.words or ("the file",)
        return Spot(tuple(outer), self.warnings).error(
            node.place, f"{subject} must be {expected}, got {shown(node)}"
        )


Reader = Callable[[Node, Spot], Any]
Schema = dict[str, Reader]


def read_fields(node: Node, schema: Schema, spot: Spot) -> dict[str, Any]:
    """The values of a mapping by attribute name; null is "not said".

    A name the schema does not know is a warning with the nearest known one.
    """
    values: dict[str, Any] = {}
    for name, item in mapping(node, spot).items():
        reader = schema.get(name)
        if reader is None:
            key_place = item.place if isinstance(item, Scalar) else node.place
            spot.warn(key_place, f"unknown name {name!r}{did_you_mean(name, schema)}")
        elif not is_null(item):
            values[name.replace("-", "_").lstrip("$")] = reader(item, spot.at(name))
    return values


def shown(node: Node) -> str:
    """`node` as a message shows it: short."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "nothing"
    text = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    return repr(text) if isinstance(node.value, str) else f"{text} ({type(node.value).__name__})"


def is_null(node: Node) -> bool:
    """Whether nothing is said: `null`, `~` or an empty value."""
    return isinstance(node, Scalar) and node.value is None


def mapping(node: Node, spot: Spot) -> dict[str, Node]:
    """The items of a mapping; nothing is an empty one."""
    if isinstance(node, Mapping):
        return node.items
    if is_null(node):
        return {}
    raise spot.wrong(node, "a mapping")


def items(node: Node, spot: Spot) -> tuple[Node, ...]:
    """The items of a list; one value is a list of one, nothing is an empty one."""
    if isinstance(node, Sequence):
        return node.items
    return () if is_null(node) else (node,)


def value(node: Node, _spot: Spot) -> Any:
    """Whatever it is, as plain values."""
    return plain(node)


def as_node(node: Node, _spot: Spot) -> Node:
    """The node itself, for what is read later."""
    return node


def text(node: Node, spot: Spot) -> str:
    """A text; a number or boolean is the text it was written as."""
    if not isinstance(node, Scalar):
        raise spot.wrong(node, "a string")
    return node.text


def string(node: Node, spot: Spot) -> str:
    """A string and nothing that only looks like one: for what is run or opened."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise spot.wrong(node, "a string")
    return node.value


def boolean(node: Node, spot: Spot) -> bool:
    """`yes` or `no`, also as 1 or 0."""
    if isinstance(node, Scalar) and (isinstance(node.value, bool) or node.text in ("0", "1")):
        return bool(int(node.value))
    raise spot.wrong(node, "yes or no")


def number(node: Node, spot: Spot) -> float:
    """A number, whole or not."""
    found = node.value if isinstance(node, Scalar) else None
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return found
    raise spot.wrong(node, "a number")


def positive_integer(node: Node, spot: Spot) -> int:
    """A whole number from 1."""
    found = node.value if isinstance(node, Scalar) else None
    if isinstance(found, int) and not isinstance(found, bool) and found > 0:
        return found
    raise spot.wrong(node, "a whole number above 0")


def texts(node: Node, spot: Spot) -> tuple[str, ...]:
    """A list of texts, or a single one."""
    if isinstance(node, Mapping):
        raise spot.wrong(node, "a string or a list of strings")
    return tuple(text(item, spot) for item in items(node, spot))


def values(node: Node, spot: Spot) -> dict[str, Any]:
    """A mapping of any values."""
    return {name: plain(item) for name, item in mapping(node, spot).items()}


def text_mapping(node: Node, spot: Spot) -> dict[str, str]:
    """A mapping of texts; what is null is left out."""
    return {
        name: text(item, spot.at(repr(name)))
        for name, item in mapping(node, spot).items()
        if not is_null(item)
    }


def names_or_switch(node: Node, spot: Spot) -> bool | tuple[str, ...]:
    """`all` or `yes`, `no`, or a list of names."""
    if isinstance(node, Sequence):
        return texts(node, spot)
    if isinstance(node, Scalar):
        if isinstance(node.value, bool):
            return node.value
        if node.value == "all":
            return True
    raise spot.wrong(node, "yes, all, no or a list of names")


def plugins(node: Node, spot: Spot) -> bool | tuple[str, ...]:
    """As `names_or_switch`, or a single name."""
    is_name = isinstance(node, Scalar) and isinstance(node.value, str) and node.value != "all"
    return texts(node, spot) if is_name else names_or_switch(node, spot)


def one_of(*choices: str) -> Reader:
    """A reader of one of `choices`."""

    def read(node: Node, spot: Spot) -> str:
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        raise spot.wrong(node, " or ".join(choices))

    return read


def optional_list(reader: Callable[[Node, Spot], T]) -> Callable[[Node, Spot], tuple[T, ...]]:
    """A reader of a list of what `reader` reads, or of a single one."""

    def read(node: Node, spot: Spot) -> tuple[T, ...]:
        return tuple(reader(item, spot) for item in items(node, spot))

    return read
