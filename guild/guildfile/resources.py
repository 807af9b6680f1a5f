"""`resources` and `requires`: what an operation needs, and where it comes from."""

from __future__ import annotations

from typing import Any, cast

from guild.base.text import did_you_mean
from guild.guildfile.defs import SOURCE_KINDS, SOURCES_GROUP, RenameRule, ResourceDef, SourceDef
from guild.guildfile.fields import (
    Reader,
    Schema,
    Spot,
    boolean,
    items,
    mapping,
    one_of,
    optional_list,
    read_fields,
    string,
    text,
    texts,
    values,
)
from guild.guildfile.nodes import Mapping, Node, Scalar


def resources(node: Node, spot: Spot) -> dict[str, ResourceDef]:
    """The resources of a model by name."""
    return {
        name: _resource(name, item, spot.at(repr(name)))
        for name, item in mapping(node, spot).items()
    }


def requires(models: dict[str, dict[str, ResourceDef]], model: str) -> Reader:
    """A reader of `requires`: the names of resources, of this model or as `MODEL:RESOURCE`,
    and resources said on the spot."""

    def read_one(node: Node, spot: Spot) -> ResourceDef:
        if isinstance(node, Scalar):
            return _referred(node, string(node, spot), models, model, spot)
        if isinstance(node, Mapping) and "resource" in node.items:
            for name in node.items:
                if name != "resource":
                    spot.warn(node.place, f"unknown name {name!r} beside resource")
            reference = node.items["resource"]
            name = string(reference, spot.at("resource"))
            return _referred(reference, name, models, model, spot)
        if isinstance(node, Mapping) and "sources" in node.items:
            inline = _resource("", node, spot)
            name = inline.name or ",".join(source.full_name for source in inline.sources)
            return inline._replace(name=name)
        if isinstance(node, Mapping):
            source = _source(node, spot)
            return ResourceDef(source.full_name, (source,), location=str(node.place))
        raise spot.wrong(node, "a resource or the name of one")

    return optional_list(read_one)


def _referred(
    node: Node,
    reference: str,
    models: dict[str, dict[str, ResourceDef]],
    model: str,
    spot: Spot,
) -> ResourceDef:
    model_name, colon, name = reference.rpartition(":")
    owner = model_name if colon else model
    known = models.get(owner)
    if known is None:
        hint = did_you_mean(owner, models)
        if owner in SOURCE_KINDS:
            hint = f" - for a source write {{{owner}: {name}}}"
        raise spot.error(node.place, f"there is no model {owner!r} for resource {name!r}{hint}")
    if name not in known:
        raise spot.error(
            node.place, f"there is no resource {reference!r}{did_you_mean(name, known)}"
        )
    return known[name]


def _resource(name: str, node: Node, spot: Spot) -> ResourceDef:
    if isinstance(node, Mapping) and "sources" in node.items:
        fields = read_fields(node, _RESOURCE, spot)
        return ResourceDef(**{"name": name, **fields, "location": str(node.place)})
    return ResourceDef(name, _sources(node, spot), location=str(node.place))


def _sources(node: Node, spot: Spot) -> tuple[SourceDef, ...]:
    return tuple(_source(item, spot) for item in items(node, spot))


def _source(node: Node, spot: Spot) -> SourceDef:
    if isinstance(node, Scalar):
        return SourceDef("file", string(node, spot), location=str(node.place))
    names = mapping(node, spot)
    said = [kind for kind in SOURCE_KINDS if kind in names]
    if not said and not all(name in _SOURCE for name in names):
        said = [kind for kind in _installed_kinds() if kind in names]
    if len(said) != 1:
        problem = f"both {' and '.join(said)} are said" if said else "nothing says where it is"
        if not said:
            hints = (did_you_mean(name, SOURCE_KINDS) for name in names)
            problem += next(filter(None, hints), "")
        raise spot.error(
            node.place, f"a source must be one of {', '.join(SOURCE_KINDS)} - {problem}"
        )
    fields: dict[str, Any] = read_fields(node, {**_SOURCE, said[0]: string}, spot)
    if said[0] not in fields:
        raise spot.error(node.place, f"{said[0]} must be a string, got nothing")
    return SourceDef(said[0], fields.pop(said[0]), location=str(node.place), **fields)


def _installed_kinds() -> list[str]:
    """Return the kinds of sources that installed packages add.

    Reading the entry points takes tens of milliseconds, so call this only for an unknown key.
    """
    from importlib.metadata import entry_points

    return sorted(point.name for point in entry_points(group=SOURCES_GROUP))


def _rename(node: Node, spot: Spot) -> RenameRule:
    """`PATTERN REPLACEMENT` in one string, a new name alone, or `pattern` and `repl`."""
    if isinstance(node, Mapping):
        fields = read_fields(node, {"pattern": string, "repl": text}, spot)
        if "pattern" not in fields:
            raise spot.error(node.place, "a rename must say its pattern")
        return RenameRule(fields["pattern"], fields.get("repl", ""))
    return RenameRule.parse(string(node, spot))


_SOURCE: Schema = {
    **dict.fromkeys(SOURCE_KINDS, cast(Reader, string)),
    "name": text,
    "sha256": text,
    "unpack": boolean,
    "select": texts,
    "select-min": text,
    "select-max": text,
    "rename": optional_list(_rename),
    "optional": boolean,
    "warn-if-empty": boolean,
    "fail-if-empty": boolean,
    "target-path": string,
    "target-type": one_of("copy", "link"),
    "path": string,
    "preserve-path": boolean,
    "post-process": string,
    "replace-existing": boolean,
    "always-resolve": boolean,
    "params": values,
    "help": text,
}
_RESOURCE: Schema = {
    "name": text,
    "sources": _sources,
    "target-path": string,
    "path": string,
    "target-type": one_of("copy", "link"),
    "preserve-path": boolean,
    "default-unpack": boolean,
    "description": text,
    "private": boolean,
    "references": texts,
}
