"""TOML, with its comments and order kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.ops.define.config_file.paths import place


def values(text: str) -> Any:
    """What the document holds. Raises ValueError."""
    import tomlkit

    return tomlkit.parse(text).unwrap()  # its errors are ValueErrors


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """`text` with the values at the dotted names of `changes` set; one set to None is
    taken out, as TOML has no such value.

    Raises ValueError, and GuildError as `place` does.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for name, value in changes.items():
        holder, key = place(document, name)
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value
    return tomlkit.dumps(document)
