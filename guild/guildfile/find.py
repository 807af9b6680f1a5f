"""The location of a project's guild.yml."""

from __future__ import annotations

import os
from pathlib import Path

FILE_NAME = "guild.yml"


def find_guildfile(folder: str | os.PathLike[str]) -> Path | None:
    """Return the absolute path of guild.yml in `folder`; None without one. Parents are ignored."""
    path = Path(os.path.abspath(folder)) / FILE_NAME
    return path if os.path.lexists(path) else None
