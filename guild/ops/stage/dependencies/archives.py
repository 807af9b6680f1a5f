"""Required archives, unpacked once into the cache; their contents are not trusted."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from guild.base import log
from guild.base.digests import file_sha1
from guild.base.errors import GuildError

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError, ValueError)


def is_archive(path: str) -> bool:
    """Return whether the extension of `path` is that of an archive."""
    return path.lower().endswith((".zip", *_TARS))


def unpack_archive(archive: str, cache_dir: str) -> str:
    """Unpack `archive` into `cache_dir`, unless that was done before, and return the directory.

    Links in the archive are omitted. Raises GuildError if the archive is damaged or has a member
    outside of it, OSError if it cannot be read or the cache cannot be written.
    """
    folder = Path(cache_dir, file_sha1(archive))
    if folder.is_dir():
        return str(folder)
    log.info(f"Unpacking {archive}")  # Guild AI 0.9 wording
    temp = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for name, content in _files(archive):
            target = temp / _member_path(name, archive)
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as file:
                shutil.copyfileobj(content, file)
        temp.mkdir(parents=True, exist_ok=True)
        with _unless_exists(folder):
            temp.rename(folder)
    except Exception as error:
        if not _is_damage(error):
            raise
        raise GuildError(f"cannot unpack {archive}: {' '.join(str(error).split())}") from None
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return str(folder)


def _is_damage(error: Exception) -> bool:
    """Return whether `error` is caused by the content of an archive.

    Errors of gzip and bz2 are OSErrors without a number. The lzma module may not be installed, so
    its error is recognized by name.
    """
    return (
        isinstance(error, _DAMAGE)
        or (isinstance(error, OSError) and error.errno is None)
        or type(error).__name__ == "LZMAError"
    )


@contextmanager
def _unless_exists(folder: Path) -> Iterator[None]:
    """Ignore an OSError if `folder` exists, as another process has unpacked it meanwhile."""
    try:
        yield
    except OSError:
        if not folder.is_dir():
            raise


def _files(archive: str) -> Iterator[tuple[str, IO[bytes]]]:
    if archive.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                is_link = (info.external_attr >> 28) == 0xA
                if not info.is_dir() and not is_link:
                    with zipped.open(info) as content:
                        yield info.filename, content
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is not None:
                yield member.name, file
        # Read to the end, where the checksum of the compressed data is.
        while tar.fileobj is not None and tar.fileobj.read(1 << 20):
            pass


def _member_path(name: str, archive: str) -> str:
    path = os.path.normpath(name)
    if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir or "\0" in path:
        raise GuildError(f"cannot unpack {archive}: its member {name!r} is outside of it")
    return path
