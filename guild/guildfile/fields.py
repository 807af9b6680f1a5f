"""Readers of nodes: each checks the type of a value and converts it, or reports an error.

A *reader* is a function of a node and a `Scope` that returns a value or raises GuildError.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from typing import Any, NamedTuple, TypeVar

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile.nodes import Location, Mapping, Node, Scalar, Sequence, describe_node, to_plain
from guild.guildfile.operation_keys import Section, field_name

T = TypeVar("T")


class Scope(NamedTuple):
    """The part of the document being read, for messages.

    Attributes:
        words: from the outermost in, such as `operation 'train'`, `flag 'lr'`, `min`.
        warnings: collects warnings.
        errors: collects errors; None raises the first one instead.
    """

    words: tuple[str, ...]
    warnings: list[str]
    errors: list[str] | None = None

    def at(self, word: str) -> Scope:
        """Return the scope of the part called `word`."""
        return self._replace(words=(*self.words, word))

    def at_entry(self, word: str) -> Scope:
        """Return the scope of one entry of this section, such as `flag 'lr'` of `flags`."""
        return self._replace(words=(*self.words[:-1], word))

    def apart(self) -> Scope:
        """Return the same scope with warnings and errors of its own."""
        return self._replace(warnings=[], errors=[])

    def message(self, location: Location, problem: str) -> str:
        """Return `FILE:LINE: WORDS: PROBLEM`."""
        return ": ".join(filter(None, (str(location), ", ".join(self.words), problem)))

    def error(self, location: Location, problem: str) -> GuildError:
        """Return the error to raise for `problem`."""
        return GuildError(self.message(location, problem))

    def mismatch(self, node: Node, expected: str) -> GuildError:
        """Return the error to raise for a node of another type than `expected`."""
        return self.error(node.location, f"expected {expected} but got {describe_node(node)}")

    def warn(self, location: Location, problem: str) -> None:
        """Add a warning."""
        self.warnings.append(self.message(location, problem))

    def report(self, location: Location, problem: str) -> None:
        """Add an error to `errors`; raise it as a GuildError if errors are not collected."""
        self.catch(self.error(location, problem))

    def catch(self, error: GuildError) -> None:
        """Add an error to `errors`; raise it if errors are not collected."""
        if self.errors is None:
            raise error
        self.errors.append(error.message)

    def read(self, reader: Callable[[Node, Scope], T], node: Node) -> T | None:
        """Return the value of `node`; None after an error that was collected."""
        try:
            return reader(node, self)
        except GuildError as error:
            self.catch(error)
            return None


Reader = Callable[[Node, Scope], Any]
Readers = dict[str, Reader]


def read_fields(
    node: Node, section: Section, scope: Scope, readers: Map[str, Reader] | None = None
) -> dict[str, Any]:
    """Return the values of a mapping by attribute name, without those that are null.

    `readers` are those of types that `READERS` does not have. An unknown key is a warning.
    """
    values: dict[str, Any] = {}
    for name, item in read_mapping(node, scope).items():
        key = section.get(name)
        if key is None:
            warn_unknown_key(name, item, node, section, scope)
        elif not is_null(item):
            reader = (readers or READERS).get(key.type) or READERS[key.type]
            value = scope.at(name).read(reader, item)
            if value is not None:
                values[field_name(name)] = value
    return values


def warn_unknown_key(
    name: str, item: Node, parent: Node, section: Map[str, Any], scope: Scope, note: str = ""
) -> None:
    """Warn about the key `name` of `parent`, and suggest a similar one of `section`."""
    location = item.location if isinstance(item, Scalar) else parent.location
    scope.warn(location, f"unknown key {name!r}{note}{did_you_mean(name, section)}")


def is_null(node: Node) -> bool:
    """Return whether `node` is `null`, `~` or empty, and so counts as not set."""
    return isinstance(node, Scalar) and node.value is None


def read_mapping(node: Node, scope: Scope) -> dict[str, Node]:
    """Return the items of a mapping; null is an empty one."""
    if isinstance(node, Mapping):
        return node.items
    if is_null(node):
        return {}
    raise scope.mismatch(node, "a mapping")


def read_items(node: Node, _scope: Scope) -> tuple[Node, ...]:
    """Return the items of a list; a single value is a list of one, null an empty one."""
    if isinstance(node, Sequence):
        return node.items
    return () if is_null(node) else (node,)


def read_node(node: Node, _scope: Scope) -> Node:
    """Return the node itself, to be read later."""
    return node


def read_any(node: Node, _scope: Scope) -> Any:
    """Return any value in plain types."""
    return to_plain(node)


def read_loose_string(node: Node, scope: Scope) -> str:
    """Return a string; a number or boolean is the string it was written as."""
    if not isinstance(node, Scalar):
        raise scope.mismatch(node, "a string")
    return node.text


def read_string(node: Node, scope: Scope) -> str:
    """Return a string and reject other scalars: for values that are executed or opened."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise scope.mismatch(node, "a string")
    return node.value


def read_boolean(node: Node, scope: Scope) -> bool:
    """Return a boolean, also for 1 and 0."""
    if isinstance(node, Scalar) and (isinstance(node.value, bool) or node.text in ("0", "1")):
        return bool(int(node.value))
    raise scope.mismatch(node, "yes or no")


def read_number(node: Node, scope: Scope) -> float:
    """Return an integer or a float."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise scope.mismatch(node, "a number")


def read_positive_integer(node: Node, scope: Scope) -> int:
    """Return an integer of at least 1."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise scope.mismatch(node, "a positive integer")


def read_strings(node: Node, scope: Scope) -> tuple[str, ...]:
    """Return a list of strings; a single one is a list of one."""
    if isinstance(node, Mapping):
        raise scope.mismatch(node, "a string or a list of strings")
    return tuple(read_loose_string(item, scope) for item in read_items(node, scope))


def read_values(node: Node, scope: Scope) -> dict[str, Any]:
    """Return a mapping of any values."""
    return {name: to_plain(item) for name, item in read_mapping(node, scope).items()}


def read_string_mapping(node: Node, scope: Scope) -> dict[str, str]:
    """Return a mapping of strings, without those that are null."""
    return {
        name: read_loose_string(item, scope.at(repr(name)))
        for name, item in read_mapping(node, scope).items()
        if not is_null(item)
    }


def read_names_or_all(node: Node, scope: Scope) -> bool | tuple[str, ...]:
    """Return True for `all` or `yes`, False for `no`, or a list of names."""
    if isinstance(node, Sequence):
        return read_strings(node, scope)
    if isinstance(node, Scalar):
        if isinstance(node.value, bool):
            return node.value
        if node.value == "all":
            return True
    raise scope.mismatch(node, "yes, all, no or a list of names")


def read_plugins(node: Node, scope: Scope) -> bool | tuple[str, ...]:
    """Return the same as `read_names_or_all`, and accept a single name."""
    is_name = isinstance(node, Scalar) and isinstance(node.value, str) and node.value != "all"
    return read_strings(node, scope) if is_name else read_names_or_all(node, scope)


def one_of(*choices: str) -> Reader:
    """Return a reader of one of `choices`."""

    def read(node: Node, scope: Scope) -> str:
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        raise scope.mismatch(node, f"{', '.join(choices[:-1])} or {choices[-1]}")

    return read


def list_of(reader: Callable[[Node, Scope], T]) -> Callable[[Node, Scope], tuple[T, ...]]:
    """Return a reader of a list of values that `reader` reads, or of a single one."""

    def read(node: Node, scope: Scope) -> tuple[T, ...]:
        values = (scope.read(reader, item) for item in read_items(node, scope))
        return tuple(value for value in values if value is not None)

    return read


READERS: Readers = {
    "any": read_any,
    "boolean": read_boolean,
    "loose-string": read_loose_string,
    "mapping": read_mapping,
    "number": read_number,
    "plugins": read_plugins,
    "positive-integer": read_positive_integer,
    "names-or-all": read_names_or_all,
    "string": read_string,
    "string-mapping": read_string_mapping,
    "strings": read_strings,
    "values": read_values,
}
