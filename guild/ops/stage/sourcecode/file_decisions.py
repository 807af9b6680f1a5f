"""Decisions about files: which of them are source code, and why the others are not."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator

from guild.base.named_tuple import NamedTuple
from guild.ops.stage.sourcecode.rules import Rules, describe_rule
from guild.ops.stage.sourcecode.textfile import is_text_file

MAX_SIZE = 1024 * 1024
"""Larger files, in bytes, are not source code by default."""
MAX_FILES = 100
"""By default at most this many files are source code, not counting those that git tracks."""

_MAX_NAMES = 3
_CONTROL = (
    "To control which files are copied, define 'sourcecode' for the operation in a Guild file."
)


class SelectedFile(NamedTuple):
    """A file to copy: its path relative to the root, size in bytes, and permissions."""

    path: str
    size: int
    mode: int


class Skipped(NamedTuple):
    """A file or directory that is not copied.

    The path is relative to the root and ends with `/` for a directory.
    """

    path: str
    reason: str


class Candidate(NamedTuple):
    """A file that may be source code.

    Attributes:
        path: relative to the root.
        tracked: whether git tracks it.
        exclusion: the reason why a default rule excludes it whatever it holds; None without one.
    """

    path: str
    tracked: bool = False
    exclusion: str | None = None


class FileDecisions:
    """Decides on one file after another and counts towards the limits.

    Attributes:
        files: the files selected so far.
        skipped: the files skipped so far.
        has_started_file: whether the file that the operation starts was among them.
    """

    def __init__(self, root: str, rules: Rules, started: str | None) -> None:
        self.files: list[SelectedFile] = []
        self.skipped: list[Skipped] = []
        self.has_started_file = False
        self._started = started
        self._prefix = os.path.join(root, "")
        self._rules = rules
        self._untracked = 0
        self._secret: list[str] = []
        self._too_big: list[str] = []
        self._too_many: list[str] = []
        self._unusable: list[str] = []

    def decide(self, candidate: Candidate) -> None:
        """Add the candidate to the selected or to the skipped files."""
        path = candidate.path
        self.has_started_file |= path == self._started
        full = self._prefix + path
        try:
            info = os.stat(full)
            if not stat.S_ISREG(info.st_mode):
                self._skip_unusable(candidate, _file_type(info.st_mode))
                return
            reason = self._reason_to_skip(candidate, full, info.st_size)
        except FileNotFoundError:
            if os.path.islink(full):
                self._skip_unusable(candidate, "a broken link")
            return  # deleted, although git still tracks it
        except OSError as error:
            self._skip_unusable(candidate, f"unreadable: {error.strerror}")
            return
        if reason is None:
            self.files.append(SelectedFile(path, info.st_size, stat.S_IMODE(info.st_mode)))
        else:
            self.skipped.append(Skipped(path, reason))

    def warnings(self) -> Iterator[str]:
        """Yield a warning for each reason to skip files that the user may not expect."""
        if self._unusable:
            yield f"not copied as source code: {summarize(self._unusable)}"
        if self._secret:
            yield (
                f"not copied (may hold secrets): {summarize(self._secret)}; "
                f"to copy them anyway, include them under 'sourcecode'"
            )
        for path in self._too_big[:_MAX_NAMES]:
            name = printable(path)
            yield (  # Guild AI 0.9 wording, up to the way to use the file
                f"Skipping source code file {name} because it's too big. {_CONTROL} "
                f"To use the file in the run, add --dep {name} or list it under 'requires'."
            )
        if len(self._too_big) > _MAX_NAMES:
            more = summarize(self._too_big[_MAX_NAMES:])
            yield f"Skipping more source code files because they are too big: {more}"
        if self._too_many:
            yield (  # Guild AI 0.9 wording, up to the names
                f"Found more than {MAX_FILES} source code files but will only copy {MAX_FILES} as "
                f"a safety measure. {_CONTROL} Not copied: {summarize(self._too_many)}"
            )

    def _reason_to_skip(self, candidate: Candidate, full: str, size: int) -> str | None:
        """Return why the file is not selected, or None if it is. Raises OSError."""
        path = candidate.path
        is_decided, reason = self._apply_rules(candidate, lambda: is_text_file(full))
        if is_decided:
            return reason
        if not candidate.tracked:
            if self._untracked >= MAX_FILES:  # the rest may be a data set: do not read it
                self._too_many.append(path)
                return f"over {MAX_FILES} files"
            if not is_text_file(full):
                return "not text"
        if size > MAX_SIZE:
            self._too_big.append(path)
            return "over 1 MB"
        self._untracked += not candidate.tracked
        return None

    def _apply_rules(
        self, candidate: Candidate, is_text: Callable[[], bool]
    ) -> tuple[bool, str | None]:
        """Return whether rules or the listing decide on the file, and why they exclude it."""
        rule = self._rules.for_file(candidate.path, is_text)
        if rule is not None:
            return True, None if rule.action == "include" else describe_rule(rule)
        if candidate.path == self._started:
            return True, None
        if candidate.exclusion is None and may_hold_secrets(candidate.path):
            self._secret.append(candidate.path)
            return True, "may hold secrets"
        return candidate.exclusion is not None, candidate.exclusion

    def _skip_unusable(self, candidate: Candidate, problem: str) -> None:
        """Skip a file that cannot be copied, with a warning if it would have been selected."""
        _, reason = self._apply_rules(candidate, lambda: False)
        if reason is None:
            self._unusable.append(f"{candidate.path} ({problem})")
        self.skipped.append(Skipped(candidate.path, reason or problem))


_SECRET_NAMES = frozenset(
    (".env", ".netrc", ".pypirc", ".git-credentials", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
)
_SECRET_SUFFIXES = (".pem", ".p12", ".pfx")
_ENV_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")


def may_hold_secrets(path: str) -> bool:
    """Return whether files with the name of `path` usually hold passwords or keys."""
    name = path.rpartition("/")[2]
    return (
        name in _SECRET_NAMES
        or name.endswith(_SECRET_SUFFIXES)
        or (name.startswith(".env.") and name not in _ENV_EXAMPLES)
    )


def summarize(names: list[str]) -> str:
    """Return the first few names, and the number of others: `a.py, b.py, c.py and 2 more`."""
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return f"{', '.join(map(printable, names[:_MAX_NAMES]))}{more}"


def printable(path: str, *, quoted: bool = False) -> str:
    """Return `path` for display, quoted if requested or if it has unprintable characters."""
    return path if path.isprintable() and not quoted else repr(path)


def _file_type(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "not a file")
