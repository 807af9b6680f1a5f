"""Loading of a guild.yml as a `Guildfile`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guild.base.digests import md5
from guild.base.errors import GuildError
from guild.guildfile import nodes
from guild.guildfile.defs import ResourceDef
from guild.guildfile.document import Item, read_document
from guild.guildfile.fields import Readers, Scope, read_fields, read_mapping, read_node
from guild.guildfile.flags import read_flags
from guild.guildfile.inherit import Inheritance
from guild.guildfile.keys import MODEL, PACKAGE
from guild.guildfile.nodes import Mapping
from guild.guildfile.opdef import OpDef
from guild.guildfile.operations import read_operation
from guild.guildfile.resources import read_resources
from guild.guildfile.sourcecode import read_sourcecode
from guild.guildfile.types import Guildfile, ModelDef, PackageDef

_INHERITED = ("sourcecode", "plugins", "python_requires")


def load_guildfile(path: str | os.PathLike[str], errors: list[str] | None = None) -> Guildfile:
    """Read the guild.yml at `path` and the files that it includes.

    Raises GuildError with one line, `FILE:LINE: WORDS: PROBLEM`, for a file that cannot be read
    or is invalid. With `errors`, only a file that is not valid YAML raises it; other errors
    are added to that list, and invalid values count as not set.
    """
    full_path = os.path.abspath(path)
    scope = Scope((), [], errors)
    data, root = nodes.read_yaml(full_path)
    document = read_document(full_path, root, scope)
    inheritance = Inheritance(document, scope)
    models_fields = {
        name: read_fields(
            _resolve_body(inheritance, item, scope), MODEL, item.scope_in(scope), _READERS
        )
        for name, item in document.models.items()
    }
    resources = {name: fields.get("resources", {}) for name, fields in models_fields.items()}
    return Guildfile(
        path=Path(full_path),
        digest=md5(data, usedforsecurity=False).hexdigest(),
        models={
            name: _read_model(item, models_fields[name], resources, item.scope_in(scope))
            for name, item in document.models.items()
        },
        package=_read_package(document.package, scope) if document.package else None,
        warnings=tuple(dict.fromkeys(scope.warnings)),
    )


def _resolve_body(inheritance: Inheritance, item: Item, scope: Scope) -> Mapping:
    try:
        return inheritance.resolve(item)
    except GuildError as error:
        scope.catch(error)
        return Mapping({"operations": Mapping({}, item.body.location)}, item.body.location)


def _read_model(
    item: Item, fields: dict[str, Any], resources: dict[str, dict[str, ResourceDef]], scope: Scope
) -> ModelDef:
    own_fields = {name: fields[name] for name in ModelDef._fields if name in fields}
    inherited = {name: fields[name] for name in _INHERITED if name in fields}
    operations = {}
    for name, node in read_mapping(fields["operations"], scope.at("operations")).items():
        entry = scope.at(f"operation {name!r}")
        try:
            operations[name] = read_operation(name, node, item.name, inherited, resources, entry)
        except GuildError as error:
            scope.catch(error)
            operations[name] = OpDef(name, item.name, location=str(node.location))
    location = str(item.body.location)
    return ModelDef(
        **{**own_fields, "name": item.name, "operations": operations, "location": location}
    )


def _read_package(item: Item, scope: Scope) -> PackageDef:
    fields = read_fields(item.body, PACKAGE, item.scope_in(scope))
    return PackageDef(**fields, location=str(item.body.location))


_READERS: Readers = {
    "flags": read_flags,
    "operation-defaults": read_mapping,
    "operations": read_node,
    "resources": read_resources,
    "sourcecode": read_sourcecode,
}
