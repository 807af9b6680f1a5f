"""Merging of one item over another."""

from __future__ import annotations

from typing import Literal

from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence

INCLUDE = "$include"
Level = Literal["item", "operations", "operation", "flags", "flag", "other"]

_LEVEL_OF: dict[tuple[Level, str], Level] = {
    ("item", "operations"): "operations",
    ("item", "operation-defaults"): "operation",
    ("item", "flags"): "flags",
    ("operation", "flags"): "flags",
}
_LEVEL_OF_ANY: dict[Level, Level] = {"operations": "operation", "flags": "flag"}


def merge_nodes(base: Node, own: Node, level: Level) -> Node:
    """Return `own` merged over `base`: mappings key by key, any other value as a whole.

    Short forms of operations and flags are expanded. `$include` lists are joined; those of
    `own` come last.
    """
    base, own = expand_short_form(base, level), expand_short_form(own, level)
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    items = dict(base.items)
    for name, node in own.items.items():
        if name == INCLUDE and name in items:
            items[name] = Sequence((*_entries(items[name]), *_entries(node)), node.location)
            continue
        below = _LEVEL_OF_ANY.get(level) or _LEVEL_OF.get((level, name), "other")
        items[name] = merge_nodes(items[name], node, below) if name in items else node
    return Mapping(items, own.location)


def _entries(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def expand_short_form(node: Node, level: Level) -> Node:
    """Return a mapping for an operation that is only its `main`, or a flag that is only its
    `default`."""
    if isinstance(node, Mapping):
        return node
    if level == "flag":
        return Mapping({"default": node}, node.location)
    if level == "operation" and isinstance(node, Scalar):
        if node.value is None:
            return Mapping({}, node.location)
        if isinstance(node.value, str):
            return Mapping({"main": node}, node.location)
    return node
