"""The items of a guild.yml and of the files that it includes."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile import nodes
from guild.guildfile.fields import (
    Scope,
    read_string,
    read_strings,
    warn_unknown_key,
)
from guild.guildfile.keys import ITEM
from guild.guildfile.nodes import Mapping, Node, Sequence

ItemKind = Literal["model", "config", "package"]
KINDS: tuple[ItemKind, ...] = ("model", "config", "package")
INCLUDE = "include"


class Item(NamedTuple):
    """One item of a guild.yml: its kind, name and content."""

    kind: ItemKind
    name: str
    body: Mapping

    @property
    def title(self) -> str:
        """Return its name in messages; empty for the anonymous model."""
        return f"{self.kind} {self.name!r}" if self.name or self.kind != "model" else ""

    def scope_in(self, document: Scope) -> Scope:
        """Return the scope of this item in that of its document."""
        return document.at(self.title) if self.title else document


class Document(NamedTuple):
    """The models, configs and package of a guild.yml and the files that it includes."""

    models: dict[str, Item]
    configs: dict[str, Item]
    package: Item | None


def read_document(path: str, root: Node | None, scope: Scope) -> Document:
    """Return the items of `root`, the tree of the file `path`, and of included files.

    A mapping holds the operations of the anonymous model. Each file is included only once.
    Raises GuildError.
    """
    document = Document({}, {}, None)
    for item in _read_items(path, root, (os.path.realpath(path),), set(), scope):
        if item.kind == "package":
            first = document.package
            document = document._replace(package=item)
        else:
            items = document.models if item.kind == "model" else document.configs
            first = items.setdefault(item.name, item)
        if first is not None and first is not item:
            title = item.title or "anonymous model"
            scope.report(
                item.body.location, f"duplicate {title} (first defined at {first.body.location})"
            )
    return document


def _read_items(
    path: str, root: Node | None, chain: tuple[str, ...], seen: set[str], scope: Scope
) -> list[Item]:
    if root is None:
        return []
    if isinstance(root, Mapping):
        return [Item("model", "", Mapping({"operations": root}, root.location))]
    if not isinstance(root, Sequence):
        raise scope.mismatch(root, "a mapping of operations or a list of items")
    items: list[Item] = []
    for node in root.items:
        try:
            if isinstance(node, Mapping) and INCLUDE in node.items:
                items += _read_included(path, node, chain, seen, scope)
            else:
                items.append(_read_item(node, scope))
        except GuildError as error:
            scope.catch(error)
    return items


def _read_item(node: Node, scope: Scope) -> Item:
    if not isinstance(node, Mapping):
        raise scope.mismatch(node, "a mapping")
    kinds = [kind for kind in KINDS if kind in node.items]
    if len(kinds) > 1:
        raise scope.error(node.location, f"{kinds[0]!r} and {kinds[1]!r} are mutually exclusive")
    if kinds:
        kind = kinds[0]
        name = read_string(node.items[kind], scope.at(kind))
        if not name and kind != "model":
            raise scope.error(node.location, f"the name of a {kind} cannot be empty")
        return Item(kind, name, node)
    if "operations" in node.items:
        return Item("model", "", node)
    hint = next(filter(None, (did_you_mean(name, ITEM) for name in node.items)), "")
    expected = ", ".join(map(repr, ITEM))
    raise scope.error(node.location, f"an item requires one of {expected} or 'operations'{hint}")


def _read_included(
    path: str, node: Mapping, chain: tuple[str, ...], seen: set[str], scope: Scope
) -> list[Item]:
    for name, item in node.without(INCLUDE).items.items():
        warn_unknown_key(name, item, node, {}, scope, f" next to {INCLUDE!r}")
    items: list[Item] = []
    for name in read_strings(node.items[INCLUDE], scope.at(INCLUDE)):
        target = os.path.join(os.path.dirname(path), name)
        real = os.path.realpath(target)
        if real in chain:
            raise scope.error(node.location, f"circular include of {name!r}")
        if real in seen:
            continue
        seen.add(real)
        if not os.path.lexists(target):
            raise scope.error(node.location, f"included file {name!r} not found")
        _data, root = nodes.read_yaml(target)
        items += _read_items(target, root, (*chain, real), seen, scope)
    return items
