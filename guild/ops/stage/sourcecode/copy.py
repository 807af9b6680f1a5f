"""Copies source code into a run directory."""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from guild.base.digests import sha1
from guild.base.errors import GuildError
from guild.base.files import write_all
from guild.ops.stage.sourcecode import place
from guild.ops.stage.sourcecode.digest import SourceDigest
from guild.ops.stage.sourcecode.select import MAX_SIZE, Selection, tell_names
from guild.runs.manifest import ManifestEntry


class Copied(NamedTuple):
    """What was put into a run.

    Attributes:
        entries: one for each file, in the order of their paths.
        digest: of what was copied, as `digest.of_run` would find it; None if nothing was.
        warnings: what could not be copied, a line each.
    """

    entries: tuple[ManifestEntry, ...]
    digest: str | None
    warnings: tuple[str, ...]


def copy(
    selection: Selection,
    run_dir: str | os.PathLike[str],
    dest: str | None = None,
    *,
    share: bool = False,
) -> Copied:
    """Copy the selected files to the folder `dest` of `run_dir`, permissions kept.

    With `share`, small files too take no room of their own where the file system can do that,
    as for the thousands of trials of one batch. Hard links are never made: those are one file,
    and what a script writes into its own source would be written into the other run's.

    A link is copied as what it leads to. A file that cannot be read any more is told in the
    result. Each file is read once: manifest and digest are of the bytes that were written.
    Raises GuildError for a `dest` outside of the run, OSError if the run cannot be written.
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
            source = place.open_source(root_prefix + path)
            try:
                if share or size > MAX_SIZE:
                    found = _copy_shared(source, target, mode, run_path, digest)
                else:
                    found = _copy_small(source, size, target, mode, run_path, digest)
            finally:
                os.close(source)
        except place.SourceError as error:
            failed.append(f"{path}: {error}")
        else:
            entries.append(ManifestEntry("s", run_path, found, path))
    warnings = (f"source code that could not be copied: {tell_names(failed)}",) if failed else ()
    return Copied(tuple(entries), digest.hex(), warnings)


def _dest_prefix(dest: str | None) -> str:
    """`dest` as the start of paths in the run: empty, or with a `/` at the end."""
    dest = dest or ""
    parts = [part for part in dest.split("/") if part not in ("", ".")]
    if ".." in parts or (parts and dest.startswith("/")):
        raise GuildError(
            f"source code 'dest' {dest!r} is outside of the run directory - use a path below it"
        )
    if parts[:1] == [".guild"] and parts[:2] != [".guild", "sourcecode"]:
        raise GuildError(f"source code 'dest' {dest!r} is where Guild keeps its own - use another")
    return "".join(f"{part}/" for part in parts)


def _copy_small(
    source: int, size: int, target: str, mode: int, run_path: str, digest: SourceDigest
) -> str:
    """Copy through memory; the SHA-1."""
    data = place.read_whole(source, size)
    fd = place.create(target, mode)
    try:
        write_all(fd, data)
    finally:
        os.close(fd)
    digest.add(run_path, (data,))
    return sha1(data, usedforsecurity=False).hexdigest()


def _copy_shared(source: int, target: str, mode: int, run_path: str, digest: SourceDigest) -> str:
    """Copy within the file system, which may share what both hold, then read it; the SHA-1."""
    whole = sha1(usedforsecurity=False)
    fd = place.create(target, mode)
    try:
        place.clone_or_copy(source, fd)
        os.lseek(fd, 0, os.SEEK_SET)
        digest.add(run_path, _hashed(place.chunks(fd), whole.update))
    except place.SourceError:
        os.unlink(target)
        raise
    finally:
        os.close(fd)
    return whole.hexdigest()


def _hashed(chunks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk
