"""A note of the runs that were started again, for those who remember the order of runs.

A new run is a new name in `runs/`. A run that is started again changes its place in
the order without that, deep in its own directory; who has listed a hundred
thousand runs before would have to look at each again. So its id is added to
`cache/restarted`. Where that file is gone, all runs are looked at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Note(NamedTuple):
    """Up to where the notes were read: the file's inode and size, 0 without one."""

    inode: int = 0
    size: int = 0


def note_restart(home: str | os.PathLike[str], id: str) -> None:
    """Note that the run `id` is started again, once that can be seen in its directory.

    Does nothing where the home cannot be written.
    """
    path = _path(home)
    try:
        path.parent.mkdir(exist_ok=True)
        with open(path, "a", encoding="ascii") as file:
            file.write(f"{id}\n")
    except OSError:
        pass


def read_restarts(home: str | os.PathLike[str], last: Note) -> tuple[list[str] | None, Note]:
    """The ids noted since `last`, and where to read on; None for "it may be any run"."""
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
