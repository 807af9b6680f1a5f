"""Merging of runs: their files are copied back to the project."""

from __future__ import annotations

import filecmp
import fnmatch
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from guild.api.run_files import list_files
from guild.base.errors import GuildError
from guild.ops.stage.sourcecode import git
from guild.run import Run
from guild.runs import manifest


class MergeOptions(NamedTuple):
    """The choice of files to copy.

    Attributes:
        all_files: copy generated files too.
        skip_sourcecode: skip the source code.
        skip_deps: skip the dependencies that are files of the project.
        exclude: patterns of paths in the run to skip.
    """

    all_files: bool = False
    skip_sourcecode: bool = False
    skip_deps: bool = False
    exclude: tuple[str, ...] = ()


class Copy(NamedTuple):
    """A file to copy: its path in the run, and in the target directory."""

    run_path: str
    target_path: str


class Skip(NamedTuple):
    """A file that is not copied, and the reason."""

    run_path: str
    reason: str


class MergePlan(NamedTuple):
    """The files that a merge copies and skips, both in the order of paths."""

    run: Run
    target: Path
    copies: tuple[Copy, ...]
    skips: tuple[Skip, ...]


def find_default_target(run: Run, cwd: Path) -> Path:
    """Return the current directory `cwd` if it is the project that `run` is from.

    Raises GuildError for a run from another project.
    """
    project = run.opref.project_dir if run.opref else None
    if project is not None:
        if os.path.realpath(project) == os.path.realpath(cwd):
            return cwd
        origin = f"was created from a different project ({project})"
    else:
        origin = "does not record its project"
    # Guild AI 0.9 wording
    raise GuildError(
        f"run {run.short_id} {origin} - cannot merge to the current directory by default\n"
        f"Use '--target-dir .' to override this check or try 'guild merge --help' for more "
        f"information."
    )


def plan_merge(run: Run, target: Path, options: MergeOptions) -> MergePlan:
    """Plan to merge `run` into the directory `target`.

    Raises GuildError if the directory of the run does not exist.
    """
    entries = {entry.run_path: entry for entry in manifest.read_entries(run.path)}
    copies, skips = [], []
    for path in list_files(run, hidden=True):
        if path.endswith("/") or path.startswith(".guild/"):
            continue
        entry = entries.get(path)
        source = entry.source if entry and entry.kind == "s" else path
        reason = _skip_reason(path, entry, options) or _compare_content(run, path, target / source)
        if reason is None and not _is_inside(source):
            reason = "not in the project"
        if reason is None:
            copies.append(Copy(path, os.path.normpath(source)))
        else:
            skips.append(Skip(path, reason))
    return MergePlan(run, target, tuple(copies), tuple(skips))


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
    # A dependency can have another name than its file in the project. Only files that have the
    # same path in both belong to the project.
    is_own = entry.source == f"file:{path}"
    return None if is_own or options.all_files else "non-project dependency"


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(os.path.basename(path), pattern)


def _is_inside(path: str) -> bool:
    return not os.path.isabs(path) and os.path.normpath(path).split(os.sep)[0] != os.pardir


def _compare_content(run: Run, path: str, target: Path) -> str | None:
    """Return why the file does not need to be copied or cannot be, or None if it can."""
    source = os.path.join(run.path, path)
    try:
        if filecmp.cmp(source, target, shallow=False):
            return "unchanged"
    except OSError:  # the target does not exist
        pass
    return None if os.path.isfile(source) else "not a file"


def check_replaced_files(
    merge: MergePlan, target_name: str, environ: Mapping[str, str], *, allow_committed: bool = True
) -> None:
    """Check that git has a copy of each file to be replaced, so that none is lost.

    Without `allow_committed`, no existing file may be replaced at all. Messages call the target
    directory `target_name`. Raises GuildError.
    """
    replaced = [
        copy.target_path for copy in merge.copies if (merge.target / copy.target_path).exists()
    ]
    in_git = allow_committed and git.in_work_tree(os.path.abspath(merge.target))
    unsafe = _changed_in_git(merge.target, replaced, environ) if in_git and replaced else replaced
    if not unsafe:
        return
    problem, remedy = "would be replaced", "Use"
    if in_git:
        problem, remedy = "have uncommitted changes", "Commit or stash these changes or use"
    # Guild AI 0.9 wording
    lines = [f"files in {target_name} {problem}:", *(f"  {path}" for path in unsafe)]
    raise GuildError("\n".join([*lines, f"{remedy} --replace to skip this check."]))


def _changed_in_git(folder: Path, paths: list[str], environ: Mapping[str, str]) -> list[str]:
    """Return the `paths` that git cannot restore."""
    try:
        tracked = git.run_git(str(folder), environ, "ls-files", "-z", "--", *paths)
        differing = git.run_git(
            str(folder), environ, "diff", "--name-only", "--relative", "-z", "HEAD", "--", *paths
        )
    except git.GitUnusableError:
        return paths
    safe = set(os.fsdecode(tracked).split("\0")) - set(os.fsdecode(differing).split("\0"))
    return [path for path in paths if path not in safe]


def copy_to_target(merge: MergePlan, path: Copy) -> None:
    """Copy one file of the plan, completely or not at all. Raises GuildError."""
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
