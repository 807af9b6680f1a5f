"""JSON, with its order and its indentation kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from guild.ops.define.config_file.paths import place


def values(text: str) -> Any:
    """What the document holds. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """`text` with the values at the dotted names of `changes` set.

    Raises ValueError, and GuildError as `place` does.
    """
    document = values(text)
    for name, value in changes.items():
        holder, key = place(document, name)
        holder[key] = value
    indent = re.match(r"\s*\{\r?\n([ \t]+)", text)
    end = "\n" if text.endswith("\n") else ""
    return json.dumps(document, indent=indent[1] if indent else None, ensure_ascii=False) + end
