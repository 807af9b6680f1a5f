"""Archives of runs: a directory of run directories, or a zip file of them."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import content, zip_format


def is_zip(location: str) -> bool:
    """Return whether an archive at `location` is a zip file."""
    return location.lower().endswith(".zip")


# -- Writing


class Writer(Protocol):
    """An archive that is open for writing."""

    def has(self, run: Run) -> bool:
        """Return whether the archive contains a run with the id of `run`."""

    def add(self, run: Run, *, copy_resources: bool, move: bool) -> list[str]:
        """Add a new run to the archive atomically; return the paths that cannot be copied.

        With `copy_resources`, links are replaced by their targets. With `move`, the archive may
        share files with the run, which is about to be deleted. Raises OSError.
        """


@contextmanager
def open_writer(location: str) -> Iterator[Writer]:
    """Open the archive at `location` for writing; create it if it does not exist.

    A zip file is replaced when the block ends without an error. Raises GuildError if `location`
    is not an archive, OSError if it cannot be written.
    """
    if is_zip(location):
        with _writing_zip(location) as writer:
            yield writer
        return
    if os.path.lexists(location) and not os.path.isdir(location):
        raise GuildError(f"'{location}' is not a directory")
    yield _FolderWriter(location)


class _FolderWriter:
    def __init__(self, location: str) -> None:
        self._location = location

    def has(self, run: Run) -> bool:
        return os.path.lexists(os.path.join(self._location, run.id))

    def add(self, run: Run, *, copy_resources: bool, move: bool) -> list[str]:
        os.makedirs(self._location, exist_ok=True)
        # Keeps the archive out of the source code of a project that contains it.
        with open(os.path.join(self._location, ".guild-nocopy"), "a"):
            pass
        return _put(run.path, self._location, run.id, follow=copy_resources, link_files=move)


def _put(run_dir: str, runs_dir: str, run_id: str, *, follow: bool, link_files: bool) -> list[str]:
    """Copy a run directory into `runs_dir` atomically; see `content.copy_run`."""
    with _aside(runs_dir, run_id) as temp:
        return content.copy_run(
            os.path.abspath(run_dir), temp, follow=follow, link_files=link_files
        )


@contextmanager
def _aside(runs_dir: str, run_id: str) -> Iterator[str]:
    """Yield the path of a directory to create, which becomes the run directory at the end."""
    os.makedirs(runs_dir, exist_ok=True)
    temp = os.path.join(runs_dir, f".{run_id}.{os.getpid()}")
    try:
        yield temp
        os.rename(temp, os.path.join(runs_dir, run_id))
    finally:
        shutil.rmtree(temp, ignore_errors=True)


@contextmanager
def _writing_zip(location: str) -> Iterator[Writer]:
    os.makedirs(os.path.dirname(os.path.abspath(location)), exist_ok=True)
    if os.path.exists(location):
        zip_format.open_zip(location).close()  # rejects files to which `zipfile` would append
    temp = f"{location}.{os.getpid()}.new"
    try:
        with open(temp, "xb+") as file:
            if os.path.exists(location):
                with open(location, "rb") as old:
                    shutil.copyfileobj(old, file, 1 << 20)
            with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
                writer = _ZipWriter(archive)
                yield writer
        if writer.changed:
            os.replace(temp, location)
    finally:
        if os.path.lexists(temp):
            os.unlink(temp)


class _ZipWriter:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._ids = zip_format.run_ids(archive)
        self.changed = False

    def has(self, run: Run) -> bool:
        return run.id in self._ids

    def add(self, run: Run, *, copy_resources: bool, move: bool) -> list[str]:
        self.changed = True
        self._ids.add(run.id)
        return zip_format.add_run(self._archive, os.path.abspath(run.path), run.id)


# -- Reading


class Reader(Protocol):
    """An archive that is open for reading.

    Attributes:
        runs_dir: a directory of the archive's runs, with at least the files that listings need.
    """

    runs_dir: str

    def take(self, run_id: str, runs_dir: str, *, copy_resources: bool, move: bool) -> list[str]:
        """Copy a run of the archive to `runs_dir`, which has no run with that id, atomically.

        Options and result are those of `Writer.add`. Raises GuildError and OSError.
        """


@contextmanager
def open_reader(location: str) -> Iterator[Reader]:
    """Open the archive at `location` for reading.

    Raises GuildError if it does not exist, is not an archive, is damaged, or contains unsafe
    members (see `zip_format.list_members`).
    """
    if os.path.isdir(location):
        yield _FolderReader(location)
        return
    if not os.path.lexists(location):
        raise GuildError(f"archive '{location}' does not exist")
    if not is_zip(location):
        raise GuildError(f"invalid archive '{location}': expected a directory or a zip file")
    with zip_format.open_zip(location) as archive, tempfile.TemporaryDirectory() as temp:
        yield _ZipReader(archive, temp)


@contextmanager
def open_runs_dir(location: str) -> Iterator[str]:
    """Open the archive at `location` and yield `Reader.runs_dir`.

    Raises GuildError as `open_reader` does.
    """
    with open_reader(location) as reader:
        yield reader.runs_dir


class _FolderReader:
    def __init__(self, location: str) -> None:
        self.runs_dir = os.path.abspath(location)

    def take(self, run_id: str, runs_dir: str, *, copy_resources: bool, move: bool) -> list[str]:
        source = os.path.join(self.runs_dir, run_id)
        self._check_links(source)
        return _put(source, runs_dir, run_id, follow=copy_resources, link_files=move)

    def _check_links(self, run_dir: str) -> None:
        """Reject a run whose `.guild` contains links to the outside, since Guild writes there.

        Links among the run's other files may lead to data.
        """
        for entry in content.list_entries(run_dir, follow=False):
            if entry.kind != "link" or not _is_guild_file(entry.path):
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(entry.path), entry.source))
            if os.path.isabs(target) or target.split(os.sep)[0] == os.pardir:
                raise GuildError(
                    f"archive '{self.runs_dir}' is unsafe: link "
                    f"'{os.path.basename(run_dir)}/{entry.path}' points outside its run"
                )


def _is_guild_file(path: str) -> bool:
    """Return whether `path` is in the run's `.guild`, or in that of a batch's proto."""
    while path.startswith(".guild/proto/"):
        path = path.removeprefix(".guild/proto/")
    return path.split("/")[0] == ".guild"


class _ZipReader:
    def __init__(self, archive: zipfile.ZipFile, temp: str) -> None:
        self._archive = archive
        self._members = zip_format.list_members(archive)
        self.runs_dir = temp
        for run_id, members in self._members.items():
            zip_format.extract_run(
                archive, members, os.path.join(temp, run_id), guild_files_only=True
            )

    def take(self, run_id: str, runs_dir: str, *, copy_resources: bool, move: bool) -> list[str]:
        with _aside(runs_dir, run_id) as temp:
            zip_format.extract_run(self._archive, self._members[run_id], temp)
        return []
