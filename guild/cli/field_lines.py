"""What is known of a run as lines of `name: value`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.base.text import printable


def field_lines(fields: Mapping[str, Any], indent: str = "") -> list[str]:
    """A line for each of a run's own fields, whose texts are shown as they are."""
    return [
        line
        for name, value in fields.items()
        for line in (
            [f"{indent}{name}: {printable(value)}".rstrip()]
            if isinstance(value, str)
            else value_lines(name, value, indent)
        )
    ]


def value_lines(name: str, value: Any, indent: str = "") -> list[str]:
    """The lines of a value as YAML, what is in it one to a line below its name."""
    head = f"{indent}{printable(name)}:"
    inner = f"{indent}  "
    if isinstance(value, dict):
        return [head, *(line for key in value for line in value_lines(str(key), value[key], inner))]
    if isinstance(value, list):
        return [head, *(line for item in value for line in _item_lines(item, inner))]
    return [f"{head} {_scalar(value)}".rstrip()]


def _item_lines(item: Any, indent: str) -> list[str]:
    if not isinstance(item, (dict, list)):
        return [f"{indent}- {_scalar(item)}"]
    [_, *inner] = value_lines("", item, indent)
    return [f"{indent}-", *inner]


def _scalar(value: Any) -> str:
    """A value in one line; a text in quotes only where YAML would take it for another type."""
    from guild.base import yaml
    from guild.flags import values

    return printable(yaml.dump_flow(value) if isinstance(value, str) else values.encode(value))


def scalar_value(value: float, step: int) -> str:
    """A scalar and its step; digits enough to tell a small one from 0."""
    shown = f"{value:f}"
    if value and (abs(value) < 1e-4 or abs(value) >= 1e15):
        shown = f"{value:g}"
    return f"{shown} (step {step})"
