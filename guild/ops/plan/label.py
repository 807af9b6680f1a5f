"""The label of a run, made from a template and its flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guild.flags import templates
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef

DEFAULT = "${default_label}"


def template(asked: str | None, tags: Sequence[str], operation: str | None) -> str | None:
    """The label's template: what was asked for, else the operation's own behind the tags
    that were asked for; None for the default label."""
    if asked is not None:
        return asked
    if tags:
        return f"{' '.join(tags)} {operation or DEFAULT}"
    return operation


def render(template: str | None, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]) -> str:
    """The label that `template` gives for `flags`."""
    default = default_label(flags, defs)
    if template is None:
        return default
    known = {**flags, "default_label": _Shown(default)}
    return templates.resolve(template, known, _show, missing="")


def default_label(flags: Mapping[str, Any], defs: Mapping[str, FlagDef]) -> str:
    """`NAME=VALUE` of each flag that has a value, by name."""
    parts = []
    for name in sorted(flags):
        value = flags[name]
        if value is None:
            null_label = defs[name].null_label if name in defs else None
            if null_label is not None:
                parts.append(f"{name}={null_label}")
        else:
            parts.append(f"{name}={flag_values.shorten_value(value)}")
    return " ".join(parts)


class _Shown(str):
    """A text that is part of a label as it is."""


def _show(value: Any) -> str:
    if isinstance(value, _Shown):
        return value
    return "" if value is None else flag_values.shorten_value(value)
