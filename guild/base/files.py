"""Files: atomic writes, and reads that tolerate missing or special files."""

from __future__ import annotations

import errno
import os
import stat


def write_atomic(path: str | os.PathLike[str], data: bytes, mode: int | None = None) -> None:
    """Write `data` to `path` so that readers see either the old content or the new.

    `mode` sets the permissions; by default they are those of any new file. Each write changes
    the modification time of the directory, by which the index notices it.

    Raises OSError, without leaving a partial file behind.
    """
    folder, name = os.path.split(path)
    temp = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(fd, "wb") as file:
            if mode is not None:
                os.fchmod(fd, mode)
            file.write(data)
        os.replace(temp, path)
    except BaseException:
        if os.path.lexists(temp):
            os.unlink(temp)
        raise


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data` to the open file `fd`. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_output_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to a path that a user chose, atomically where possible.

    A link keeps its place, and its target is replaced. Devices and pipes such as `/dev/stdout`,
    and files in read-only directories, are written in place. Raises OSError.
    """
    target = os.path.realpath(path)
    mode = None
    if os.path.exists(path):
        if not (os.path.isfile(path) and os.access(os.path.dirname(target), os.W_OK)):
            with open(path, "wb") as file:
                file.write(data)
            return
        mode = stat.S_IMODE(os.stat(path).st_mode)
    write_atomic(target, data, mode)


def read_text(path: str | os.PathLike[str]) -> str | None:
    """Return the content of a file, undecodable bytes as surrogates; None if it is missing."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_regular_text(path: str) -> str | None:
    """Read a file as `read_text` does, if it is a regular file.

    Raises OSError for a pipe, which could block forever, and for a device, which may be endless.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "Not a regular file", path)
    with open(fd, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
