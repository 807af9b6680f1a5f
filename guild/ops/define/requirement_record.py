"""The record of required resources in a run: `deps` of the attribute `op`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guild.guildfile.defs import SOURCE_KINDS, RenameRule, ResourceDef, SourceDef

if TYPE_CHECKING:
    from pathlib import Path

_RESOURCE_FIELDS = ("target_path", "path", "target_type", "preserve_path", "default_unpack")
_SOURCE_FIELDS = tuple(
    field for field in SourceDef._fields if field not in ("kind", "target", "location")
)


def requires_to_record(
    requires: tuple[ResourceDef, ...], location: Path, flags: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the record of `requires`, in the form of Guild AI 0.9.

    `location` is the directory that paths start from. `flags` are the values of the run.
    """
    return [_resource_record(resource, location, flags) for resource in requires]


def requires_from_record(record: Any) -> tuple[ResourceDef, ...]:
    """Read a record of this version or Guild AI 0.9; invalid parts are skipped."""
    items = record if isinstance(record, list) else []
    return tuple(_resource(item) for item in items if isinstance(item, dict))


def _resource_record(
    resource: ResourceDef, location: Path, flags: Mapping[str, Any]
) -> dict[str, Any]:
    fields = {
        **_non_default(resource, _RESOURCE_FIELDS),
        "location": str(location),
        "name": resource.name,
        "sources": [_source_record(source) for source in resource.sources],
    }
    config = {
        name: flags[name]
        for name in (source.source_flag for source in resource.sources)
        if name in flags
    }
    return {**fields, "config": config} if config else fields


def _source_record(source: SourceDef) -> dict[str, Any]:
    record = {source.kind: source.target, **_non_default(source, _SOURCE_FIELDS)}
    if source.rename:
        record["rename"] = [{"pattern": rule.pattern, "repl": rule.repl} for rule in source.rename]
    return record


def _non_default(definition: ResourceDef | SourceDef, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the `fields` that differ from their defaults, by their names in guild.yml."""
    values = ((field, getattr(definition, field)) for field in fields)
    return {
        field.replace("_", "-"): list(value) if isinstance(value, tuple) else value
        for field, value in values
        if value != definition._field_defaults[field]
    }


def _resource(record: Mapping[str, Any]) -> ResourceDef:
    sources = record.get("sources")
    items = sources if isinstance(sources, list) else []
    return ResourceDef(
        **{
            **_read_fields(record, _RESOURCE_FIELDS),
            "name": str(record.get("name") or ""),
            "sources": tuple(source for source in map(_source, items) if source is not None),
        }
    )


def _source(record: Any) -> SourceDef | None:
    if isinstance(record, str):
        return SourceDef("file", record)
    kind = _source_kind(record)
    if kind is None:
        return None
    fields = _read_fields(record, _SOURCE_FIELDS)
    if "select" in fields:
        fields["select"] = tuple(_list(fields["select"]))
    if "rename" in fields:
        fields["rename"] = tuple(_rename(item) for item in _list(fields["rename"]))
    return SourceDef(kind, str(record[kind]), **fields)


def _source_kind(record: Any) -> str | None:
    """Return the key that is the kind of a source: a built-in one, or else one of a package."""
    options = {field.replace("_", "-") for field in _SOURCE_FIELDS}
    names = (*SOURCE_KINDS, *(name for name in record if name not in options))
    return next((name for name in names if name in record), None)


def _rename(item: Any) -> RenameRule:
    if isinstance(item, dict):
        return RenameRule(str(item.get("pattern", "")), str(item.get("repl", "")))
    return RenameRule.parse(str(item))


def _read_fields(record: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    values = {field: record.get(field.replace("_", "-")) for field in fields}
    return {field: value for field, value in values.items() if value is not None}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
