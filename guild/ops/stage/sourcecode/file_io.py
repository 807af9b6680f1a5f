"""Reading and writing of single files that are copied into a run directory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from guild.base.files import write_all

CHUNK = 1024 * 1024
"""Bytes that are held in memory at a time."""


class SourceError(Exception):
    """A file to copy cannot be read; the message is the reason."""


def open_source(path: str) -> int:
    """Open `path` and return a descriptor to read it with. Raises SourceError."""
    try:
        # Not blocking: by now the path may be a pipe without a writer.
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(error.strerror) from None


def read_all(source: int, size: int) -> bytes:
    """Read the rest of `source`, of which `size` bytes are expected. Raises SourceError."""
    try:
        data = os.read(source, size + 1)
    except OSError as error:
        raise SourceError(error.strerror) from None
    return data if len(data) <= size else data + b"".join(read_chunks(source))


def create_file(path: str, mode: int) -> int:
    """Create the file `path` and return a descriptor to read and write it with.

    An existing file is replaced, not written into: it may be shared, or a link. Raises OSError.
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
    """Copy the content of `source` to the empty file `target`.

    The files share disk blocks if the file system supports it; later writes to one do not change
    the other. Raises SourceError, and OSError if `target` cannot be written.
    """
    if hasattr(os, "copy_file_range"):
        # Unsupported between these two files, or on this system. A defect of a file shows below,
        # where reading and writing continue from the current position.
        with contextlib.suppress(OSError):
            while os.copy_file_range(source, target, 1024 * CHUNK):
                pass
            return
    for data in read_chunks(source):
        write_all(target, data)


def read_chunks(source: int) -> Iterator[bytes]:
    """Yield the rest of `source` in chunks. Raises SourceError."""
    try:
        while data := os.read(source, CHUNK):
            yield data
    except OSError as error:
        raise SourceError(error.strerror) from None
