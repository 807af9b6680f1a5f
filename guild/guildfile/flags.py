"""The readers of `flags`: defaults by type, choices and limits."""

from __future__ import annotations

import re
from typing import Any

from guild.base.text import did_you_mean
from guild.flags.flagdef import FlagChoice, FlagDef
from guild.guildfile.fields import (
    Readers,
    Scope,
    list_of,
    read_fields,
    read_loose_string,
    read_mapping,
    read_string,
)
from guild.guildfile.keys import CHOICE, FLAG, FLAG_TYPES
from guild.guildfile.merge import expand_short_form
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, key_value, to_plain

_STRING_TYPES = ("string", "path", "existing-path")
_DECIMAL = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_TRUE = ("yes", "y", "true", "on", "1")
_FALSE = ("no", "n", "false", "off", "0", "")


def read_flags(node: Node, scope: Scope) -> dict[str, FlagDef]:
    """Return the flags of an operation or model by name."""
    return {
        name: _read_flag(name, item, scope.at_entry(f"flag {name!r}"))
        for name, item in read_mapping(node, scope).items()
    }


def _read_flag(name: str, node: Node, scope: Scope) -> FlagDef:
    node = expand_short_form(node, "flag")
    type_node = node.items.get("type") if isinstance(node, Mapping) else None
    type_ = type_node.text if isinstance(type_node, Scalar) else None
    is_split = isinstance(node, Mapping) and "arg-split" in node.items

    def read_default(item: Node, scope: Scope) -> Any:
        # The parts of a string to split have the type.
        return read_typed(item, None if is_split and isinstance(item, Scalar) else type_, scope)

    def read_choice(item: Node, scope: Scope) -> FlagChoice:
        return _read_choice(item, type_, scope)

    def read_choices(item: Node, scope: Scope) -> tuple[FlagChoice, ...]:
        if not isinstance(item, Sequence):
            raise scope.mismatch(item, "a list of values")
        return list_of(read_choice)(item, scope)

    readers = {**_READERS, "flag-value": read_default, "choices": read_choices}
    fields = read_fields(node, FLAG, scope, readers)
    if "min" in fields and "max" in fields and fields["min"] > fields["max"]:
        scope.report(node.location, f"min {fields['min']} is greater than max {fields['max']}")
    return FlagDef(name, source=str(node.location), **fields)


def read_typed(node: Node, type_: str | None, scope: Scope) -> Any:
    """Return the value of `node` for a flag of `type_`.

    Values without a type are those that YAML reads, except dates, which stay strings. A list
    is a list of values of the type. Raises GuildError for a value that the type does not allow.
    """
    if isinstance(node, Sequence):
        return [read_typed(item, type_, scope) for item in node.items]
    if isinstance(node, Mapping):
        return to_plain(node)
    if node.value is None:
        return None
    if type_ in _STRING_TYPES:
        return node.text
    if type_ == "int":
        return _read_integer(node, scope)
    if type_ == "float":
        return float(_read_number(node, scope))
    if type_ == "number":
        return _read_number(node, scope)
    if type_ == "boolean":
        return _read_boolean(node, scope)
    return node.value if isinstance(node.value, (bool, int, float, str)) else node.text


def _read_integer(node: Scalar, scope: Scope) -> int:
    if not isinstance(node.value, bool):
        if _DECIMAL.fullmatch(node.text):
            return int(node.text)  # 013 is 13 and not YAML 1.1's octal 11
        if isinstance(node.value, int):
            return node.value
        if isinstance(node.value, float) and node.value.is_integer():
            return int(node.value)
    raise scope.mismatch(node, "an integer")


def _read_number(node: Scalar, scope: Scope) -> int | float:
    if isinstance(node.value, bool):
        raise scope.mismatch(node, "a number")
    if _DECIMAL.fullmatch(node.text):
        return _read_integer(node, scope)
    if isinstance(node.value, (int, float)):
        return node.value
    try:
        return float(node.text)  # 08.5, or a number in quotes
    except ValueError:
        raise scope.mismatch(node, "a number") from None


def _read_boolean(node: Scalar, scope: Scope) -> bool:
    if isinstance(node.value, bool):
        return node.value
    if node.text.lower() in (*_TRUE, *_FALSE):
        return node.text.lower() in _TRUE
    raise scope.mismatch(node, "yes or no")


def _read_choice(node: Node, type_: str | None, scope: Scope) -> FlagChoice:
    if not isinstance(node, Mapping):
        return FlagChoice(read_typed(node, type_, scope))
    if "value" not in node.items:
        raise scope.error(node.location, "a choice requires 'value'")
    fields = read_fields(node, CHOICE, scope)
    return FlagChoice(**{**fields, "value": read_typed(node.items["value"], type_, scope)})


def _read_type(node: Node, scope: Scope) -> str | None:
    """Return the name of a type; None, with a warning, for an unknown one, as in Guild AI 0.9."""
    name = read_string(node, scope)
    if name in FLAG_TYPES:
        return name
    scope.warn(node.location, f"unknown type {name!r}{did_you_mean(name, FLAG_TYPES)}")
    return None


def _read_split(node: Node, scope: Scope) -> bool | str:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    separator = read_loose_string(node, scope)
    return True if separator == "shlex" else separator


def _read_encoding(node: Node, scope: Scope) -> dict[Any, Any]:
    """Return the substitutes of values; YAML decides the type of the values that are keys."""
    return {key_value(key): to_plain(item) for key, item in read_mapping(node, scope).items()}


def _read_pattern(node: Node, scope: Scope) -> str:
    pattern = read_loose_string(node, scope)
    try:
        re.compile(pattern)
    except re.error as error:
        raise scope.error(node.location, f"invalid pattern {pattern!r}: {error}") from None
    return pattern


_READERS: Readers = {
    "arg-split": _read_split,
    "encoding": _read_encoding,
    "flag-type": _read_type,
    "pattern": _read_pattern,
}
