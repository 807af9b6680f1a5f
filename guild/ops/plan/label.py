"""The label of a run: a template with references to its flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guild.flags import templates
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef

DEFAULT = "${default_label}"


def label_template(requested: str | None, tags: Sequence[str], operation: str | None) -> str | None:
    """Return the template of a label; None for the default label.

    It is the requested label, else the requested tags followed by the template of the operation.
    """
    if requested is not None:
        return requested
    if tags:
        return f"{' '.join(tags)} {operation or DEFAULT}"
    return operation


def render_label(
    template: str | None, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> str:
    """Return the label for `flags`."""
    default = default_label(flags, defs)
    if template is None:
        return default
    values = {**flags, "default_label": _Verbatim(default)}
    return templates.resolve_references(template, values, _to_text, missing="")


def default_label(flags: Mapping[str, Any], defs: Mapping[str, FlagDef]) -> str:
    """Return `NAME=VALUE` for each flag with a value, by name."""
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


class _Verbatim(str):
    """A string that becomes part of a label unchanged."""


def _to_text(value: Any) -> str:
    if isinstance(value, _Verbatim):
        return value
    return "" if value is None else flag_values.shorten_value(value)
