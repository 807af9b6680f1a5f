"""Archives of runs: a folder of run directories, or a zip file of them."""

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
    """Whether an archive at `location` is a zip file."""
    return location.lower().endswith(".zip")


# -- Writing


class Writer(Protocol):
    """An archive that runs are added to."""

    def has(self, run: Run) -> bool:
        """Whether the archive has a run with that id."""

    def add(self, run: Run, *, copy_resources: bool, move: bool) -> list[str]:
        """Put a run that is not there yet into the archive, whole or not at all.

        With `copy_resources` it is independent of what its links lead to; with `move` the
        archive may share files with the run, which is about to be deleted. The result are
        the paths that could not be copied. Raises OSError.
        """


@contextmanager
def open_writer(location: str) -> Iterator[Writer]:
    """The archive at `location`, made if it does not exist yet.

    A zip file is as it was until the block ends, and if that fails. Raises GuildError if
    there is something else at `location`, OSError if it cannot be written.
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
        # Not to be taken for source code of a project that the archive is in.
        with open(os.path.join(self._location, ".guild-nocopy"), "a"):
            pass
        return _put(run.path, self._location, run.id, follow=copy_resources, link_files=move)


def _put(run_dir: str, runs_dir: str, run_id: str, *, follow: bool, link_files: bool) -> list[str]:
    """Copy a run directory into a folder of runs, whole or not at all; see `content.copy`."""
    with _aside(runs_dir, run_id) as temp:
        return content.copy_run(
            os.path.abspath(run_dir), temp, follow=follow, link_files=link_files
        )


@contextmanager
def _aside(runs_dir: str, run_id: str) -> Iterator[str]:
    """The path of a folder to make, which takes its place as the run's at the end."""
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
        zip_format.open_zip(location).close()  # else runs were put behind whatever it is
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
    """An archive that runs are taken from.

    Attributes:
        runs_dir: a folder with the archive's runs, as far as listings need them.
    """

    runs_dir: str

    def take(self, run_id: str, runs_dir: str, *, copy_resources: bool, move: bool) -> list[str]:
        """Put a run of the archive into a folder of runs that has none of that id, whole or
        not at all. See `Writer.add`; raises GuildError too."""


@contextmanager
def open_reader(location: str) -> Iterator[Reader]:
    """The archive at `location`.

    Raises GuildError if it does not exist, is no archive, is damaged, or has something in
    it that is not to be unpacked (see `zip_format.list_members`).
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
    """A folder with the runs of the archive at `location`, as far as listings need them.

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
        """Refuse a run in which what Guild itself writes to lies elsewhere. Links of the run's
        own files may lead to its data."""
        for entry in content.list_entries(run_dir, follow=False):
            if entry.kind != "link" or not _is_of_guild(entry.path):
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(entry.path), entry.source))
            if os.path.isabs(target) or target.split(os.sep)[0] == os.pardir:
                raise GuildError(
                    f"archive '{self.runs_dir}' is refused: the link "
                    f"'{os.path.basename(run_dir)}/{entry.path}' in it leads out of its run"
                )


def _is_of_guild(path: str) -> bool:
    """Whether `path` in a run is one of Guild's files, in a batch's proto too."""
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
