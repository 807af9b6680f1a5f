"""The files of a run: which there are, what they are there for, where they are."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import manifest

GUILD_DIR = ".guild"


class Kinds(NamedTuple):
    """Which files are wanted by why they are in the run; all of them if none is true.

    Attributes:
        sourcecode: copied source code.
        dependencies: what the operation requires.
        generated: what the operation made.
    """

    sourcecode: bool = False
    dependencies: bool = False
    generated: bool = False


def list_files(
    run: Run,
    *,
    pattern: str | None = None,
    kinds: Kinds = Kinds(),  # noqa: B008  # frozen
    guild_files: bool = False,
    follow_links: bool = False,
) -> list[str]:
    """The paths in the run directory, sorted, a folder's with `/` at its end.

    `pattern` is a path or a pattern of one with `*`, `?` and `[...]`; what is in a folder
    that it matches belongs to it. What is in `.guild` is left out unless `guild_files` is
    true or `pattern` begins with it. Links to folders are listed and not entered, unless
    `follow_links` is true. Raises GuildError if the run directory cannot be read.
    """
    guild_files = guild_files or (pattern or "").split("/")[0] == GUILD_DIR
    paths = _walk(run, guild_files, follow_links)
    if pattern is not None:
        paths = _matching(paths, pattern.removesuffix("/"))
    if any(kinds):
        paths = _of_kinds(paths, run, kinds)
    return sorted(paths)


def _walk(run: Run, guild_files: bool, follow_links: bool) -> Iterator[str]:
    if not os.path.isdir(run.path):
        raise GuildError(f"the directory of run {run.short_id} is missing ({run.path})")
    entered = {os.path.realpath(run.path)}
    for folder, folders, names in os.walk(run.path, followlinks=follow_links):
        relative = os.path.relpath(folder, run.path)
        prefix = "" if relative == os.curdir else f"{relative}/"
        if not guild_files and GUILD_DIR in folders:  # a linked run has one too
            folders.remove(GUILD_DIR)
        if follow_links:
            folders[:] = [name for name in folders if _enter(os.path.join(folder, name), entered)]
        yield from (f"{prefix}{name}/" for name in folders)
        yield from (f"{prefix}{name}" for name in names)


def _enter(folder: str, entered: set[str]) -> bool:
    """Whether the folder is seen for the first time: links can go round in circles."""
    real = os.path.realpath(folder)
    new = real not in entered
    entered.add(real)
    return new


def _matching(paths: Iterator[str], pattern: str) -> Iterator[str]:
    for path in paths:
        names = path.removesuffix("/").split("/")
        if any(fnmatch.fnmatchcase("/".join(names[:n]), pattern) for n in range(1, len(names) + 1)):
            yield path


def _of_kinds(paths: Iterator[str], run: Run, kinds: Kinds) -> Iterator[str]:
    of_kind: dict[str, set[str]] = {"s": set(), "d": set(), "i": set()}
    for entry in manifest.read_entries(run.path):
        of_kind[entry.kind].add(entry.run_path)
    wanted: set[str] = set()
    if kinds.sourcecode:
        wanted |= of_kind["s"]
    if kinds.dependencies:
        wanted |= of_kind["d"]
    known = of_kind["s"] | of_kind["d"] | of_kind["i"]
    for path in paths:
        if _is_in(path, wanted) or (
            kinds.generated and not path.endswith("/") and not _is_in(path, known)
        ):
            yield path


def _is_in(path: str, entries: set[str]) -> bool:
    """Whether the path is one of `entries`, or in a folder that is."""
    names = path.removesuffix("/").split("/")
    return any("/".join(names[:n]) in entries for n in range(1, len(names) + 1))


def output_path(run: Run) -> str:
    """The file with the run's output. Raises GuildError if there is none."""
    path = run.guild_path("output")
    if not os.path.isfile(path):
        raise GuildError(f"run {run.short_id} has no output")
    return path


def file_path(run: Run, path: str, *, sourcecode: bool = False) -> str:
    """The full path of the file `path` of the run. Raises GuildError if it is no file in
    the run directory, though a link in there may lead out of it."""
    full = path_in(run, path, sourcecode=sourcecode)
    if os.path.isdir(full):
        raise GuildError(f"'{path}' is a folder of run {run.short_id} - 'guild ls' lists its files")
    return full


def path_in(run: Run, path: str = "", *, sourcecode: bool = False) -> str:
    """The full path of what is at `path` in the run directory, or, with `sourcecode`, in
    the folder of its source code. Raises GuildError if nothing is there or `path` leads out
    of the run directory."""
    if os.path.isabs(path):
        raise GuildError(f"'{path}' is not a path in a run: it has to be relative")
    root = sourcecode_dir(run) if sourcecode else run.path
    full = os.path.normpath(os.path.join(root, path))
    if full != root and not full.startswith(root + os.sep):
        raise GuildError(f"'{path}' is not a path in a run: it leads out of the run directory")
    if not os.path.lexists(full):
        raise GuildError(f"run {run.short_id} has no file '{path}' - 'guild ls' lists its files")
    return full


def sourcecode_dir(run: Run) -> str:
    """The folder in the run directory that the source code was copied to."""
    op = run.get("op")
    sourcecode = op.get("sourcecode") if isinstance(op, dict) else None
    dest = sourcecode.get("dest") if isinstance(sourcecode, dict) else None
    folder = os.path.normpath(os.path.join(run.path, dest if isinstance(dest, str) else ""))
    return folder if folder.startswith(run.path + os.sep) else run.path
