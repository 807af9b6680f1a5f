"""Room on the disk for what is written of a run when it ends: its script may fill the rest."""

from __future__ import annotations

import os
from typing import Any

from guild.base import yaml
from guild.run import Run

_ROOM = 64  # bytes: a number


def reserve_attrs(run: Run, *names: str) -> None:
    """Keep room for the attributes `names`. Raises OSError."""
    for name in names:
        with open(_path(run, name), "wb", buffering=0) as file:
            file.write(b" " * _ROOM)


def write_attr(run: Run, name: str, value: Any) -> None:
    """Write the attribute `name`, whole or not at all, where there is room kept for it.

    Raises OSError.
    """
    data = yaml.dump(value).encode()
    path = _path(run, name)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:  # deleted by the script, or on a disk that was turned read-only
        run.set(name, value)
        return
    try:
        os.pwrite(fd, data, 0)
        os.truncate(fd, len(data))
    finally:
        os.close(fd)
    os.replace(path, run.guild_path("attrs", name))


def _path(run: Run, name: str) -> str:
    return run.guild_path(f".{name}")
