"""Dotted names of values in nested mappings: `optimizer.lr`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from guild.base.errors import GuildError

# Limits the size of a file that refers to one mapping many times with YAML aliases.
_MAX_VALUES = 10_000
_MAX_DEPTH = 100


def flatten(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the values in nested mappings by dotted name.

    Raises GuildError for more than 10 000 values or 100 levels.
    """
    flat: dict[str, Any] = {}
    for name, value in _walk(values, "", 0):
        flat[name] = value
        if len(flat) > _MAX_VALUES:
            raise GuildError(f"more than {_MAX_VALUES} values")
    return flat


def _walk(values: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        raise GuildError(f"values nested more than {_MAX_DEPTH} levels deep")
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def find_holder(
    values: MutableMapping[str, Any], name: str
) -> tuple[MutableMapping[str, Any], str]:
    """Return the mapping in `values` to hold the dotted `name`, and the key in it.

    Keys may contain dots themselves. Missing mappings are added.
    Raises GuildError if a value on the way is not a mapping.
    """
    if name in values or "." not in name:
        return values, name
    for head, rest in _splits(name):
        if isinstance(values.get(head), MutableMapping):
            return find_holder(values[head], rest)
        if head in values:
            raise GuildError(f"'{head}' is not a mapping, so '{name}' cannot be set in it")
    head, _, rest = name.partition(".")
    values[head] = {}
    return find_holder(values[head], rest)


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield the splits of a dotted name, longest head first: `a.b`, `c` and `a`, `b.c`."""
    names = name.split(".")
    for n in range(len(names) - 1, 0, -1):
        yield ".".join(names[:n]), ".".join(names[n:])
