"""Puts one file into a run directory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from guild.base.files import write_all

CHUNK = 1024 * 1024
"""Bytes that are held in memory at a time."""


class SourceError(Exception):
    """A file that was to be copied and cannot be read; its text is why."""


def open_source(path: str) -> int:
    """A descriptor to read `path` with. Raises SourceError."""
    try:
        # not blocking: by now the path may be a pipe that nobody writes to
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(error.strerror) from None


def read_whole(source: int, size: int) -> bytes:
    """The rest of `source`, of which `size` bytes are expected. Raises SourceError."""
    try:
        data = os.read(source, size + 1)
    except OSError as error:
        raise SourceError(error.strerror) from None
    return data if len(data) <= size else data + b"".join(chunks(source))


def create(path: str, mode: int) -> int:
    """A descriptor of the new file `path`, which replaces any other, to write with.

    One that is there is not written into: it may be shared, or a link. Raises OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        fd = os.open(path, flags, mode)
    except FileExistsError:
        os.unlink(path)
        fd = os.open(path, flags, mode)
    os.fchmod(fd, mode & 0o777)
    return fd


def clone_or_copy(source: int, target: int) -> None:
    """Give the empty file `target` the content of `source`.

    They share it on disk where the file system can do that and still keeps what is written
    to the one out of the other. Raises SourceError, and OSError if `target` cannot be written.
    """
    if hasattr(os, "copy_file_range"):
        # not between these two files, or not here at all; a fault of one of them shows below,
        # where reading and writing go on from the place that is reached
        with contextlib.suppress(OSError):
            while os.copy_file_range(source, target, 1024 * CHUNK):
                pass
            return
    for data in chunks(source):
        write_all(target, data)


def chunks(source: int) -> Iterator[bytes]:
    """The rest of `source` in pieces. Raises SourceError."""
    try:
        while data := os.read(source, CHUNK):
            yield data
    except OSError as error:
        raise SourceError(error.strerror) from None
