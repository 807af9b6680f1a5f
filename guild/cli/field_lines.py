"""Fields of a run as lines of `name: value`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.base.text import printable


def format_fields(fields: Mapping[str, Any], indent: str = "") -> list[str]:
    """Return the lines of a run's core fields, whose strings are shown without quotes."""
    return [
        line
        for name, value in fields.items()
        for line in (
            [f"{indent}{name}: {printable(value)}".rstrip()]
            if isinstance(value, str)
            else format_value(name, value, indent)
        )
    ]


def format_value(name: str, value: Any, indent: str = "") -> list[str]:
    """Return the lines of a value as YAML, its items one per line below its name."""
    head = f"{indent}{printable(name)}:"
    inner = f"{indent}  "
    if isinstance(value, dict):
        return [
            head,
            *(line for key, item in value.items() for line in _format_entry(str(key), item, inner)),
        ]
    if isinstance(value, list):
        return [head, *(line for item in value for line in _format_item(item, inner))]
    return [f"{head} {_encode(value)}".rstrip()]


def _format_entry(name: str, value: Any, indent: str) -> list[str]:
    """Return the lines of an entry of a mapping. Mappings in it have the form of YAML files."""
    if not (isinstance(value, dict) and value):
        return format_value(name, value, indent)
    from guild.base import yaml

    lines = (printable(line) for line in yaml.dump(value).splitlines())
    return [f"{indent}{printable(name)}:", *(f"{indent}  {line}" for line in lines)]


def _format_item(item: Any, indent: str) -> list[str]:
    if not isinstance(item, (dict, list)):
        return [f"{indent}- {_encode(item)}"]
    [_, *inner] = format_value("", item, indent)
    return [f"{indent}-", *inner]


def _encode(value: Any) -> str:
    """Return a value on one line; strings are quoted only where YAML requires it."""
    from guild.base import yaml
    from guild.flags import values

    return printable(yaml.dump_flow(value) if isinstance(value, str) else values.encode(value))


def format_scalar(value: float, step: int) -> str:
    """Return a scalar and its step, with enough digits to distinguish small values from 0."""
    number = f"{value:f}"
    if value and (abs(value) < 1e-4 or abs(value) >= 1e15):
        number = f"{value:g}"
    return f"{number} (step {step})"
