"""Which files of a project are its source code, and why the others are not."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode import git
from guild.ops.stage.sourcecode.folders import Folders
from guild.ops.stage.sourcecode.rules import Rules, describe_rule
from guild.ops.stage.sourcecode.textfile import is_text_file

MAX_SIZE = 1024 * 1024
"""No file above this many bytes is source code by default."""
MAX_FILES = 100
"""No more files than this are source code by default, those aside that git tracks."""

_NAMES_TOLD = 3
_HOW_TO_CHOOSE = "to choose what is copied define 'sourcecode' for the operation"


class SelectedFile(NamedTuple):
    """A file to copy: its path relative to the root, size in bytes, and permissions."""

    path: str
    size: int
    mode: int


class Skipped(NamedTuple):
    """What is not copied: a path relative to the root, with a `/` at the end for a folder."""

    path: str
    reason: str


class Selection(NamedTuple):
    """The source code of an operation.

    Attributes:
        root: the folder that paths are relative to.
        files: what to copy, sorted by path.
        skipped: what was looked at and left out, sorted by path.
        warnings: what the user should know, a line each.
        basis: the default rules and those of the definition in words, one a line; none where
            source code is switched off.
    """

    root: str
    files: tuple[SelectedFile, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    basis: tuple[str, ...]


class _Candidate(NamedTuple):
    path: str
    tracked: bool = False
    left_out: str | None = None
    """Why the defaults leave the file out, whatever it holds."""


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


def select(
    root: str | os.PathLike[str],
    definition: SourceCodeDef,
    *,
    started: str | None = None,
    environ: Mapping[str, str] | None = None,
    explain: bool = False,
) -> Selection:
    """The files below `root` that are source code by `definition` and the defaults.

    `started` is the file that the operation starts, which no default leaves out: not its
    size, that it is binary, one too many, or ignored by git.
    With `explain`, what git ignores is among those skipped as well.
    Raises GuildError if `root` is no folder that can be read.
    """
    root = os.path.abspath(os.fspath(root))
    if not os.path.isdir(root):
        raise GuildError(
            f"source code root {root!r} is no folder - correct 'root' under 'sourcecode'"
        )
    if not definition.enabled:
        return Selection(root, (), (), (), ())
    rules = Rules(definition, root)
    environ = os.environ if environ is None else environ
    git_files, git_warnings = _ask_git(root, environ, with_ignored=rules.includes or explain)
    folders = Folders(root, rules, in_work_tree=git_files is not None)
    candidates = (
        map(_Candidate, folders.walk(""))
        if git_files is None
        else _git_candidates(git_files, folders, root)
    )
    judge = _Judge(root, rules, started)
    for candidate in sorted(candidates, key=_path):
        judge.decide(candidate)
    if started is not None and not judge.has_seen_started:
        judge.decide(_Candidate(started))
    skipped = judge.skipped + [Skipped(*item) for item in folders.left_out.items()]
    basis = (*folders.basis(), *(_FOLDER_BASIS if git_files is None else _GIT_BASIS))
    return Selection(
        root,
        files=tuple(sorted(judge.files)),
        skipped=tuple(sorted(skipped)),
        warnings=(*git_warnings, *judge.warnings()),
        basis=(*basis, *map(describe_rule, definition.select)),
    )


def _path(candidate: _Candidate) -> str:
    return candidate.path


def _ask_git(
    root: str, environ: Mapping[str, str], *, with_ignored: bool
) -> tuple[_GitFiles | None, tuple[str, ...]]:
    """What git says of `root`, None outside of a work tree, and warnings."""
    if not git.in_work_tree(root):
        return None, ()
    try:
        listed = git.list_files(root, environ)
        # nothing at all is listed in a folder that a repository around it ignores
        if not listed.tracked and not listed.untracked:
            return None, ()
        return _GitFiles(listed, git.list_ignored(root, environ) if with_ignored else []), ()
    except git.GitUnusableError as error:
        return None, (f"source code is selected without git's ignore rules: {error}",)


def _git_candidates(files: _GitFiles, folders: Folders, root: str) -> Iterator[_Candidate]:
    prefix = os.path.join(root, "")
    listed = files.listed
    for paths, tracked in ((listed.tracked, True), (listed.untracked, False)):
        for path in paths:
            parent, _, name = path.rpartition("/")
            if not folders.enters(parent):
                continue
            if path in listed.guildignored:
                yield _Candidate(path, tracked, "excluded by .guildignore")
            elif name.startswith(".git") or name == ".guildignore":
                yield _Candidate(path, tracked, "exclude .git*, .guildignore")
            elif os.path.isdir(prefix + path):  # a link: git follows none
                yield from (_Candidate(inner) for inner in folders.walk(path))
            else:
                yield _Candidate(path, tracked)
    for path in files.ignored:
        yield from _ignored_candidates(path, folders)


def _ignored_candidates(path: str, folders: Folders) -> Iterator[_Candidate]:
    reason = "ignored by git"
    folder = path.rpartition("/")[0]
    if not path.endswith("/"):
        if folders.enters(folder):
            yield _Candidate(path, left_out=reason)
        return
    rule = folders.opened_by(folder)
    if rule is None:
        folders.leave_out(folder, reason)
    else:
        left_out = None if rule.kind == "dir" else reason
        yield from (_Candidate(inner, left_out=left_out) for inner in folders.walk(folder))


class _Judge:
    """Decides on one file after another and keeps count."""

    def __init__(self, root: str, rules: Rules, started: str | None) -> None:
        self.has_seen_started = False
        self._started = started
        self.files: list[SelectedFile] = []
        self.skipped: list[Skipped] = []
        self._prefix = os.path.join(root, "")
        self._rules = rules
        self._untracked = 0
        self._secret: list[str] = []
        self._too_big: list[str] = []
        self._too_many: list[str] = []
        self._unusable: list[tuple[str, str]] = []

    def decide(self, candidate: _Candidate) -> None:
        """Put the candidate with the files selected or with those skipped."""
        path = candidate.path
        self.has_seen_started |= path == self._started
        full = self._prefix + path
        try:
            info = os.stat(full)
            if not stat.S_ISREG(info.st_mode):
                self._cannot_use(candidate, _file_type(info.st_mode))
                return
            reason = self._why_not(candidate, full, info.st_size)
        except FileNotFoundError:
            if os.path.islink(full):
                self._cannot_use(candidate, "a broken link")
            return  # deleted, though git still tracks it
        except OSError as error:
            self._cannot_use(candidate, f"unreadable: {error.strerror}")
            return
        if reason is None:
            self.files.append(SelectedFile(path, info.st_size, stat.S_IMODE(info.st_mode)))
        else:
            self.skipped.append(Skipped(path, reason))

    def warnings(self) -> Iterator[str]:
        """What the limits left out and what could not be read, a line each."""
        if self._unusable:
            told = tell_names([f"{path} ({reason})" for path, reason in self._unusable])
            yield f"left out of the source code, as they cannot be copied: {told}"
        if self._secret:
            yield (
                f"left out of the source code, as they may hold secrets: "
                f"{tell_names(self._secret)} - {_HOW_TO_CHOOSE}"
            )
        if self._too_big:
            yield (
                f"left out of the source code, as they are over 1 MB: "
                f"{tell_names(self._too_big)} - {_HOW_TO_CHOOSE}"
            )
        if self._too_many:
            yield (
                f"left out of the source code, as only {MAX_FILES} files are copied by default: "
                f"{tell_names(self._too_many)} - {_HOW_TO_CHOOSE}"
            )

    def _why_not(self, candidate: _Candidate, full: str, size: int) -> str | None:
        """Why the file is not selected, None if it is. Raises OSError."""
        path = candidate.path
        by_rules, reason = self._by_rules(candidate, lambda: is_text_file(full))
        if by_rules:
            return reason
        if not candidate.tracked:
            if self._untracked >= MAX_FILES:  # no look into the rest: it may be a data set
                self._too_many.append(path)
                return f"over {MAX_FILES} files"
            if not is_text_file(full):
                return "not text"
        if size > MAX_SIZE:
            self._too_big.append(path)
            return "over 1 MB"
        self._untracked += not candidate.tracked
        return None

    def _by_rules(
        self, candidate: _Candidate, is_text: Callable[[], bool]
    ) -> tuple[bool, str | None]:
        """Whether rules or listing decide on the file, and if so why it is not selected."""
        rule = self._rules.for_file(candidate.path, is_text)
        if rule is not None:
            return True, None if rule.action == "include" else describe_rule(rule)
        if candidate.path == self._started:
            return True, None
        if candidate.left_out is None and may_hold_secrets(candidate.path):
            self._secret.append(candidate.path)
            return True, "may hold secrets"
        return candidate.left_out is not None, candidate.left_out

    def _cannot_use(self, candidate: _Candidate, what: str) -> None:
        """Tell of what would be selected, were it a file that can be read."""
        _, reason = self._by_rules(candidate, lambda: False)
        if reason is None:
            self._unusable.append((candidate.path, what))
        self.skipped.append(Skipped(candidate.path, reason or what))


_SECRET_NAME = re.compile(
    r"\.env(\.(?!example$|sample$|template$|dist$).*)?|\.netrc|\.pypirc|\.git-credentials"
    r"|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|p12|pfx)"
)


def may_hold_secrets(path: str) -> bool:
    """Whether the file `path` is called what files of passwords and keys are called."""
    return _SECRET_NAME.fullmatch(path.rpartition("/")[2]) is not None


def tell_names(names: list[str]) -> str:
    """How many there are, and the first of them: `5 (a.py, b.py, c.py ...)`."""
    more = " ..." if len(names) > _NAMES_TOLD else ""
    return f"{len(names)} ({', '.join(map(printable, names[:_NAMES_TOLD]))}{more})"


def printable(path: str, *, quoted: bool = False) -> str:
    """A path to show: quoted if asked or if there is in it what no terminal shows."""
    return path if path.isprintable() and not quoted else repr(path)


def _file_type(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no file")
