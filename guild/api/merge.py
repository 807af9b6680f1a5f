"""Copying files of a run back into its project."""

from __future__ import annotations

import filecmp
import fnmatch
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.ops.stage.sourcecode import git
from guild.run import Run
from guild.runs import manifest


class MergeOptions(NamedTuple):
    """Which files are copied.

    Attributes:
        all_files: those that the run made too.
        skip_sourcecode, skip_deps: not the source code; not the dependencies that are
            files of the project.
        exclude: patterns of paths in the run.
    """

    all_files: bool = False
    skip_sourcecode: bool = False
    skip_deps: bool = False
    exclude: tuple[str, ...] = ()


class Copy(NamedTuple):
    """A file to be copied: its path in the run, and in the target folder."""

    run_path: str
    target_path: str


class Skip(NamedTuple):
    """A file that is not copied, and why."""

    run_path: str
    reason: str


class MergePlan(NamedTuple):
    """What a merge will do; both sequences are in the order of paths."""

    run: Run
    target: Path
    copies: tuple[Copy, ...]
    skips: tuple[Skip, ...]


def project_dir(run: Run, cwd: Path) -> Path:
    """The current directory `cwd`, if the run came from there.

    Raises GuildError if it came from somewhere else.
    """
    opref = run.opref
    if opref is not None and opref.type in ("guildfile", "script"):
        name = opref.pkg_name
        project = os.path.dirname(name) if opref.type == "guildfile" else name
        if os.path.realpath(project) == os.path.realpath(cwd):
            return cwd
        source = f"is from another project ({project})"
    else:
        source = "does not tell which project it is from"
    raise GuildError(
        f"run {run.short_id} {source} - to merge into the current directory in any case, "
        f"use '--target-dir .'"
    )


def plan(run: Run, target: Path, options: MergeOptions) -> MergePlan:
    """What merging `run` into the folder `target` would do. Raises GuildError if the run's
    directory cannot be read."""
    known = {entry.run_path: entry for entry in manifest.read_entries(run.path)}
    copies, skips = [], []
    for path in _files(run):
        entry = known.get(path)
        source = entry.source if entry and entry.kind == "s" else path
        reason = _skip_reason(path, entry, options) or _same(run, path, target / source)
        if reason is None and not _is_inside(source):
            reason = "not in the project"
        if reason is None:
            copies.append(Copy(path, os.path.normpath(source)))
        else:
            skips.append(Skip(path, reason))
    return MergePlan(run, target, tuple(copies), tuple(skips))


def _files(run: Run) -> list[str]:
    if not os.path.isdir(run.path):
        raise GuildError(f"the directory of run {run.short_id} is missing ({run.path})")
    found = []
    for folder, folders, names in os.walk(run.path):
        prefix = os.path.relpath(folder, run.path)
        if prefix == os.curdir:
            folders[:] = [name for name in folders if name != ".guild"]
        # a link to a folder is what the run was given, not what it made
        found += [os.path.normpath(os.path.join(prefix, name)) for name in names]
    return sorted(found)


def _skip_reason(
    path: str, entry: manifest.ManifestEntry | None, options: MergeOptions
) -> str | None:
    if any(_matches(path, pattern) for pattern in options.exclude):
        return "excluded"
    if entry is None:
        return None if options.all_files else "non-project file"
    if entry.kind == "s":
        return "skipped source code" if options.skip_sourcecode else None
    if entry.kind != "d":
        return "internal file"
    if options.skip_deps:
        return "skipped dependency"
    # a dependency may be any file of the project, under another name; the rest is not its own
    is_own = entry.source == f"file:{path}"
    return None if is_own or options.all_files else "non-project dependency"


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(os.path.basename(path), pattern)


def _is_inside(path: str) -> bool:
    return not os.path.isabs(path) and os.path.normpath(path).split(os.sep)[0] != os.pardir


def _same(run: Run, path: str, target: Path) -> str | None:
    source = os.path.join(run.path, path)
    try:
        if filecmp.cmp(source, target, shallow=False):
            return "unchanged"
    except OSError:  # there is none there
        pass
    return None if os.path.isfile(source) else "not a file"


def check_replaced(
    merge: MergePlan, environ: Mapping[str, str], *, allow_committed: bool = True
) -> None:
    """Raise GuildError if a file would be lost: one that is replaced though it is not in the
    version control system as it is. Without `allow_committed` no file may be replaced."""
    replaced = [
        copy.target_path for copy in merge.copies if (merge.target / copy.target_path).exists()
    ]
    if not replaced:
        return
    unsafe = replaced
    if allow_committed:
        unsafe = _changed(merge.target, replaced, environ)
    if unsafe:
        more = f" and {len(unsafe) - 5} more" if len(unsafe) > 5 else ""
        why = "is not committed" if allow_committed else "exists"
        raise GuildError(
            f"{', '.join(unsafe[:5])}{more} in {merge.target} would be replaced and {why} - "
            f"to replace in any case use --replace"
        )


def _changed(folder: Path, paths: list[str], environ: Mapping[str, str]) -> list[str]:
    """Those of `paths` that git cannot bring back."""
    if not git.in_work_tree(os.path.abspath(folder)):
        return paths
    try:
        tracked = git.run_git(str(folder), environ, "ls-files", "-z", "--", *paths)
        differing = git.run_git(
            str(folder), environ, "diff", "--name-only", "--relative", "-z", "HEAD", "--", *paths
        )
    except git.GitUnusableError:
        return paths
    safe = set(os.fsdecode(tracked).split("\0")) - set(os.fsdecode(differing).split("\0"))
    return [path for path in paths if path not in safe]


def copy(merge: MergePlan, path: Copy) -> None:
    """Copy one file of the plan, whole or not at all. Raises GuildError."""
    target = merge.target / path.target_path
    temp = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.join(merge.run.path, path.run_path), temp)
        os.replace(temp, target)
    except OSError as error:
        raise GuildError(f"cannot copy to {target}: {error.strerror}") from None
    finally:
        temp.unlink(missing_ok=True)
