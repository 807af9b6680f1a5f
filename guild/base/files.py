"""Files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def write_atomic(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new.

    `mode` are its permissions, those of any new file unless given.

    The directory's modification time changes with every write, which is how
    an index notices it. Raises OSError; nothing half written stays behind.
    """
    temp = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(fd, "wb") as file:
            if mode is not None:
                os.fchmod(fd, mode)
            file.write(data)
        os.replace(temp, path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data` to the open file `fd`. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_output_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`, which somebody named as the place for it: what is there stays
    as it is until the new content is whole.

    A link stays one. What is no regular file, such as `/dev/stdout` or a pipe, is written
    to, and so is a file in a folder that takes no other. Raises OSError.
    """
    place = Path(os.path.realpath(path))
    mode = None
    if path.exists():
        if not (path.is_file() and os.access(place.parent, os.W_OK)):
            path.write_bytes(data)
            return
        mode = stat.S_IMODE(path.stat().st_mode)
    write_atomic(place, data, mode)


def read_text(path: Path) -> str | None:
    """The text of `path`, undecodable bytes kept as surrogates; None if it is missing."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_regular_text(path: str) -> str | None:
    """The same for a file that others may have put there: a pipe, which might keep us
    waiting for ever, or a device, which might never end, is an OSError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "Not a regular file", path)
    with open(fd, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
