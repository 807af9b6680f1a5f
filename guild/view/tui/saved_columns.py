"""The columns that a user chose to see in a project, remembered from one time to the next."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guild.base import files


class SavedColumns(NamedTuple):
    """Columns that are not shown, by their headers, and specifications of additional ones."""

    hidden: frozenset[str] = frozenset()
    added: tuple[str, ...] = ()


def locate_file(project: str, environ: Mapping[str, str]) -> Path:
    """The file for the project in the folder `project`: where the XDG Base Directory
    Specification has what a program remembers."""
    state = environ.get("XDG_STATE_HOME") or ""
    folder = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    name = hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:32]
    return folder / "guild" / "compare" / f"{name}.json"


def read_columns(file: Path) -> SavedColumns:
    """What the file holds; nothing if there is none, or no such thing in it."""
    try:
        data = json.loads(files.read_text(file) or "{}")
    except (ValueError, OSError):
        return SavedColumns()
    if not isinstance(data, dict):
        return SavedColumns()
    return SavedColumns(frozenset(_texts(data.get("hidden"))), tuple(_texts(data.get("added"))))


def write_columns(file: Path, project: str, remembered: SavedColumns) -> None:
    """Write the file. Raises OSError."""
    data = {
        "project": os.path.realpath(project),
        "hidden": sorted(remembered.hidden),
        "added": list(remembered.added),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=2) + "\n"
    files.write_atomic(file, text.encode("utf-8", "surrogateescape"))


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
