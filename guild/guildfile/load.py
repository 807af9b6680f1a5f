"""A guild.yml as a `Guildfile`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guild.base.digests import md5
from guild.guildfile import nodes
from guild.guildfile.defs import ResourceDef
from guild.guildfile.document import Item, read_document
from guild.guildfile.fields import (
    Schema,
    Spot,
    as_node,
    boolean,
    mapping,
    plugins,
    read_fields,
    string,
    text,
    text_mapping,
    texts,
    value,
)
from guild.guildfile.flags import flags
from guild.guildfile.inherit import Inheritance
from guild.guildfile.operations import operation
from guild.guildfile.resources import resources
from guild.guildfile.sourcecode import source_code
from guild.guildfile.types import Guildfile, ModelDef, PackageDef

_INHERITED = ("sourcecode", "plugins", "python_requires")


def load_guildfile(path: str | os.PathLike[str]) -> Guildfile:
    """Read the guild.yml at `path`, and the files it includes.

    Raises GuildError with one line, `FILE:LINE: WHERE: WHAT`, for a file that
    cannot be read or does not say what a guild.yml may say.
    """
    full_path = os.path.abspath(path)
    warnings: list[str] = []
    data, root = nodes.read(full_path)
    document = read_document(full_path, root, warnings)
    inheritance = Inheritance(document, warnings)
    bodies = {name: inheritance.finished(item) for name, item in document.models.items()}
    models_fields = {
        name: read_fields(bodies[name], _MODEL, _spot(item, warnings))
        for name, item in document.models.items()
    }
    models_resources = {name: fields.get("resources", {}) for name, fields in models_fields.items()}
    return Guildfile(
        path=Path(full_path),
        digest=md5(data, usedforsecurity=False).hexdigest(),
        models={
            name: _model(item, models_fields[name], models_resources, _spot(item, warnings))
            for name, item in document.models.items()
        },
        package=_package(document.package, warnings) if document.package else None,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _spot(item: Item, warnings: list[str]) -> Spot:
    return Spot((item.word,) if item.word else (), warnings)


def _model(
    item: Item,
    fields: dict[str, Any],
    models_resources: dict[str, dict[str, ResourceDef]],
    spot: Spot,
) -> ModelDef:
    said = {name: fields[name] for name in ModelDef._fields if name in fields}
    inherited = {name: fields[name] for name in _INHERITED if name in fields}
    operations = {
        name: operation(
            name, node, item.name, inherited, models_resources, spot.at(f"operation {name!r}")
        )
        for name, node in mapping(fields["operations"], spot.at("operations")).items()
    }
    location = str(item.body.place)
    return ModelDef(**{**said, "name": item.name, "operations": operations, "location": location})


def _package(item: Item, warnings: list[str]) -> PackageDef:
    fields = read_fields(item.body, _PACKAGE, _spot(item, warnings))
    return PackageDef(**fields, location=str(item.body.place))


_MODEL: Schema = {
    "model": string,
    "default": boolean,
    "description": text,
    "references": texts,
    "extends": texts,
    "params": mapping,
    "operations": as_node,
    "operation-defaults": mapping,
    "resources": resources,
    "sourcecode": source_code,
    "flags": flags,
    "python-requires": text,
    "plugins": plugins,
    "extra": value,
    "$include": texts,
}
_PACKAGE: Schema = {
    "package": string,
    "description": text,
    "version": text,
    "url": text,
    "author": text,
    "author-email": text,
    "license": text,
    "tags": texts,
    "python-tag": text,
    "data-files": texts,
    "python-requires": text,
    "requires": texts,
    "packages": text_mapping,
}
