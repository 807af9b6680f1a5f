"""Directories of a project that are searched for source code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase

from guild.guildfile.sourcecode_def import SourceCodeRule
from guild.ops.stage.sourcecode.rules import Rules, describe_rule

_NEVER = (".git", ".guild")
_SKIPPED_IN_WORK_TREE = ("__pycache__",)
_SKIPPED = (".*", "__pycache__", "build", "dist", "*.egg-info")
_NOCOPY_MARKS = (".nocopy", ".guild-nocopy")
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta", "bin/activate", "Scripts/activate")


class Folders:
    """The directories below `root` that are entered.

    `.git` and `.guild` are never entered. For any other directory the rules of the project
    decide first. By default hidden, cache and build directories, virtual environments and
    directories with a `.nocopy` file are skipped.

    Attributes:
        skipped: the reasons by skipped directory, which ends with `/`.
    """

    def __init__(self, root: str, rules: Rules, *, in_work_tree: bool) -> None:
        self._prefix = os.path.join(root, "")
        self._rules = rules
        self._names = _SKIPPED_IN_WORK_TREE if in_work_tree else _SKIPPED
        self._entered = {"": True}
        self.skipped: dict[str, str] = {}

    def describe_defaults(self) -> tuple[str, ...]:
        """Return the default rules, described in one line each."""
        marks = ", ".join((*_NOCOPY_MARKS, *_ENVIRONMENT_MARKS))
        names = ", ".join(dict.fromkeys((*_NEVER, *self._names)))
        return (f"exclude dir {names}", f"exclude dir * containing {marks}")

    def enters(self, path: str) -> bool:
        """Return whether the directory `path` and all its parents are entered."""
        is_entered = self._entered.get(path)
        if is_entered is None:
            is_entered = self.enters(path.rpartition("/")[0])
            if is_entered:
                reason = self._reason_to_skip(path)
                if reason is not None:
                    self.skip(path, reason)
                    is_entered = False
            self._entered[path] = is_entered
        return is_entered

    def including_rule(self, path: str) -> SourceCodeRule | None:
        """Return the rule of the project that includes the directory `path`, or None."""
        rule = self._rules.for_folder(path)
        return rule if rule is not None and rule.action == "include" else None

    def skip(self, path: str, reason: str) -> None:
        """Record that the directory `path` is skipped."""
        self.skipped[f"{path}/"] = reason

    def walk(self, path: str) -> Iterator[str]:
        """Yield the files below the directory `path` that are in entered directories.

        Links are followed.
        """
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(len(parts))] if path else []
        return self._walk(path, tuple(map(self._identity, above)))

    def _identity(self, path: str) -> tuple[int, int]:
        info = os.stat(self._prefix + path)
        return info.st_dev, info.st_ino

    def _walk(self, path: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
        if not self.enters(path):
            return
        full = self._prefix + path
        try:
            identity = self._identity(path)
            if identity in above:
                self.skip(path, "a link to one of its parent directories")
                return
            with os.scandir(full) as scan:
                entries = list(scan)
        except OSError as error:
            self.skip(path, f"unreadable: {error.strerror}")
            return
        for entry in entries:
            inner = f"{path}/{entry.name}" if path else entry.name
            if _is_folder(entry):
                yield from self._walk(inner, (*above, identity))
            else:
                yield inner

    def _reason_to_skip(self, path: str) -> str | None:
        name = path.rpartition("/")[2]
        if name in _NEVER:
            return f"exclude dir {name}"
        rule = self._rules.for_folder(path)
        if rule is not None:
            return None if rule.action == "include" else describe_rule(rule)
        for pattern in self._names:
            if fnmatchcase(name, pattern):
                return f"exclude dir {pattern}"
        return self._mark_in(path)

    def _mark_in(self, path: str) -> str | None:
        full = self._prefix + path
        for mark in _NOCOPY_MARKS:
            if os.path.lexists(f"{full}/{mark}"):
                return f"holds a {mark} file"
        for mark in _ENVIRONMENT_MARKS:
            if os.path.lexists(f"{full}/{mark}"):
                return f"a virtual environment: holds {mark}"
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
