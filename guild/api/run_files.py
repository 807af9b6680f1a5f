"""Files of a run: their paths and their kinds."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.index.order import natural_key
from guild.run import Run
from guild.runs import manifest

_GUILD_DIR = ".guild"
_OLD_SOURCECODE_DIR = ".guild/sourcecode"  # of Guild AI 0.8, which had no manifest


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
    kinds: Kinds = Kinds(),  # noqa: B008  # immutable
    hidden: bool = False,
    follow_links: bool = False,
) -> list[str]:
    """Return the paths in the run directory in natural order; those of directories end with `/`.

    Args:
        pattern: a path, or a pattern with `*`, `?` and `[...]`, which do not match `/`; the
            content of a directory that matches is included.
        hidden: include names with a leading dot, as `kinds` do, and a `pattern` with a leading
            dot in that place.
        follow_links: also list the content of linked directories.

    Raises GuildError if the run directory does not exist.
    """
    if not os.path.isdir(run.path):
        raise GuildError(f"the directory of run {run.short_id} is missing ({run.path})")
    parts = [part for part in (pattern or "").split("/") if part not in ("", os.curdir)]
    paths = _walk(run.path, "", (os.path.realpath(run.path),), follow_links)
    if any(kinds):
        paths = _select_kinds(paths, run, kinds)
    elif not hidden:
        paths = (path for path in paths if _is_visible(path, parts))
    if parts:
        paths = (path for path in paths if _matches(path, parts))
    return sorted(paths, key=natural_key)


def _walk(folder: str, prefix: str, parents: tuple[str, ...], follow_links: bool) -> Iterator[str]:
    """Yield the paths below `folder`, each after `prefix`.

    `parents` are the real paths of `folder` and the directories above it. A link to one of them
    is a circle, which is not entered.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:  # unreadable, or removed meanwhile
        return
    for entry in entries:
        if not entry.is_dir():
            yield f"{prefix}{entry.name}"
            continue
        path = f"{prefix}{entry.name}/"
        yield path
        if entry.is_symlink():
            real = os.path.realpath(entry.path)
            if not follow_links or real in parents:
                continue
        else:
            real = os.path.join(parents[-1], entry.name)
        yield from _walk(entry.path, path, (*parents, real), follow_links)


def _is_visible(path: str, pattern: list[str]) -> bool:
    names = path.removesuffix("/").split("/")
    return all(
        not name.startswith(".") or (i < len(pattern) and pattern[i].startswith("."))
        for i, name in enumerate(names)
    )


def _matches(path: str, pattern: list[str]) -> bool:
    """Return whether the path, or a directory that it is in, matches each part of a pattern."""
    names = path.removesuffix("/").split("/")
    return len(names) >= len(pattern) and all(map(fnmatch.fnmatchcase, names, pattern))


def _with_parents(path: str) -> list[str]:
    names = path.removesuffix("/").split("/")
    return ["/".join(names[:n]) for n in range(1, len(names) + 1)]


def _select_kinds(paths: Iterable[str], run: Run, kinds: Kinds) -> Iterator[str]:
    """Yield the files of `kinds`, and directories that are dependencies as a whole."""
    by_kind: dict[str, set[str]] = {"s": {_OLD_SOURCECODE_DIR}, "d": set(), "i": set()}
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
        if path.endswith("/"):
            is_selected = parents[-1] in selected and parents[-1] != _OLD_SOURCECODE_DIR
        else:
            is_selected = not selected.isdisjoint(parents) or (
                kinds.generated
                and _GUILD_DIR not in path.split("/")
                and recorded.isdisjoint(parents)
            )
        if is_selected:
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
    root = sourcecode_dir(run) if sourcecode else run.path
    full = os.path.normpath(os.path.join(root, path))
    if full != root and not full.startswith(root + os.sep):
        raise GuildError(f"invalid path '{path}': it must be inside the run directory")
    if not os.path.lexists(full):
        raise GuildError(
            f"run {run.short_id} has no file '{path}'; run 'guild ls' for a list of files"
        )
    return full


def sourcecode_dir(run: Run) -> str:
    """Return the directory of `run` that contains its source code."""
    dest = read_sourcecode_option(run, "dest") or ""
    folder = os.path.normpath(os.path.join(run.path, dest))
    return folder if folder.startswith(run.path + os.sep) else run.path


def read_sourcecode_option(run: Run, name: str) -> str | None:
    """Return `root` or `dest` of the source code as `run` records it; None without one."""
    op = run.get("op")
    sourcecode = op.get("sourcecode") if isinstance(op, dict) else None
    value = sourcecode.get(name) if isinstance(sourcecode, dict) else None
    return value if isinstance(value, str) else None
