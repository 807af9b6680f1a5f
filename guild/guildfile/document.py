"""The items of a guild.yml and of the files it includes."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile import nodes
from guild.guildfile.fields import Spot, shown, string, texts
from guild.guildfile.nodes import Mapping, Node, Place, Scalar, Sequence

ItemKind = Literal["model", "config", "package"]
KINDS: tuple[ItemKind, ...] = ("model", "config", "package")
INCLUDE = "include"


class Item(NamedTuple):
    """One item of a guild.yml: its kind, its name, and what it says."""

    kind: ItemKind
    name: str
    body: Mapping

    @property
    def word(self) -> str:
        """What messages call it; the anonymous model needs no name."""
        return f"{self.kind} {self.name!r}" if self.name or self.kind != "model" else ""


class Document(NamedTuple):
    """The models, configs and package of a guild.yml and what it includes."""

    models: dict[str, Item]
    configs: dict[str, Item]
    package: Item | None


def read_document(path: str, root: Node | None, warnings: list[str]) -> Document:
    """The items of `root`, the tree of the file `path`, with includes followed.

    A mapping is the operations of the anonymous model. A file is included
    once, however often it is named. Raises GuildError.
    """
    document = Document({}, {}, None)
    for item in _items(path, root, (os.path.realpath(path),), set(), Spot((), warnings)):
        if item.kind == "package":
            if document.package:
                raise _duplicate(item, document.package)
            document = document._replace(package=item)
        else:
            named = document.models if item.kind == "model" else document.configs
            if item.name in named:
                raise _duplicate(item, named[item.name])
            named[item.name] = item
    return document


def _duplicate(item: Item, first: Item) -> GuildError:
    word = item.word or "anonymous model"
    return GuildError(f"{item.body.place}: duplicate {word}, first at {first.body.place}")


def _items(
    path: str, root: Node | None, chain: tuple[str, ...], seen: set[str], spot: Spot
) -> list[Item]:
    if root is None:
        return []
    if isinstance(root, Mapping):
        place = root.place
        return [Item("model", "", Mapping({"operations": root}, place))]
    if not isinstance(root, Sequence):
        raise GuildError(f"{root.place}: expected operations or a list of items, got {shown(root)}")
    items: list[Item] = []
    for node in root.items:
        if isinstance(node, Mapping) and INCLUDE in node.items:
            items += _included(path, node, chain, seen, spot)
        else:
            items.append(_item(node, spot))
    return items


def _item(node: Node, spot: Spot) -> Item:
    if not isinstance(node, Mapping):
        raise GuildError(f"{node.place}: an item must be a mapping, got {shown(node)}")
    said = [kind for kind in KINDS if kind in node.items]
    if len(said) > 1:
        raise GuildError(f"{node.place}: an item cannot be both {said[0]} and {said[1]}")
    if said:
        kind = said[0]
        name = string(node.items[kind], spot.at(kind))
        if not name and kind != "model":
            raise GuildError(f"{node.place}: a {kind} must have a name")
        return Item(kind, name, node)
    if "operations" in node.items:
        return Item("model", "", node)
    hint = next(filter(None, (did_you_mean(name, (*KINDS, INCLUDE)) for name in node.items)), "")
    raise GuildError(
        f"{node.place}: an item must say what it is - model, config, package, include "
        f"or operations{hint}"
    )


def _included(
    path: str, node: Mapping, chain: tuple[str, ...], seen: set[str], spot: Spot
) -> list[Item]:
    for name in node.items:
        if name != INCLUDE:
            spot.warn(_place(node.items[name], node.place), f"unknown name {name!r} in include")
    items: list[Item] = []
    for name in texts(node.items[INCLUDE], spot.at(INCLUDE)):
        target = os.path.join(os.path.dirname(path), name)
        real = os.path.realpath(target)
        if real in chain:
            raise GuildError(f"{node.place}: include {name!r} leads back to itself")
        if real in seen:
            continue
        seen.add(real)
        if not os.path.lexists(target):
            raise GuildError(f"{node.place}: include {name!r} does not exist")
        _data, root = nodes.read(target)
        items += _items(target, root, (*chain, real), seen, spot)
    return items


def _place(node: Node, otherwise: Place) -> Place:
    return node.place if isinstance(node, Scalar) else otherwise
