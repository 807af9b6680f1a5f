"""Putting what one item says over what another says."""

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


def merged(base: Node, own: Node, level: Level) -> Node:
    """`own` over `base`: mappings name by name, anything else as a whole.

    An operation or flag in its short form is taken for what it is short for. What both
    include is included, that of `own` the last.
    """
    base, own = written_out(base, level), written_out(own, level)
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    items = dict(base.items)
    for name, node in own.items.items():
        if name == INCLUDE and name in items:
            items[name] = Sequence((*_each(items[name]), *_each(node)), node.place)
            continue
        below = _LEVEL_OF_ANY.get(level) or _LEVEL_OF.get((level, name), "other")
        items[name] = merged(items[name], node, below) if name in items else node
    return Mapping(items, own.place)


def _each(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def written_out(node: Node, level: Level) -> Node:
    """`main` of a plain operation and `default` of a plain flag as a mapping that says so."""
    if isinstance(node, Mapping):
        return node
    if level == "flag":
        return Mapping({"default": node}, node.place)
    if level == "operation" and isinstance(node, Scalar):
        if node.value is None:
            return Mapping({}, node.place)
        if isinstance(node.value, str):
            return Mapping({"main": node}, node.place)
    return node
