"""Archives that are required: unpacked once, into the cache. What is in them is not trusted."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from guild.base.digests import sha1
from guild.base.errors import GuildError

if TYPE_CHECKING:
    import hashlib

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError, ValueError)


def is_archive(path: str) -> bool:
    """Whether the name `path` is that of an archive."""
    return path.lower().endswith((".zip", *_TARS))


def unpacked(archive: str, cache_dir: Path) -> str:
    """The folder in `cache_dir` with the files of `archive`, unpacked if it is not there yet.

    Links in it are left out. Raises GuildError for an archive that is damaged or has
    members that lead out of it, OSError where it cannot be read or the cache not be written.
    """
    folder = cache_dir / file_digest(archive)
    if folder.is_dir():
        return str(folder)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for name, content in _files(archive):
            target = aside / _inside(name, archive)
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as file:
                shutil.copyfileobj(content, file)
        aside.mkdir(parents=True, exist_ok=True)
        with _unless_there(folder):
            aside.rename(folder)
    except Exception as error:
        if not _tells_of_damage(error):
            raise
        raise GuildError(f"cannot unpack {archive}: {' '.join(str(error).split())}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return str(folder)


def _tells_of_damage(error: Exception) -> bool:
    """Whether `error` is about what an archive holds. gzip's and bz2's are OSErrors that the
    system knows nothing of; lzma need not be there to be imported."""
    return (
        isinstance(error, _DAMAGE)
        or (isinstance(error, OSError) and error.errno is None)
        or type(error).__name__ == "LZMAError"
    )


@contextmanager
def _unless_there(folder: Path) -> Iterator[None]:
    """Another process may have unpacked it in the meantime."""
    try:
        yield
    except OSError:
        if not folder.is_dir():
            raise


def file_digest(path: str, digest: hashlib._Hash | None = None) -> str:
    """The content of the file `path` in hex by `digest`, SHA-1 if that is None. Raises OSError."""
    digest = digest or sha1()
    with open(path, "rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


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
        # To its end, where the checksum of what is compressed stands.
        while tar.fileobj is not None and tar.fileobj.read(1 << 20):
            pass


def _inside(name: str, archive: str) -> str:
    path = os.path.normpath(name)
    if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir or "\0" in path:
        raise GuildError(f"cannot unpack {archive}: {name!r} leads out of it")
    return path
