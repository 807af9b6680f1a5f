"""Selection of the files of a project that are its source code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode import git
from guild.ops.stage.sourcecode.file_decisions import (
    MAX_FILES,
    Candidate,
    FileDecisions,
    SelectedFile,
    Skipped,
)
from guild.ops.stage.sourcecode.folders import Folders
from guild.ops.stage.sourcecode.rules import Rules, describe_rule


class Selection(NamedTuple):
    """The source code of an operation.

    Attributes:
        root: the directory that paths are relative to.
        files: the files to copy, sorted by path.
        skipped: the files and directories that are not copied, sorted by path.
        warnings: warnings for the user, one line each.
        basis: the default rules and those of the definition, described in one line each; empty
            if source code is disabled.
    """

    root: str
    files: tuple[SelectedFile, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    basis: tuple[str, ...]


class _GitFiles(NamedTuple):
    listed: git.Listing
    ignored: list[str]


_GIT_BASIS = (
    "include files that git tracks, size <= 1 MB",
    f"include text files that git does not ignore, size <= 1 MB, at most {MAX_FILES}",
    "exclude .git*, .guildignore",
    "exclude .env and other files that hold secrets by their names",
)
_FOLDER_BASIS = (
    f"include text files, size <= 1 MB, at most {MAX_FILES}",
    "exclude .env and other files that hold secrets by their names",
)


def select_sourcecode(
    root: str | os.PathLike[str],
    definition: SourceCodeDef,
    *,
    environ: Mapping[str, str],
    started: str | None = None,
    explain: bool = False,
) -> Selection:
    """Select the files below `root` that are source code by `definition` and the default rules.

    `started` is the file that the operation starts. No default rule excludes it: neither for its
    size or content, nor because of the file limit or git's ignore rules. With `explain`, the
    skipped files include those that git ignores. `environ` is the environment to run git in.
    Raises GuildError if `root` is not a directory.
    """
    root = os.path.abspath(os.fspath(root))
    if not os.path.isdir(root):
        raise GuildError(
            f"source code root '{root}' is not a directory; correct 'root' under 'sourcecode'"
        )
    if not definition.enabled:
        return Selection(root, (), (), (), ())
    rules = Rules(definition, root)
    git_files, git_warnings = _list_with_git(root, environ, with_ignored=rules.includes or explain)
    folders = Folders(root, rules, in_work_tree=git_files is not None)
    candidates = (
        map(Candidate, folders.walk(""))
        if git_files is None
        else _git_candidates(git_files, folders, root)
    )
    decisions = FileDecisions(root, rules, started)
    for candidate in sorted(candidates, key=_path):
        decisions.decide(candidate)
    if started is not None and not decisions.has_started_file:
        decisions.decide(Candidate(started))
    skipped = decisions.skipped + [Skipped(*item) for item in folders.skipped.items()]
    basis = (*folders.describe_defaults(), *(_FOLDER_BASIS if git_files is None else _GIT_BASIS))
    return Selection(
        root,
        files=tuple(sorted(decisions.files)),
        skipped=tuple(sorted(skipped)),
        warnings=(*git_warnings, *decisions.warnings()),
        basis=(*basis, *map(describe_rule, definition.select)),
    )


def _path(candidate: Candidate) -> str:
    return candidate.path


def _list_with_git(
    root: str, environ: Mapping[str, str], *, with_ignored: bool
) -> tuple[_GitFiles | None, tuple[str, ...]]:
    """Return the files that git lists below `root`, and warnings.

    The files are None outside a work tree, or if git cannot be used.
    """
    if not git.in_work_tree(root):
        return None, ()
    try:
        listed = git.list_files(root, environ)
        # Git lists no files at all in a directory that an outer repository ignores.
        if not listed.tracked and not listed.untracked:
            return None, ()
        ignored = git.list_ignored(root, environ) if with_ignored else []
        taken_back = tuple(listed.untracked)
        ignored = [
            path for path in ignored if not any(file.startswith(path) for file in taken_back)
        ]
        return _GitFiles(listed, ignored), ()
    except git.GitUnusableError as error:
        if environ.get("NO_WARN_GIT_MISSING") == "1":
            return None, ()
        return None, (f"source code is selected without git's ignore rules: {error}",)


def _git_candidates(files: _GitFiles, folders: Folders, root: str) -> Iterator[Candidate]:
    prefix = os.path.join(root, "")
    listed = files.listed
    for paths, tracked in ((listed.tracked, True), (listed.untracked, False)):
        for path in paths:
            parent, _, name = path.rpartition("/")
            if not folders.enters(parent):
                continue
            if path in listed.guildignored:
                yield Candidate(path, tracked, "excluded by .guildignore")
            elif name.startswith(".git") or name == ".guildignore":
                yield Candidate(path, tracked, "exclude .git*, .guildignore")
            elif os.path.isdir(prefix + path):  # a link, which git does not follow
                yield from map(Candidate, folders.walk(path))
            else:
                yield Candidate(path, tracked)
    for path in files.ignored:
        yield from _ignored_candidates(path, folders)


def _ignored_candidates(path: str, folders: Folders) -> Iterator[Candidate]:
    reason = "ignored by git"
    folder = path.rpartition("/")[0]
    if not path.endswith("/"):
        if folders.enters(folder):
            yield Candidate(path, exclusion=reason)
        return
    rule = folders.including_rule(folder)
    if rule is None:
        folders.skip(folder, reason)
    else:
        exclusion = None if rule.kind == "dir" else reason
        yield from (Candidate(inner, exclusion=exclusion) for inner in folders.walk(folder))
