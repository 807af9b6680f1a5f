"""Where a folder's guild.yml is."""

from __future__ import annotations

import os
from pathlib import Path

FILE_NAME = "guild.yml"


def find_guildfile(folder: str | os.PathLike[str]) -> Path | None:
    """The guild.yml of `folder`, absolute; None without one. Folders above are not searched."""
    path = Path(os.path.abspath(folder)) / FILE_NAME
    return path if os.path.lexists(path) else None
