"""Dotted names of values in nested mappings: `optimizer.lr`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from guild.base.errors import GuildError

# A file may refer to one mapping many times over (YAML aliases): what it holds is bounded.
_MOST_VALUES = 10_000
_DEEPEST = 100


def flatten(values: Mapping[Any, Any]) -> dict[str, Any]:
    """What is in nested mappings that is no mapping itself, by dotted name.

    Raises GuildError for more of it than any file of settings has.
    """
    found: dict[str, Any] = {}
    for name, value in _walk(values, "", 0):
        found[name] = value
        if len(found) > _MOST_VALUES:
            raise GuildError(f"more than {_MOST_VALUES} values")
    return found


def _walk(values: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST:
        raise GuildError(f"values nested more than {_DEEPEST} levels deep")
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def place(values: MutableMapping[str, Any], name: str) -> tuple[MutableMapping[str, Any], str]:
    """The mapping in `values` that holds, or is to hold, the dotted `name`, and its key there.

    A key that has dots itself is found too; mappings on the way are made where
    they are missing. Raises GuildError where a value that is no mapping is in the way.
    """
    if name in values or "." not in name:
        return values, name
    for head, rest in _splits(name):
        if isinstance(values.get(head), MutableMapping):
            return place(values[head], rest)
        if head in values:
            raise GuildError(f"'{head}' is not a mapping, so '{name}' cannot be set in it")
    head, _, rest = name.partition(".")
    values[head] = {}
    return place(values[head], rest)


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """`a.b`, `c` and then `a`, `b.c` for `a.b.c`."""
    names = name.split(".")
    for n in range(len(names) - 1, 0, -1):
        yield ".".join(names[:n]), ".".join(names[n:])
