"""Disk space reserved for the attributes that are written when a run ends.

The script may fill the disk meanwhile; the reserved space still holds its exit status.
"""

from __future__ import annotations

import os
from typing import Any

from guild.base import yaml
from guild.run import Run

_RESERVED_BYTES = 64  # enough for a number


def reserve_attrs(run: Run, *names: str) -> None:
    """Reserve disk space for the attributes `names` of `run`. Raises OSError."""
    for name in names:
        with open(_path(run, name), "wb", buffering=0) as file:
            file.write(b" " * _RESERVED_BYTES)


def write_attr(run: Run, name: str, value: Any) -> None:
    """Write the attribute `name` atomically into its reserved space. Raises OSError."""
    data = yaml.dump_attribute(value).encode()
    path = _path(run, name)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:  # the script deleted the file, or the disk is read-only now
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
