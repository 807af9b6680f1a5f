"""Copies of source code in a run directory."""

import os
from collections.abc import Callable, Iterator

from guild.base.digests import sha1
from guild.base.errors import GuildError
from guild.base.files import write_all
from guild.base.named_tuple import NamedTuple
from guild.ops.stage.sourcecode import file_io
from guild.ops.stage.sourcecode.digest import SourceDigest
from guild.ops.stage.sourcecode.file_decisions import MAX_SIZE, summarize
from guild.ops.stage.sourcecode.file_selection import Selection
from guild.runs.manifest import ManifestEntry


class Copied(NamedTuple):
    """The files that were copied into a run.

    Attributes:
        entries: one for each file, in the order of their paths.
        digest: the `SourceDigest` of the copies; None if nothing was copied.
        warnings: warnings about files that could not be copied, one line each.
    """

    entries: tuple[ManifestEntry, ...]
    digest: str | None
    warnings: tuple[str, ...]


def copy_selection(
    selection: Selection,
    run_dir: str | os.PathLike[str],
    dest: str | None = None,
    *,
    share: bool = False,
) -> Copied:
    """Copy the selected files to the directory `dest` of `run_dir`, with their permissions.

    Links are followed. Each file is read once: manifest and digest describe the bytes written.
    A file that can no longer be read becomes a warning in the result.

    With `share`, small files share disk blocks with their originals too, if the file system
    supports it. That matters for batches of thousands of trials. Hard links are not an option: a
    script that writes to its own source would change the other run as well.
    Raises GuildError if `dest` is outside the run, OSError if the run cannot be written.
    """
    dest_prefix = _dest_prefix(dest)
    run_prefix = os.path.join(os.fspath(run_dir), "")
    root_prefix = os.path.join(selection.root, "")
    digest = SourceDigest()
    entries: list[ManifestEntry] = []
    failed: list[str] = []
    folder = None
    for path, size, mode in selection.files:
        run_path = dest_prefix + path
        target = run_prefix + run_path
        if folder != (folder := run_path.rpartition("/")[0]):
            os.makedirs(run_prefix + folder, exist_ok=True)
        try:
            source = file_io.open_source(root_prefix + path)
            try:
                if share or size > MAX_SIZE:
                    file_digest = _copy_shared(source, target, mode, run_path, digest)
                else:
                    file_digest = _copy_small(source, size, target, mode, run_path, digest)
            finally:
                os.close(source)
        except file_io.SourceError as error:
            failed.append(f"{path}: {error}")
        else:
            entries.append(ManifestEntry("s", run_path, file_digest, path))
    warnings = (f"cannot copy source code: {summarize(failed)}",) if failed else ()
    return Copied(tuple(entries), digest.hex(), warnings)


def _dest_prefix(dest: str | None) -> str:
    """Return `dest` as a prefix of paths in the run: empty, or with a `/` at the end."""
    dest = dest or ""
    parts = [part for part in dest.split("/") if part not in ("", ".")]
    if ".." in parts or (parts and dest.startswith("/")):
        raise GuildError(
            f"invalid source code 'dest' '{dest}': it must be inside the run directory"
        )
    if parts[:1] == [".guild"] and parts[:2] != [".guild", "sourcecode"]:
        raise GuildError(f"invalid source code 'dest' '{dest}': .guild is reserved for Guild")
    return "".join(f"{part}/" for part in parts)


def _copy_small(
    source: int, size: int, target: str, mode: int, run_path: str, digest: SourceDigest
) -> str:
    """Copy a file through memory and return its SHA-1."""
    data = file_io.read_all(source, size)
    fd = file_io.create_file(target, mode)
    try:
        write_all(fd, data)
    finally:
        os.close(fd)
    digest.add(run_path, (data,))
    return sha1(data, usedforsecurity=False).hexdigest()


def _copy_shared(source: int, target: str, mode: int, run_path: str, digest: SourceDigest) -> str:
    """Copy a file within the file system, which may share its blocks, and return its SHA-1."""
    file_sha1 = sha1(usedforsecurity=False)
    fd = file_io.create_file(target, mode)
    try:
        file_io.clone_or_copy(source, fd)
        os.lseek(fd, 0, os.SEEK_SET)
        digest.add(run_path, _hash_chunks(file_io.read_chunks(fd), file_sha1.update))
    except file_io.SourceError:
        os.unlink(target)
        raise
    finally:
        os.close(fd)
    return file_sha1.hexdigest()


def _hash_chunks(chunks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk
