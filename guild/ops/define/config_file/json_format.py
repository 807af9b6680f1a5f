"""JSON files, changed without affecting order and indentation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from guild.ops.define.config_file.paths import find_holder


def values(text: str) -> Any:
    """Return the content of the document. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return `text` with the values set that `changes` maps from dotted names.

    Raises ValueError, and GuildError as `find_holder` does.
    """
    document = values(text)
    for name, value in changes.items():
        holder, key = find_holder(document, name)
        holder[key] = value
    indent = re.match(r"\s*\{\r?\n([ \t]+)", text)
    end = "\n" if text.endswith("\n") else ""
    return json.dumps(document, indent=indent[1] if indent else None, ensure_ascii=False) + end
