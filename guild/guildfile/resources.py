"""The readers of `resources` and `requires`: the files that an operation needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guild.base.text import did_you_mean
from guild.guildfile.defs import SOURCE_KINDS, SOURCES_GROUP, RenameRule, ResourceDef, SourceDef
from guild.guildfile.fields import (
    Reader,
    Readers,
    Scope,
    list_of,
    one_of,
    read_fields,
    read_mapping,
    read_string,
    warn_unknown_key,
)
from guild.guildfile.keys import RENAME, RESOURCE, SOURCE
from guild.guildfile.nodes import Mapping, Node, Scalar

_Resources = dict[str, ResourceDef]


def read_resources(node: Node, scope: Scope) -> _Resources:
    """Return the resources of a model by name; one with a collected error has no sources."""
    return {
        name: scope.at_entry(f"resource {name!r}").read(_named_resource(name), item)
        or ResourceDef(name)
        for name, item in read_mapping(node, scope).items()
    }


def requires_reader(models: dict[str, _Resources], model: str) -> Reader:
    """Return a reader of `requires` of an operation of `model`.

    An entry is the name of a resource, of this model or as `MODEL:RESOURCE`, or a resource or
    source that is defined in place.
    """

    def read_requirement(node: Node, scope: Scope) -> ResourceDef:
        if isinstance(node, Scalar):
            return _find_resource(node, models, model, scope)
        if isinstance(node, Mapping) and "resource" in node.items:
            for name, item in node.without("resource").items.items():
                warn_unknown_key(name, item, node, {}, scope, " next to 'resource'")
            return _find_resource(node.items["resource"], models, model, scope.at("resource"))
        if isinstance(node, Mapping) and "sources" in node.items:
            inline: ResourceDef = _named_resource("")(node, scope)
            name = inline.name or ",".join(source.full_name for source in inline.sources)
            return inline._replace(name=name)
        if isinstance(node, Mapping):
            source = _read_source(node, scope)
            return ResourceDef(source.full_name, (source,), location=str(node.location))
        raise scope.mismatch(node, "a resource or the name of one")

    return list_of(read_requirement)


def _find_resource(
    node: Node, models: dict[str, _Resources], model: str, scope: Scope
) -> ResourceDef:
    reference = read_string(node, scope)
    model_name, colon, name = reference.rpartition(":")
    owner = model_name if colon else model
    resources = models.get(owner)
    if resources is None:
        hint = did_you_mean(owner, models)
        if owner in SOURCE_KINDS:
            hint = f"; for a source write {{{owner}: {name}}}"
        raise scope.error(node.location, f"unknown model {owner!r} of resource {name!r}{hint}")
    if name not in resources:
        hint = did_you_mean(name, resources)
        raise scope.error(node.location, f"unknown resource {reference!r}{hint}")
    return resources[name]


def _named_resource(name: str) -> Reader:
    def read(node: Node, scope: Scope) -> ResourceDef:
        if isinstance(node, Mapping) and "sources" in node.items:
            fields = read_fields(node, RESOURCE, scope, _READERS)
            return ResourceDef(**{"name": name, **fields, "location": str(node.location)})
        return ResourceDef(name, _read_sources(node, scope), location=str(node.location))

    return read


def _read_source(node: Node, scope: Scope) -> SourceDef:
    if isinstance(node, Scalar):
        return SourceDef("file", read_string(node, scope), location=str(node.location))
    items = read_mapping(node, scope)
    kinds = [kind for kind in SOURCE_KINDS if kind in items]
    if not kinds and not all(name in SOURCE for name in items):
        kinds = [kind for kind in find_installed_kinds() if kind in items]
    if len(kinds) > 1:
        raise scope.error(node.location, f"specify only one of {_quoted(kinds, 'and')}")
    if not kinds:
        hints = (did_you_mean(name, SOURCE_KINDS) for name in items)
        hint = next(filter(None, hints), "")
        raise scope.error(node.location, f"one of {_quoted(SOURCE_KINDS, 'or')} is required{hint}")
    (kind,) = kinds
    target = read_string(items[kind], scope.at(kind))
    options = Mapping(items, node.location).without(kind)
    fields: dict[str, Any] = read_fields(options, SOURCE, scope, _READERS)
    return SourceDef(kind, target, location=str(node.location), **fields)


def find_installed_kinds() -> list[str]:
    """Return the kinds of sources that installed packages add.

    Reading the entry points takes tens of milliseconds, so call this only for an unknown key.
    """
    from importlib.metadata import entry_points

    return sorted(point.name for point in entry_points(group=SOURCES_GROUP))


def _quoted(names: Sequence[str], conjunction: str) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} {conjunction} {last}"


def _read_rename(node: Node, scope: Scope) -> RenameRule:
    """Return `PATTERN REPLACEMENT` in one string, a new name, or `pattern` and `repl`."""
    if not isinstance(node, Mapping):
        return RenameRule.parse(read_string(node, scope))
    if "pattern" not in node.items:
        raise scope.error(node.location, "a rename requires 'pattern'")
    fields = read_fields(node, RENAME, scope)
    return RenameRule(fields.get("pattern", ""), fields.get("repl", ""))


def _read_flag_name(node: Node, scope: Scope) -> str | bool | None:
    """Return the name of the flag, False for `no`, or None for `yes`: the default name."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return False if node.value is False else None
    return read_string(node, scope)


_read_sources = list_of(_read_source)
_READERS: Readers = {
    "flag-name": _read_flag_name,
    "copy-or-link": one_of("copy", "link"),
    "renames": list_of(_read_rename),
    "sources": _read_sources,
}
