"""TOML files, changed without affecting comments and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.ops.define.config_file.paths import find_holder


def values(text: str) -> Any:
    """Return the content of the document. Raises ValueError."""
    import tomlkit

    return tomlkit.parse(text).unwrap()  # raises a subclass of ValueError


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return `text` with the values set that `changes` maps from dotted names.

    None removes a value, since TOML has no null. Raises ValueError, and GuildError as
    `find_holder` does.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for name, value in changes.items():
        holder, key = find_holder(document, name)
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value
    return tomlkit.dumps(document)
