"""Replacement of `{{ param }}` in the strings of an item with its `params`."""

from __future__ import annotations

import re

from guild.base.errors import GuildError
from guild.guildfile.nodes import MAX_DEPTH, MAX_SIZE, Mapping, Node, Scalar, Sequence

_REFERENCE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


class Params:
    """The params of one item, each resolved when it is first used.

    A param may refer to others. `{{ name }}` stays unchanged if the item has no such param.
    """

    def __init__(self, params: dict[str, Node]) -> None:
        self._raw = params
        self._resolved: dict[str, Node] = {}
        self._extent = _Extent()

    def replace(self, node: Node) -> Node:
        """Return `node` with the references in all of its strings and keys replaced.

        A string that is nothing but a reference becomes the param itself, of whatever type.
        Within a string, a number is inserted as it was written, a boolean as True or False.
        Raises GuildError for circular params, and if the result exceeds the limits of a document.
        """
        if not self._raw:
            return node
        replaced = self._replace(node, (), 0)
        self._extent.check(replaced, node)
        return replaced

    def _replace(self, node: Node, chain: tuple[str, ...], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise GuildError(f"{node.location}: params nest more than {MAX_DEPTH} levels deep")
        if isinstance(node, Mapping):
            pairs = {
                self._text(key, node, chain, depth): self._replace(item, chain, depth + 1)
                for key, item in node.items.items()
            }
            if len(pairs) < len(node.items):
                raise GuildError(f"{node.location}: params expand two keys to the same name")
            return Mapping(pairs, node.location)
        if isinstance(node, Sequence):
            replaced = [self._replace(item, chain, depth + 1) for item in node.items]
            return Sequence(tuple(replaced), node.location)
        return self._scalar(node, chain, depth)

    def _scalar(self, node: Scalar, chain: tuple[str, ...], depth: int) -> Node:
        if not isinstance(node.value, str) or "{{" not in node.value:
            return node
        whole = _REFERENCE.fullmatch(node.value)
        if whole and whole[1] in self._raw:
            return self._param(whole[1], node, chain, depth)._replace(location=node.location)
        text = self._text(node.value, node, chain, depth)
        return Scalar(text, text, node.location)

    def _text(self, text: str, node: Node, chain: tuple[str, ...], depth: int) -> str:
        if "{{" not in text:
            return text

        def param_text(match: re.Match[str]) -> str:
            if match[1] not in self._raw:
                return match[0]
            param = self._param(match[1], node, chain, depth)
            if not isinstance(param, Scalar):
                raise GuildError(
                    f"{node.location}: param {match[1]!r} is a list or mapping, so it cannot be "
                    f"part of a string"
                )
            return str(param.value) if isinstance(param.value, bool) else param.text

        replaced = _REFERENCE.sub(param_text, text)
        if len(replaced) > MAX_SIZE:
            raise GuildError(f"{node.location}: params expand to more than {MAX_SIZE} characters")
        return replaced

    def _param(self, name: str, used_by: Node, chain: tuple[str, ...], depth: int) -> Node:
        if name not in self._resolved:
            if name in chain:
                cycle = " -> ".join((*chain[chain.index(name) :], name))
                raise GuildError(f"{used_by.location}: circular params: {cycle}")
            resolved = self._replace(self._raw[name], (*chain, name), depth + 1)
            self._extent.check(resolved, used_by)
            self._resolved[name] = resolved
        return self._resolved[name]


class _Extent:
    """The size and depth of trees that share nodes, as if each node were repeated."""

    def __init__(self) -> None:
        self._extents: dict[int, tuple[int, int, Node]] = {}

    def check(self, node: Node, blame: Node) -> None:
        """Raise GuildError if `node` is larger or deeper than a document may be."""
        size, height, _ = self._of(node)
        if size > MAX_SIZE:
            raise GuildError(f"{blame.location}: params expand to more than {MAX_SIZE} values")
        if height > MAX_DEPTH:
            raise GuildError(f"{blame.location}: params nest more than {MAX_DEPTH} levels deep")

    def _of(self, node: Node) -> tuple[int, int, Node]:
        if isinstance(node, Scalar):
            return 1, 0, node
        if id(node) not in self._extents:
            children = node.items.values() if isinstance(node, Mapping) else node.items
            extents = [self._of(child) for child in children]
            size = 1 + sum(extent[0] for extent in extents)
            height = 1 + max((extent[1] for extent in extents), default=0)
            # A reference to the node prevents its id from being reused.
            self._extents[id(node)] = (size, height, node)
        return self._extents[id(node)]
