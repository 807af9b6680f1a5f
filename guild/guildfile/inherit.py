"""`extends`, `$include`, `operation-defaults` and params: what an item says in the end."""

from __future__ import annotations

from guild.guildfile.document import Document, Item
from guild.guildfile.fields import Spot, did_you_mean, mapping, texts
from guild.guildfile.merge import Level, merged, written_out
from guild.guildfile.nodes import MAX_DEPTH, Mapping, Node
from guild.guildfile.params import Params

EXTENDS = "extends"
INCLUDE = "$include"
_NOT_INHERITED = ("model", "config", "default", EXTENDS, INCLUDE)
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
        self._params: dict[tuple[str, str], dict[str, Node]] = {}

    def finished(self, item: Item) -> Mapping:
        """What `item` says once all is applied; raises GuildError.

        Its operations are written out and have the `operation-defaults`.
        """
        body = self._body(item, ())
        sections = dict(body.items)
        for name in ("flags", "resources"):
            if name in sections:
                sections[name] = self._section(item, name, (item.word,))
        operations = {
            name: self._operation(item, name, node)
            for name, node in self._operations(item, ()).items.items()
        }
        sections["operations"] = Mapping(operations, body.place)
        return self._with_params(item, Mapping(sections, body.place))

    def _with_params(self, item: Item, node: Mapping) -> Mapping:
        replaced = Params(self._item_params(item)).replace(node)
        assert isinstance(replaced, Mapping)
        return replaced

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
                node = item.body.items.get(name)
                spot = self._spot(item).at(name)
                for reference in () if node is None else texts(node, spot):
                    target = self._item(reference, item)
                    if target is None:
                        raise self._undefined(spot, node or item.body, reference)
                    inherited = dict(self._body(target, chain).items)
                    for left_out in _NOT_INHERITED:
                        inherited.pop(left_out, None)
                    base = merged(base, Mapping(inherited, item.body.place), "item")
            body = merged(base, item.body, "item")
            assert isinstance(body, Mapping)
            self._bodies[key] = body
        return self._bodies[key]

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

    def _undefined(self, spot: Spot, node: Node, reference: str) -> Exception:
        known = [*self._document.configs, *self._document.models]
        return spot.error(
            node.place,
            f"there is no config or model {reference!r}{did_you_mean(reference, known)}",
        )

    def _section(self, item: Item, name: str, chain: _Chain) -> Mapping:
        """The flags, operations or resources of `item` with those it includes."""
        node = self._body(item, ()).items.get(name) or Mapping({}, item.body.place)
        levels: dict[str, Level] = {"flags": "flags", "operations": "operations"}
        return self._with_included(item, name, node, levels.get(name, "other"), chain)

    def _with_included(
        self, item: Item, section: str, node: Node, level: Level, chain: _Chain
    ) -> Mapping:
        spot = self._spot(item).at(section)
        own = dict(mapping(node, spot))
        include = own.pop(INCLUDE, None)
        base: Node = Mapping({}, node.place)
        for reference in () if include is None else texts(include, spot.at(INCLUDE)):
            assert include is not None
            found = self._referred(item, section, reference, include, chain)
            base = merged(base, found, level)
        result = merged(base, Mapping(own, node.place), level)
        assert isinstance(result, Mapping)
        return result

    def _referred(
        self, item: Item, section: str, reference: str, include: Node, chain: _Chain
    ) -> Mapping:
        """What `NAME` or `NAME#ENTRY,ENTRY` means in `section`, its own params applied."""
        spot = self._spot(item).at(section).at(INCLUDE)
        name, hash_, wanted = reference.partition("#")
        target = self._item(name, item)
        operation = None
        if target is None and section == "flags":
            model, colon, operation = name.rpartition(":")
            target = self._document.models.get(model) if colon else item
            if target is None or operation not in self._operations(target, chain).items:
                raise spot.error(include.place, f"there is no config, model or operation {name!r}")
        if target is None:
            raise self._undefined(spot, include, name)
        word = f"{target.word} {section} {operation or ''}".strip()
        chain = self._chained(item, word, chain, f"{section} {INCLUDE}")
        if operation is None:
            found = self._section(target, section, chain)
        else:
            node = self._operations(target, chain).items[operation]
            found = self._operation_flags(target, operation, node, chain)
        if target is not item:
            params = {**self._item_params(target), **self._item_params(item)}
            replaced = Params(params).replace(found)
            assert isinstance(replaced, Mapping)
            found = replaced
        if not hash_:
            return found
        chosen: dict[str, Node] = {}
        for entry in filter(None, (part.strip() for part in wanted.split(","))):
            if entry not in found.items:
                raise spot.error(
                    include.place,
                    f"{name!r} has no {section} {entry!r}{did_you_mean(entry, found.items)}",
                )
            chosen[entry] = found.items[entry]
        return Mapping(chosen, found.place)

    def _operations(self, item: Item, chain: _Chain) -> Mapping:
        return self._section(item, "operations", chain)

    def _operation(self, item: Item, name: str, node: Node) -> Node:
        """An operation written out, over the defaults of its model."""
        full = self._with_defaults(item, node)
        if not isinstance(full, Mapping) or "flags" not in full.items:
            return full
        word = f"{item.word} flags {name}".strip()
        flags = self._operation_flags(item, name, node, (word,))
        return Mapping({**full.items, "flags": flags}, full.place)

    def _with_defaults(self, item: Item, node: Node) -> Node:
        full = written_out(node, "operation")
        defaults = self._body(item, ()).items.get("operation-defaults")
        if defaults is None or not isinstance(full, Mapping):
            return full
        default_items = mapping(defaults, self._spot(item).at("operation-defaults"))
        return Mapping({**default_items, **full.items}, full.place)

    def _operation_flags(self, item: Item, name: str, node: Node, chain: _Chain) -> Mapping:
        full = self._with_defaults(item, node)
        flags = full.items.get("flags") if isinstance(full, Mapping) else None
        return self._with_included(item, "flags", flags or Mapping({}, node.place), "flags", chain)
