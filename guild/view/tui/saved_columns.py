"""The user's choice of columns, saved per project directory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guild.base import files


class SavedColumns(NamedTuple):
    """The headers of hidden columns, and the specifications of added ones."""

    hidden: frozenset[str] = frozenset()
    added: tuple[str, ...] = ()


def locate_file(project: str, environ: Mapping[str, str]) -> Path:
    """Return the file for the directory `project`.

    It is in the state directory of the XDG Base Directory Specification.
    """
    state = environ.get("XDG_STATE_HOME") or ""
    folder = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    name = hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:32]
    return folder / "guild" / "compare" / f"{name}.json"


def read_columns(file: Path) -> SavedColumns:
    """Read the file. A missing or invalid file is the same as an empty one."""
    try:
        data = json.loads(files.read_text(file) or "{}")
    except (ValueError, OSError):
        return SavedColumns()
    if not isinstance(data, dict):
        return SavedColumns()
    return SavedColumns(frozenset(_strings(data.get("hidden"))), tuple(_strings(data.get("added"))))


def write_columns(file: Path, project: str, columns: SavedColumns) -> None:
    """Write the file. Raises OSError."""
    data = {
        "project": os.path.realpath(project),
        "hidden": sorted(columns.hidden),
        "added": list(columns.added),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=2) + "\n"
    files.write_atomic(file, text.encode("utf-8", "surrogateescape"))


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
