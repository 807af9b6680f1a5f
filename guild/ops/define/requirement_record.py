"""What an operation requires as its runs remember it: `deps` of the attribute `op`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guild.guildfile.defs import SOURCE_KINDS, RenameRule, ResourceDef, SourceDef


def to_record(
    requires: tuple[ResourceDef, ...], location: Path, flags: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """`requires` with the folder `location` that its paths start from, as in Guild AI 0.9."""
    return [_resource_record(resource, location, flags) for resource in requires]


def from_record(record: Any) -> tuple[ResourceDef, ...]:
    """What `to_record` made, or Guild AI 0.9; what cannot be read is passed over."""
    items = record if isinstance(record, list) else []
    return tuple(_resource(item) for item in items if isinstance(item, dict))


def _resource_record(
    resource: ResourceDef, location: Path, flags: Mapping[str, Any]
) -> dict[str, Any]:
    fields = {
        **_said(resource, ("name", "sources", "location", "references", "private", "description")),
        "location": str(location),
        "name": resource.name,
        "sources": [_source_record(source) for source in resource.sources],
    }
    config = {
        name: flags[name]
        for name in (source.full_name for source in resource.sources)
        if name in flags
    }
    return {**fields, "config": config} if config else fields


def _source_record(source: SourceDef) -> dict[str, Any]:
    record = {source.kind: source.target, **_said(source, ("kind", "target", "location", "rename"))}
    if source.rename:
        record["rename"] = [{"pattern": rule.pattern, "repl": rule.repl} for rule in source.rename]
    return record


def _said(part: ResourceDef | SourceDef, others: tuple[str, ...]) -> dict[str, Any]:
    """The fields that are not as they are when nothing is said, by the names of guild.yml."""
    blank = part._field_defaults
    return {
        field.replace("_", "-"): list(value) if isinstance(value, tuple) else value
        for field, value in part._asdict().items()
        if field not in others and value != blank.get(field)
    }


def _resource(record: Mapping[str, Any]) -> ResourceDef:
    sources = record.get("sources")
    items = sources if isinstance(sources, list) else []
    return ResourceDef(
        **{
            **_known(
                record, ("target_path", "path", "target_type", "preserve_path", "default_unpack")
            ),
            "name": str(record.get("name") or ""),
            "sources": tuple(source for source in map(_source, items) if source is not None),
        }
    )


def _source(record: Any) -> SourceDef | None:
    if isinstance(record, str):
        return SourceDef("file", record)
    kind = next((kind for kind in SOURCE_KINDS if kind in record), None)
    if kind is None:
        return None
    others = [field for field in SourceDef._fields if field not in ("kind", "target", "location")]
    fields = _known(record, others)
    if "select" in fields:
        fields["select"] = tuple(_list(fields["select"]))
    if "rename" in fields:
        fields["rename"] = tuple(_rename(item) for item in _list(fields["rename"]))
    return SourceDef(kind, str(record[kind]), **fields)


def _rename(item: Any) -> RenameRule:
    if isinstance(item, dict):
        return RenameRule(str(item.get("pattern", "")), str(item.get("repl", "")))
    return RenameRule.parse(str(item))


def _known(record: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    named = {field: record.get(field.replace("_", "-")) for field in fields}
    return {field: value for field, value in named.items() if value is not None}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
