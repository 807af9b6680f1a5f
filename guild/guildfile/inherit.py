"""`extends`, `$include`, `operation-defaults` and params: what an item says in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile.document import Document, Item
from guild.guildfile.fields import Spot, mapping, texts
from guild.guildfile.merge import INCLUDE, Level, merged, written_out
from guild.guildfile.nodes import MAX_DEPTH, Mapping, Node, Place
from guild.guildfile.params import Params

EXTENDS = "extends"
_NOT_INHERITED = ("model", "config", "default", EXTENDS, INCLUDE)
_LEVELS: dict[str, Level] = {"flags": "flags", "operations": "operations", "resources": "other"}
_Chain = tuple[str, ...]


class Inheritance:
    """Follows the references between the items of one document.

    Every step is a function of the document and remembered, so that an item
    that many others extend is read once.
    """

    def __init__(self, document: Document, warnings: list[str]) -> None:
        self._document = document
        self._warnings = warnings
        self._bodies: dict[tuple[str, str], Mapping] = {}
        self._sections: dict[tuple[str, str, str], Mapping] = {}
        self._params: dict[tuple[str, str], dict[str, Node]] = {}

    def finished(self, item: Item) -> Mapping:
        """What `item` says once all is applied; raises GuildError.

        Its operations are written out and have the `operation-defaults`.
        """
        body = self._body(item, ())
        sections = dict(body.items)
        for name in ("flags", "resources"):
            if name in sections:
                sections[name] = self._section(item, name, ())
        operations = {
            name: self._operation(item, name, node)
            for name, node in self._section(item, "operations", ()).items.items()
        }
        sections["operations"] = Mapping(operations, body.place)
        whole = Mapping(sections, body.place)
        return cast(Mapping, Params(self._item_params(item)).replace(whole))

    def _item_params(self, item: Item) -> dict[str, Node]:
        key = (item.kind, item.name)
        if key not in self._params:
            node = self._body(item, ()).items.get("params")
            spot = self._spot(item).at("params")
            self._params[key] = {} if node is None else mapping(node, spot)
        return self._params[key]

    def _spot(self, item: Item) -> Spot:
        return Spot((item.word,) if item.word else (), self._warnings)

    def _body(self, item: Item, chain: _Chain) -> Mapping:
        """What `item` says over what it extends; the last of several bases wins."""
        key = (item.kind, item.name)
        if key not in self._bodies:
            chain = self._chained(item, item.word, chain, EXTENDS)
            base: Node = Mapping({}, item.body.place)
            for name in (INCLUDE, EXTENDS):
                for inherited in self._bases(item, name, chain):
                    base = merged(base, inherited, "item")
            self._bodies[key] = cast(Mapping, merged(base, item.body, "item"))
        return self._bodies[key]

    def _bases(self, item: Item, name: str, chain: _Chain) -> Iterator[Mapping]:
        node = item.body.items.get(name)
        if node is None:
            return
        spot = self._spot(item).at(name)
        for reference in texts(node, spot):
            target = self._item(reference, item)
            if target is None:
                raise self._undefined(spot, node.place, reference)
            said = self._body(target, chain).items
            inherited = {key: value for key, value in said.items() if key not in _NOT_INHERITED}
            yield Mapping(inherited, item.body.place)

    def _chained(self, item: Item, word: str, chain: _Chain, through: str) -> _Chain:
        if word in chain:
            cycle = " -> ".join((*chain[chain.index(word) :], word))
            raise self._spot(item).error(item.body.place, f"{through} leads back: {cycle}")
        if len(chain) >= MAX_DEPTH:
            raise self._spot(item).error(
                item.body.place, f"{through} goes on for more than {MAX_DEPTH} items"
            )
        return (*chain, word)

    def _item(self, name: str, referring: Item) -> Item | None:
        """The config called `name`, else the model; an item never means itself by its name."""
        found = (self._document.configs.get(name), self._document.models.get(name))
        others = [item for item in found if item is not None and item is not referring]
        if others:
            return others[0]
        return referring if referring in found else None

    def _undefined(self, spot: Spot, place: Place, name: str) -> GuildError:
        known = [*self._document.configs, *self._document.models]
        return spot.error(place, f"there is no config or model {name!r}{did_you_mean(name, known)}")

    def _section(self, item: Item, section: str, chain: _Chain) -> Mapping:
        """The flags, operations or resources of `item` with those it includes."""
        key = (item.kind, item.name, section)
        if key not in self._sections:
            node = self._body(item, ()).items.get(section) or Mapping({}, item.body.place)
            spot = self._spot(item).at(section)
            self._sections[key] = self._with_included(item, section, node, chain, spot)
        return self._sections[key]

    def _with_included(
        self, item: Item, section: str, node: Node, chain: _Chain, spot: Spot
    ) -> Mapping:
        own = dict(mapping(node, spot))
        include = own.pop(INCLUDE, None)
        result: Node = Mapping({}, node.place)
        if include is not None:
            spot = spot.at(INCLUDE)
            for reference in texts(include, spot):
                found = self._referred(item, section, reference, chain, spot, include.place)
                result = merged(result, found, _LEVELS[section])
        result = merged(result, Mapping(own, node.place), _LEVELS[section])
        assert isinstance(result, Mapping)
        return result

    def _referred(
        self, item: Item, section: str, reference: str, chain: _Chain, spot: Spot, place: Place
    ) -> Mapping:
        """What `NAME` or `NAME#ENTRY,ENTRY` means in `section`, its own params applied."""
        name, hash_, wanted = reference.partition("#")
        target, operation = self._target(item, section, name, chain, spot, place)
        word = " ".join(filter(None, (target.word, section, operation)))
        chain = self._chained(item, word, chain, f"{section} {INCLUDE}")
        if operation:
            node = self._section(target, "operations", chain).items[operation]
            found = self._operation_flags(target, operation, node, chain)
        else:
            found = self._section(target, section, chain)
        if target is not item:
            params = {**self._item_params(target), **self._item_params(item)}
            found = cast(Mapping, Params(params).replace(found))
        return _entries(found, section, name, wanted, spot, place) if hash_ else found

    def _target(
        self, item: Item, section: str, name: str, chain: _Chain, spot: Spot, place: Place
    ) -> tuple[Item, str]:
        """The item that is meant by `name`, and for flags maybe the operation in it."""
        target = self._item(name, item)
        if target is not None:
            return target, ""
        if section == "flags":
            model, colon, operation = name.rpartition(":")
            owner = self._document.models.get(model) if colon else item
            if owner and operation in self._section(owner, "operations", chain).items:
                return owner, operation
        raise self._undefined(spot, place, name)

    def _operation(self, item: Item, name: str, node: Node) -> Node:
        """An operation written out, over the defaults of its model."""
        full = self._with_defaults(item, node)
        if not isinstance(full, Mapping) or "flags" not in full.items:
            return full
        word = " ".join(filter(None, (item.word, "flags", name)))
        flags = self._operation_flags(item, name, node, (word,))
        return Mapping({**full.items, "flags": flags}, full.place)

    def _operation_flags(self, item: Item, name: str, node: Node, chain: _Chain) -> Mapping:
        key = (item.kind, item.name, f"operation {name!r}")
        if key not in self._sections:
            full = self._with_defaults(item, node)
            flags = full.items.get("flags") if isinstance(full, Mapping) else None
            flags = flags or Mapping({}, node.place)
            spot = self._spot(item).at(f"operation {name!r}").at("flags")
            self._sections[key] = self._with_included(item, "flags", flags, chain, spot)
        return self._sections[key]

    def _with_defaults(self, item: Item, node: Node) -> Node:
        full = written_out(node, "operation")
        defaults = self._body(item, ()).items.get("operation-defaults")
        if defaults is None or not isinstance(full, Mapping):
            return full
        default_items = mapping(defaults, self._spot(item).at("operation-defaults"))
        return Mapping({**default_items, **full.items}, full.place)


def _entries(
    found: Mapping, section: str, name: str, wanted: str, spot: Spot, place: Place
) -> Mapping:
    """Those of `found` that are named in `wanted`, with commas between."""
    chosen: dict[str, Node] = {}
    for entry in filter(None, (part.strip() for part in wanted.split(","))):
        if entry not in found.items:
            hint = did_you_mean(entry, found.items)
            raise spot.error(place, f"{name!r} has no {section} {entry!r}{hint}")
        chosen[entry] = found.items[entry]
    return Mapping(chosen, found.place)
