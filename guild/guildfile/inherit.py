"""Inheritance between items: `extends`, `$include`, `operation-defaults` and params."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.guildfile.document import Document, Item
from guild.guildfile.fields import Scope, read_mapping, read_strings
from guild.guildfile.merge import INCLUDE, Level, expand_short_form, merge_nodes
from guild.guildfile.nodes import MAX_DEPTH, Location, Mapping, Node
from guild.guildfile.params import Params

EXTENDS = "extends"
_NOT_INHERITED = ("model", "config", "default", EXTENDS, INCLUDE)
_LEVELS: dict[str, Level] = {"flags": "flags", "operations": "operations", "resources": "other"}
_Chain = tuple[str, ...]


class Inheritance:
    """Resolves the references between the items of one document.

    Each result is cached, so that an item that many others extend is resolved once.

    Attributes:
        errors: of operations that cannot be resolved, by model and operation.
    """

    def __init__(self, document: Document, scope: Scope) -> None:
        self.errors: dict[tuple[str, str], GuildError] = {}
        self._document = document
        self._scope = scope
        self._bodies: dict[tuple[str, str], Mapping] = {}
        self._sections: dict[tuple[str, str, str], Mapping] = {}
        self._params: dict[tuple[str, str], dict[str, Node]] = {}

    def resolve(self, item: Item) -> Mapping:
        """Return the content of `item` with all that it inherits.

        Its operations are mappings that include the `operation-defaults`; those with `errors` are
        empty. Raises GuildError.
        """
        body = self._body(item, ())
        sections = dict(body.items)
        for name in ("flags", "resources"):
            if name in sections:
                sections[name] = self._section(item, name, ())
        operations = {
            name: self._operation_or_empty(item, name, node)
            for name, node in self._section(item, "operations", ()).items.items()
        }
        sections["operations"] = Mapping(operations, body.location)
        whole = Mapping(sections, body.location)
        return cast(Mapping, Params(self._item_params(item)).replace(whole))

    def _item_params(self, item: Item) -> dict[str, Node]:
        key = (item.kind, item.name)
        if key not in self._params:
            node = self._body(item, ()).items.get("params")
            scope = item.scope_in(self._scope).at("params")
            self._params[key] = {} if node is None else read_mapping(node, scope)
        return self._params[key]

    def _body(self, item: Item, chain: _Chain) -> Mapping:
        """Return the content of `item` merged over its bases; later bases take precedence."""
        key = (item.kind, item.name)
        if key not in self._bodies:
            chain = self._extend_chain(item, item.title, chain, EXTENDS)
            base: Node = Mapping({}, item.body.location)
            for name in (INCLUDE, EXTENDS):
                for inherited in self._bases(item, name, chain):
                    base = merge_nodes(base, inherited, "item")
            self._bodies[key] = cast(Mapping, merge_nodes(base, item.body, "item"))
        return self._bodies[key]

    def _bases(self, item: Item, name: str, chain: _Chain) -> Iterator[Mapping]:
        node = item.body.items.get(name)
        if node is None:
            return
        scope = item.scope_in(self._scope).at(name)
        for reference in read_strings(node, scope):
            target = self._find_item(reference, item)
            if target is None:
                raise self._unknown_item(scope, node.location, reference)
            yield (
                self._body(target, chain)
                .without(*_NOT_INHERITED)
                ._replace(location=item.body.location)
            )

    def _extend_chain(self, item: Item, title: str, chain: _Chain, keys: str) -> _Chain:
        scope = item.scope_in(self._scope)
        if title in chain:
            cycle = " -> ".join((*chain[chain.index(title) :], title))
            raise scope.error(item.body.location, f"circular {keys}: {cycle}")
        if len(chain) >= MAX_DEPTH:
            raise scope.error(item.body.location, f"{keys} of more than {MAX_DEPTH} items in a row")
        return (*chain, title)

    def _find_item(self, name: str, referrer: Item) -> Item | None:
        """Return the config or model called `name`; `referrer` only if no other has that name."""
        items = (self._document.configs.get(name), self._document.models.get(name))
        others = [item for item in items if item is not None and item is not referrer]
        if others:
            return others[0]
        return referrer if referrer in items else None

    def _unknown_item(self, scope: Scope, location: Location, name: str) -> GuildError:
        hint = did_you_mean(name, [*self._document.configs, *self._document.models])
        return scope.error(location, f"unknown config or model {name!r}{hint}")

    def _section(self, item: Item, section: str, chain: _Chain) -> Mapping:
        """Return the flags, operations or resources of `item`, including inherited ones."""
        key = (item.kind, item.name, section)
        if key not in self._sections:
            node = self._body(item, ()).items.get(section) or Mapping({}, item.body.location)
            scope = item.scope_in(self._scope).at(section)
            self._sections[key] = self._with_included(item, section, node, chain, scope)
        return self._sections[key]

    def _with_included(
        self, item: Item, section: str, node: Node, chain: _Chain, scope: Scope
    ) -> Mapping:
        own = Mapping(read_mapping(node, scope), node.location)
        include = own.items.get(INCLUDE)
        result: Node = Mapping({}, node.location)
        if include is not None:
            scope = scope.at(INCLUDE)
            for reference in read_strings(include, scope):
                included = self._included(item, section, reference, chain, scope, include.location)
                result = merge_nodes(result, included, _LEVELS[section])
        return cast(Mapping, merge_nodes(result, own.without(INCLUDE), _LEVELS[section]))

    def _included(
        self,
        item: Item,
        section: str,
        reference: str,
        chain: _Chain,
        scope: Scope,
        location: Location,
    ) -> Mapping:
        """Return the entries of `section` that `NAME` or `NAME#ENTRY,ENTRY` refers to, with
        params applied."""
        name, hash_, names = reference.partition("#")
        target, operation = self._target(item, section, name, chain, scope, location)
        title = " ".join(filter(None, (target.title, section, operation)))
        chain = self._extend_chain(item, title, chain, f"{section} {INCLUDE}")
        if operation:
            node = self._section(target, "operations", chain).items[operation]
            entries = self._operation_flags(target, operation, node, chain)
        else:
            entries = self._section(target, section, chain)
        if target is not item:
            params = {**self._item_params(target), **self._item_params(item)}
            entries = cast(Mapping, Params(params).replace(entries))
        return _select_entries(entries, section, name, names, scope, location) if hash_ else entries

    def _target(
        self, item: Item, section: str, name: str, chain: _Chain, scope: Scope, location: Location
    ) -> tuple[Item, str]:
        """Return the item called `name`; for flags, it may be an operation, whose name is the
        second value."""
        target = self._find_item(name, item)
        if target is not None:
            return target, ""
        if section == "flags":
            model, colon, operation = name.rpartition(":")
            owner = self._document.models.get(model) if colon else item
            if owner and operation in self._section(owner, "operations", chain).items:
                return owner, operation
        raise self._unknown_item(scope, location, name)

    def _operation_or_empty(self, item: Item, name: str, node: Node) -> Node:
        try:
            return self._operation(item, name, node)
        except GuildError as error:
            self.errors[item.name, name] = error
            return Mapping({}, node.location)

    def _operation(self, item: Item, name: str, node: Node) -> Node:
        """Return an operation as a mapping, merged over the defaults of its model."""
        full = self._with_defaults(item, node)
        if not isinstance(full, Mapping) or "flags" not in full.items:
            return full
        title = " ".join(filter(None, (item.title, "flags", name)))
        flags = self._operation_flags(item, name, node, (title,))
        return Mapping({**full.items, "flags": flags}, full.location)

    def _operation_flags(self, item: Item, name: str, node: Node, chain: _Chain) -> Mapping:
        key = (item.kind, item.name, f"operation {name!r}")
        if key not in self._sections:
            full = self._with_defaults(item, node)
            flags = full.items.get("flags") if isinstance(full, Mapping) else None
            flags = flags or Mapping({}, node.location)
            scope = item.scope_in(self._scope).at(f"operation {name!r}").at("flags")
            self._sections[key] = self._with_included(item, "flags", flags, chain, scope)
        return self._sections[key]

    def _with_defaults(self, item: Item, node: Node) -> Node:
        full = expand_short_form(node, "operation")
        defaults = self._body(item, ()).items.get("operation-defaults")
        if defaults is None or not isinstance(full, Mapping):
            return full
        scope = item.scope_in(self._scope).at("operation-defaults")
        default_items = read_mapping(defaults, scope)
        return Mapping({**default_items, **full.items}, full.location)


def _select_entries(
    entries: Mapping, section: str, name: str, names: str, scope: Scope, location: Location
) -> Mapping:
    """Return the entries in the comma-separated list `names`."""
    selected: dict[str, Node] = {}
    for entry in filter(None, (part.strip() for part in names.split(","))):
        if entry not in entries.items:
            hint = did_you_mean(entry, entries.items)
            raise scope.error(location, f"{name!r} has no {section[:-1]} {entry!r}{hint}")
        selected[entry] = entries.items[entry]
    return Mapping(selected, entries.location)
