"""Notes of restarted runs, for caches that remember the order of runs.

A new run is a new name in `runs/`. A restart changes the order of runs without a new name, so a
cache would have to check each of a hundred thousand runs. Therefore the id of a restarted run is
added to `cache/restarted`. Without that file, all runs are checked.
"""

from __future__ import annotations

import os
from pathlib import Path

from guild.base.named_tuple import NamedTuple


class Note(NamedTuple):
    """The position after the last note read: inode and size of the file, 0 without a file."""

    inode: int = 0
    size: int = 0


def note_restart(home: str | os.PathLike[str], id: str) -> None:
    """Note that the run `id` was restarted, after its directory shows that.

    Does nothing if the home cannot be written.
    """
    path = _path(home)
    try:
        path.parent.mkdir(exist_ok=True)
        with open(path, "a", encoding="ascii") as file:
            file.write(f"{id}\n")
    except OSError:
        pass


def read_restarts(home: str | os.PathLike[str], last: Note) -> tuple[list[str] | None, Note]:
    """Return the ids noted since `last` and the new position; None stands for any run."""
    try:
        with open(_path(home), "rb") as file:
            status = os.fstat(file.fileno())
            same = status.st_ino == last.inode and status.st_size >= last.size
            start = last.size if same else 0
            file.seek(start)
            data = file.read()
    except OSError:
        return (None if last.inode else []), Note()
    ids = data.decode("ascii", "replace").split() if same or not last.inode else None
    return ids, Note(status.st_ino, start + len(data))


def _path(home: str | os.PathLike[str]) -> Path:
    return Path(home) / "cache" / "restarted"
