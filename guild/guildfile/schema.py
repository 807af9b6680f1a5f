"""The JSON Schema of a guild.yml, for editors and other programs."""

from __future__ import annotations

import re
from typing import Any

from guild.guildfile import keys
from guild.guildfile.defs import SOURCE_KINDS
from guild.guildfile.operation_keys import OPERATION, Key, Section
from guild.guildfile.resources import find_installed_kinds

_Schema = dict[str, Any]
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_YES_NO = ("yes", "no", "on", "off", "true", "false")


def build_schema() -> _Schema:
    """Return the JSON Schema (draft 2020-12) of a guild.yml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "guild.yml",
        "description": "Operations of a project that is run with Guild.",
        "anyOf": [
            {"type": "array", "items": _ref("item")},
            _mapping_of(_ref("operation")),
            {"type": "null"},
        ],
        "$defs": {
            "unset": _any_of({"type": "null"}, {"type": "string", "pattern": r"\{\{.*\}\}"}),
            **_SECTIONS,
            "source": _source_schema(),
            **{name: schema for name, (_label, schema) in TYPES.items()},
        },
    }


def type_label(key: Key) -> str:
    """Return the type of the values of `key` in Markdown, as in the documentation."""
    return TYPES[key.type][0]


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _any_of(*schemas: _Schema) -> _Schema:
    return {"anyOf": list(schemas)}


def _array_of(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _one_or_list_of(name: str) -> _Schema:
    return _any_of(_ref(name), _array_of(_ref(name)))


def _mapping_of(values: _Schema | bool, **properties: _Schema) -> _Schema:
    named = {"properties": {f"${name}": value for name, value in properties.items()}}
    return {"type": "object", **(named if properties else {}), "additionalProperties": values}


def _enum(*values: Any) -> _Schema:
    return {"enum": list(values)}


def _section(section: Section, *required: str, others: bool = False) -> _Schema:
    """Return the schema of a mapping with the keys of `section` and exactly one of `required`."""
    schema: _Schema = {
        "type": "object",
        "properties": {name: _property(key) for name, key in section.items()},
        "additionalProperties": others,
    }
    if required:
        schema["oneOf"] = [{"required": [name]} for name in required]
    return schema


def _property(key: Key) -> _Schema:
    default = {} if key.default is None else {"default": key.default}
    return {
        "description": _LINK.sub(r"\1", key.description),
        **default,
        **_any_of(_ref(key.type), _ref("unset")),
    }


def _source_schema() -> _Schema:
    kinds = {
        kind: Key("string", "Source of an installed package.") for kind in find_installed_kinds()
    }
    return _any_of(_STRING, _section({**keys.SOURCE, **kinds}, *SOURCE_KINDS, *kinds))


def _items_of(kind: str) -> Section:
    """Return the keys of an item of `kind`, which are those of a model."""
    return {kind: keys.ITEM[kind], **{n: k for n, k in keys.MODEL.items() if n != "model"}}


_LOOSE_STRING: _Schema = {"type": ["string", "number", "boolean"]}
_STRING: _Schema = {"type": "string"}
_ANY_MAPPING: _Schema = {"type": "object"}
_NAMES = _array_of(_any_of(_LOOSE_STRING, {"type": "null"}))
_BOOLEAN = _enum(
    *(True, False, 0, 1, "0", "1"),
    *(form for word in _YES_NO for form in (word, word.title(), word.upper())),
)
_PATTERNS = _any_of(_STRING, _mapping_of(_STRING))

_SECTIONS: dict[str, _Schema] = {
    "item": _any_of(_ref("model"), _ref("config"), _ref("package"), _ref("include")),
    "model": {
        **_section(_items_of("model")),
        "anyOf": [{"required": ["model"]}, {"required": ["operations"]}],
    },
    "config": _section(_items_of("config"), "config"),
    "package": _section(keys.PACKAGE, "package"),
    "include": _section({"include": keys.ITEM["include"]}, "include"),
    "operation": _any_of(_STRING, {"type": "null"}, _ref("operation-defaults")),
    "flag": _any_of(_section(keys.FLAG), {"not": _ANY_MAPPING}),
    "choice": _any_of(_section(keys.CHOICE, "value"), {"not": _ANY_MAPPING}),
    "resource": _any_of(_ref("sources"), _section(keys.RESOURCE, "sources")),
    "requirement": _any_of(
        _STRING,
        _ref("source"),
        _section(keys.RESOURCE, "sources"),
        _section({"resource": Key("string", "Name of a resource.")}, "resource"),
    ),
    "rename": _any_of(_STRING, _section(keys.RENAME, "pattern")),
    "rule": _any_of(_STRING, _section(keys.RULE, "include", "exclude")),
    "step": _any_of(_STRING, _section({**keys.STEP, **keys.STEP_OPTIONS}, "run")),
    "expectation": _any_of(_LOOSE_STRING, _section(keys.EXPECTATION, "output", "file")),
    "named-optimizer": _any_of(_STRING, {"type": "null"}, _section(keys.OPTIMIZER, others=True)),
}

# Each type of values: its name in the documentation, and its schema.
TYPES: dict[str, tuple[str, _Schema]] = {
    "any": ("any value", {}),
    "arg-split": ("boolean or string", _LOOSE_STRING),
    "boolean": ("boolean", _BOOLEAN),
    "choices": ("list", _array_of(_ref("choice"))),
    "command": ("string or list", _any_of(_STRING, _NAMES)),
    "copy-or-link": ("`copy` or `link`", _enum("copy", "link")),
    "encoding": ("mapping", _ANY_MAPPING),
    "env": (
        "mapping",
        _mapping_of(_any_of(_LOOSE_STRING, {"type": "null"}, _NAMES)),
    ),
    "env-secrets": ("string or list", _any_of(_LOOSE_STRING, _NAMES, _ANY_MAPPING)),
    "expectations": ("string, mapping or list", _one_or_list_of("expectation")),
    "flag-name": ("string or `no`", _any_of(_enum(False), _STRING)),
    "flag-type": ("[type](#types)", _STRING),
    "flag-value": ("any value", {}),
    "flags": ("mapping", _mapping_of(_ref("flag"), include=_ref("strings"))),
    "flags-dest": (
        "string",
        {
            "type": "string",
            "pattern": "^(args(:.*)?|globals|none|(global|dict|namespace|config):.+)$",
        },
    ),
    "loose-string": ("string", _LOOSE_STRING),
    "mapping": ("mapping", _ANY_MAPPING),
    "match-type": ("`text`, `binary` or `dir`", _enum("text", "binary", "dir")),
    "names-or-all": ("`all`, `no` or list", _any_of(_BOOLEAN, _enum("all"), _NAMES)),
    "number": ("number", {"type": "number"}),
    "objective": (
        "string or mapping",
        _any_of(_STRING, _section(keys.OBJECTIVE, "minimize", "maximize")),
    ),
    "operation-defaults": ("[operation](#operation)", _section(OPERATION)),
    "operations": ("mapping", _mapping_of(_ref("operation"), include=_ref("strings"))),
    "optimizer": (
        "string or mapping",
        _any_of(_STRING, {**_section(keys.OPTIMIZER, others=True), "required": ["algorithm"]}),
    ),
    "optimizers": (
        "mapping or list",
        _any_of(_STRING, _array_of(_ref("optimizer")), _mapping_of(_ref("named-optimizer"))),
    ),
    "output-rules": (
        "`no`, string, mapping or list",
        _any_of(_enum(False, "no", "off", "false"), _PATTERNS, _array_of(_PATTERNS)),
    ),
    "pattern": ("string", _LOOSE_STRING),
    "plugins": ("`all`, `no` or list", _any_of(_BOOLEAN, _STRING, _NAMES)),
    "positive-integer": ("positive integer", {"type": "integer", "minimum": 1}),
    "publish": ("mapping", _section(keys.PUBLISH)),
    "renames": ("string, mapping or list", _one_or_list_of("rename")),
    "requires": ("string, mapping or list", _one_or_list_of("requirement")),
    "resources": ("mapping", _mapping_of(_ref("resource"), include=_ref("strings"))),
    "run-attrs": ("mapping", _ANY_MAPPING),
    "sourcecode": (
        "[source code](#source-code)",
        _any_of(_enum(False), _STRING, _array_of(_ref("rule")), _section(keys.SOURCECODE)),
    ),
    "sourcecode-match": (
        "string, list or [mapping](#match)",
        _any_of(_LOOSE_STRING, _NAMES, _section(keys.MATCH)),
    ),
    "sourcecode-rules": (
        "string, mapping or list",
        _any_of(_enum(False), _ref("rule"), _array_of(_ref("rule"))),
    ),
    "sources": ("string, mapping or list", _one_or_list_of("source")),
    "step-flags": ("mapping", _ANY_MAPPING),
    "steps": ("list", _array_of(_ref("step"))),
    "string": ("string", _STRING),
    "string-mapping": (
        "mapping",
        _mapping_of(_any_of(_LOOSE_STRING, {"type": "null"})),
    ),
    "strings": ("string or list", _any_of(_LOOSE_STRING, _NAMES)),
    "values": ("mapping", _ANY_MAPPING),
}
