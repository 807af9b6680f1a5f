"""`flags`: names, defaults by type, choices and limits."""

from __future__ import annotations

import re
from typing import Any

from guild.base.text import did_you_mean
from guild.flags.flagdef import FlagChoice, FlagDef
from guild.guildfile.fields import (
    Schema,
    Spot,
    as_node,
    boolean,
    mapping,
    number,
    read_fields,
    string,
    text,
    value,
    values,
)
from guild.guildfile.merge import written_out
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, key_value, plain

TYPES = ("string", "int", "float", "number", "boolean", "path", "existing-path", "null", "auto")
_TEXT_TYPES = ("string", "path", "existing-path")
_DECIMAL = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_TRUE = ("yes", "y", "true", "on", "1")
_FALSE = ("no", "n", "false", "off", "0", "")


def flags(node: Node, spot: Spot) -> dict[str, FlagDef]:
    """The flags of an operation or model by name."""
    return {
        name: _flag(name, item, spot.at(repr(name))) for name, item in mapping(node, spot).items()
    }


def _flag(name: str, node: Node, spot: Spot) -> FlagDef:
    fields = read_fields(written_out(node, "flag"), _FLAG, spot)
    type_ = fields.get("type")
    if "default" in fields:
        fields["default"] = typed(fields["default"], type_, spot.at("default"))
    if "choices" in fields:
        fields["choices"] = _choices(fields["choices"], type_, spot.at("choices"))
    if "min" in fields and "max" in fields and fields["min"] > fields["max"]:
        raise spot.error(node.place, f"min {fields['min']} is above max {fields['max']}")
    return FlagDef(name, source=str(node.place), **fields)


def typed(node: Node, type_: str | None, spot: Spot) -> Any:
    """The value of `node` as a flag of `type_` has it; raises GuildError if it cannot be one.

    What YAML made of an untyped value stands, but for dates: no flag is one.
    A list is a list of values of the type.
    """
    if isinstance(node, Sequence):
        return [typed(item, type_, spot) for item in node.items]
    if isinstance(node, Mapping):
        return plain(node)
    if node.value is None:
        return None
    if type_ in _TEXT_TYPES:
        return node.text
    if type_ == "int":
        return _integer(node, spot)
    if type_ == "float":
        return float(_number(node, spot))
    if type_ == "number":
        return _number(node, spot)
    if type_ == "boolean":
        return _boolean(node, spot)
    return node.value if isinstance(node.value, (bool, int, float, str)) else node.text


def _integer(node: Scalar, spot: Spot) -> int:
    if not isinstance(node.value, bool):
        if _DECIMAL.fullmatch(node.text):
            return int(node.text)  # 013 is 13 and not YAML 1.1's octal 11
        if isinstance(node.value, int):
            return node.value
        if isinstance(node.value, float) and node.value.is_integer():
            return int(node.value)
    raise spot.wrong(node, "a whole number")


def _number(node: Scalar, spot: Spot) -> int | float:
    if isinstance(node.value, bool):
        raise spot.wrong(node, "a number")
    if _DECIMAL.fullmatch(node.text):
        return _integer(node, spot)
    if isinstance(node.value, float):
        return node.value
    if isinstance(node.value, int):
        return node.value
    try:
        return float(node.text)  # 08.5, or a number in quotes
    except ValueError:
        raise spot.wrong(node, "a number") from None


def _boolean(node: Scalar, spot: Spot) -> bool:
    if isinstance(node.value, bool):
        return node.value
    if node.text.lower() in (*_TRUE, *_FALSE):
        return node.text.lower() in _TRUE
    raise spot.wrong(node, "yes or no")


def _choices(node: Node, type_: str | None, spot: Spot) -> tuple[FlagChoice, ...]:
    if not isinstance(node, Sequence):
        raise spot.wrong(node, "a list of values")
    return tuple(_choice(item, type_, spot) for item in node.items)


def _choice(node: Node, type_: str | None, spot: Spot) -> FlagChoice:
    if not isinstance(node, Mapping):
        return FlagChoice(typed(node, type_, spot))
    fields = read_fields(node, _CHOICE, spot)
    if "value" not in node.items:
        raise spot.error(node.place, "a choice must say its value")
    value_node = node.items["value"]
    return FlagChoice(**{**fields, "value": typed(value_node, type_, spot)})


def _type(node: Node, spot: Spot) -> str | None:
    """A type's name; an unknown one is as good as none, as Guild AI 0.9 has it, but told."""
    name = "null" if isinstance(node, Scalar) and node.value is None else string(node, spot)
    if name in TYPES:
        return name
    spot.warn(node.place, f"unknown type {name!r}{did_you_mean(name, TYPES)}")
    return None


def _text_or_switch(node: Node, spot: Spot) -> bool | str:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    return text(node, spot)


def _encoding(node: Node, spot: Spot) -> dict[Any, Any]:
    """From values to what stands for them; a key is the value YAML reads in it."""
    return {key_value(key): plain(item) for key, item in mapping(node, spot).items()}


def _pattern(node: Node, spot: Spot) -> str:
    pattern = text(node, spot)
    try:
        re.compile(pattern)
    except re.error as error:
        raise spot.error(node.place, f"invalid pattern {pattern!r}: {error}") from None
    return pattern


_FLAG: Schema = {
    "default": as_node,
    "description": text,
    "type": _type,
    "required": boolean,
    "alias": string,
    "arg-name": string,
    "arg-encoding": _encoding,
    "arg-skip": boolean,
    "arg-switch": value,
    "arg-split": _text_or_switch,
    "choices": as_node,
    "allow-other": boolean,
    "env-name": string,
    "env-encoding": _encoding,
    "null-label": text,
    "min": number,
    "max": number,
    "distribution": text,
    "nb-replace": _pattern,
}
_CHOICE: Schema = {"value": as_node, "description": text, "alias": text, "flags": values}
