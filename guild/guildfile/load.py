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

    Problems of an operation or its model are in `OpDef.errors` and `OpDef.warnings`: they concern
    only that operation. Invalid values count as not set.

    Raises GuildError with one line, `FILE:LINE: WORDS: PROBLEM`, for a file that cannot be read
    or whose items are invalid. With `errors`, only a file that is not valid YAML raises it; all
    other errors are added to that list.
    """
    full_path = os.path.abspath(path)
    scope = Scope((), [], errors)
    data, root = nodes.read_yaml(full_path)
    document = read_document(full_path, root, scope)
    inheritance = Inheritance(document, scope)
    scopes = {name: item.scope_in(scope).apart() for name, item in document.models.items()}
    models_fields = {
        name: read_fields(_resolve_body(inheritance, item, scope), MODEL, scopes[name], _READERS)
        for name, item in document.models.items()
    }
    for name, fields in models_fields.items():
        if not fields["operations"].items:  # nothing else reports the problems of the model
            scope.warnings.extend(scopes[name].warnings)
            for message in scopes[name].errors or ():
                scope.catch(GuildError(message))
    resources = {name: fields.get("resources", {}) for name, fields in models_fields.items()}
    guildfile = Guildfile(
        path=Path(full_path),
        digest=md5(data, usedforsecurity=False).hexdigest(),
        models={
            name: _read_model(item, models_fields[name], resources, scopes[name], inheritance)
            for name, item in document.models.items()
        },
        package=_read_package(document.package, scope) if document.package else None,
        warnings=tuple(dict.fromkeys(scope.warnings)),
    )
    if errors is not None:
        errors += (error for op in guildfile.operations for error in op.errors)
        errors[:] = dict.fromkeys(errors)
    return guildfile


def _resolve_body(inheritance: Inheritance, item: Item, scope: Scope) -> Mapping:
    try:
        return inheritance.resolve(item)
    except GuildError as error:
        scope.catch(error)
        return Mapping({"operations": Mapping({}, item.body.location)}, item.body.location)


def _read_model(
    item: Item,
    fields: dict[str, Any],
    resources: dict[str, dict[str, ResourceDef]],
    scope: Scope,
    inheritance: Inheritance,
) -> ModelDef:
    """Return the model `item`. Problems of its settings, in `scope`, concern each operation."""
    own_fields = {name: fields[name] for name in ModelDef._fields if name in fields}
    inherited = {name: fields[name] for name in _INHERITED if name in fields}
    operations = {}
    for name, node in read_mapping(fields["operations"], scope.at("operations")).items():
        entry = scope.at(f"operation {name!r}").apart()
        try:
            if (item.name, name) in inheritance.errors:
                raise inheritance.errors[item.name, name]
            opdef = read_operation(name, node, item.name, inherited, resources, entry)
        except GuildError as error:
            entry.catch(error)
            opdef = OpDef(name, item.name, location=str(node.location))
        operations[name] = opdef._replace(
            warnings=tuple(dict.fromkeys((*scope.warnings, *entry.warnings))),
            errors=(*(scope.errors or ()), *(entry.errors or ())),
        )
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
