"""Files of a run: their paths and their kinds."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import manifest

_GUILD_DIR = ".guild"


class Kinds(NamedTuple):
    """Kinds of files to list; all files if none is set.

    Attributes:
        sourcecode: copied source code.
        dependencies: files that the operation requires.
        generated: other files, which the operation has written.
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
    """Return the sorted paths in the run directory; paths of directories end with `/`.

    Args:
        pattern: a path, or a pattern with `*`, `?` and `[...]`; the content of a directory that
            matches is included.
        guild_files: include the content of `.guild`, as a `pattern` that starts with it does.
        follow_links: also list the content of linked directories.

    Raises GuildError if the run directory does not exist.
    """
    guild_files = guild_files or (pattern or "").split("/")[0] == _GUILD_DIR
    paths: Iterable[str] = _walk(run, guild_files, follow_links)
    if pattern is not None:
        pattern = pattern.removesuffix("/")
        paths = [
            path
            for path in paths
            if any(fnmatch.fnmatchcase(parent, pattern) for parent in _with_parents(path))
        ]
    if any(kinds):
        paths = _select_kinds(paths, run, kinds)
    return sorted(paths)


def _walk(run: Run, guild_files: bool, follow_links: bool) -> Iterator[str]:
    if not os.path.isdir(run.path):
        raise GuildError(f"the directory of run {run.short_id} is missing ({run.path})")
    visited = {os.path.realpath(run.path)}
    for folder, folders, names in os.walk(run.path, followlinks=follow_links):
        relative = os.path.relpath(folder, run.path)
        prefix = "" if relative == os.curdir else f"{relative}/"
        if not guild_files and _GUILD_DIR in folders:  # linked runs have one, too
            folders.remove(_GUILD_DIR)
        if follow_links:
            folders[:] = [name for name in folders if _is_new(os.path.join(folder, name), visited)]
        yield from (f"{prefix}{name}/" for name in folders)
        yield from (f"{prefix}{name}" for name in names)


def _is_new(folder: str, visited: set[str]) -> bool:
    """Return whether `folder` was not visited before: links may form a cycle."""
    path = os.path.realpath(folder)
    if path in visited:
        return False
    visited.add(path)
    return True


def _with_parents(path: str) -> list[str]:
    names = path.removesuffix("/").split("/")
    return ["/".join(names[:n]) for n in range(1, len(names) + 1)]


def _select_kinds(paths: Iterable[str], run: Run, kinds: Kinds) -> Iterator[str]:
    by_kind: dict[str, set[str]] = {"s": set(), "d": set(), "i": set()}
    for entry in manifest.read_entries(run.path):
        by_kind[entry.kind].add(entry.run_path)
    selected = set()
    if kinds.sourcecode:
        selected |= by_kind["s"]
    if kinds.dependencies:
        selected |= by_kind["d"]
    recorded = set().union(*by_kind.values())
    for path in paths:
        parents = _with_parents(path)
        generated = not path.endswith("/") and recorded.isdisjoint(parents)
        if not selected.isdisjoint(parents) or (kinds.generated and generated):
            yield path


# -- Paths


def find_output(run: Run) -> str:
    """Return the path of the file with the output. Raises GuildError if it does not exist."""
    path = run.guild_path("output")
    if not os.path.isfile(path):
        raise GuildError(f"run {run.short_id} has no output")
    return path


def find_file(run: Run, path: str, *, sourcecode: bool = False) -> str:
    """Return the full path of a file, as `find_path` does. Raises GuildError for directories."""
    full = find_path(run, path, sourcecode=sourcecode)
    if os.path.isdir(full):
        raise GuildError(
            f"'{path}' is a directory of run {run.short_id}; run 'guild ls' for a list of files"
        )
    return full


def find_path(run: Run, path: str = "", *, sourcecode: bool = False) -> str:
    """Return the full path of the file or directory `path` in the run directory.

    With `sourcecode`, it is relative to the directory of the source code. Raises GuildError if
    it does not exist, is absolute or leads out of the run directory, except by a link.
    """
    if os.path.isabs(path):
        raise GuildError(f"invalid path '{path}': it must be relative to the run directory")
    root = _sourcecode_dir(run) if sourcecode else run.path
    full = os.path.normpath(os.path.join(root, path))
    if full != root and not full.startswith(root + os.sep):
        raise GuildError(f"invalid path '{path}': it must be inside the run directory")
    if not os.path.lexists(full):
        raise GuildError(
            f"run {run.short_id} has no file '{path}'; run 'guild ls' for a list of files"
        )
    return full


def _sourcecode_dir(run: Run) -> str:
    dest = read_sourcecode_option(run, "dest") or ""
    folder = os.path.normpath(os.path.join(run.path, dest))
    return folder if folder.startswith(run.path + os.sep) else run.path


def read_sourcecode_option(run: Run, name: str) -> str | None:
    """Return `root` or `dest` of the source code as `run` records it; None without one."""
    op = run.get("op")
    sourcecode = op.get("sourcecode") if isinstance(op, dict) else None
    value = sourcecode.get(name) if isinstance(sourcecode, dict) else None
    return value if isinstance(value, str) else None
