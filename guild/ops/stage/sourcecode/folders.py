"""Which folders of a project are looked into for source code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase

from guild.guildfile.sourcecode_def import SourceCodeRule
from guild.ops.stage.sourcecode.rules import Rules, describe_rule

_NEVER = (".git", ".guild")
_LEFT_OUT_IN_WORK_TREE = ("__pycache__",)
_LEFT_OUT = (".*", "__pycache__", "build", "dist", "*.egg-info")
_NOCOPY_MARKS = (".nocopy", ".guild-nocopy")
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta", "bin/activate", "Scripts/activate")


class Folders:
    """Answers for each folder below `root` whether it is entered, and walks it.

    A rule of the project decides first, then the defaults: hidden, cache and build folders,
    virtual environments and folders that are marked are left out. `.git` and `.guild` always are.

    Attributes:
        left_out: the folders not entered, with a `/` at the end, and why.
    """

    def __init__(self, root: str, rules: Rules, *, in_work_tree: bool) -> None:
        self._prefix = os.path.join(root, "")
        self._rules = rules
        self._names = _LEFT_OUT_IN_WORK_TREE if in_work_tree else _LEFT_OUT
        self._entered = {"": True}
        self.left_out: dict[str, str] = {}

    def basis(self) -> tuple[str, ...]:
        """The defaults in words, one a line."""
        marks = ", ".join((*_NOCOPY_MARKS, *_ENVIRONMENT_MARKS))
        names = ", ".join(dict.fromkeys((*_NEVER, *self._names)))
        return (f"exclude dir {names}", f"exclude dir * containing {marks}")

    def enters(self, path: str) -> bool:
        """Whether the folder `path` and all above it are entered."""
        known = self._entered.get(path)
        if known is None:
            known = self.enters(path.rpartition("/")[0])
            if known:
                reason = self._why_not(path)
                if reason is not None:
                    self.leave_out(path, reason)
                    known = False
            self._entered[path] = known
        return known

    def opened_by(self, path: str) -> SourceCodeRule | None:
        """The project's rule that brings in the folder `path`, if there is one."""
        rule = self._rules.for_folder(path)
        return rule if rule is not None and rule.action == "include" else None

    def leave_out(self, path: str, reason: str) -> None:
        """Remember that the folder `path` is left out."""
        self.left_out[f"{path}/"] = reason

    def walk(self, path: str) -> Iterator[str]:
        """The files in the folder `path` and in those below that are entered, links followed."""
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
                self.leave_out(path, "a link to a folder that it is in")
                return
            with os.scandir(full) as scan:
                entries = list(scan)
        except OSError as error:
            self.leave_out(path, f"unreadable: {error.strerror}")
            return
        for entry in entries:
            inner = f"{path}/{entry.name}" if path else entry.name
            if _is_folder(entry):
                yield from self._walk(inner, (*above, identity))
            else:
                yield inner

    def _why_not(self, path: str) -> str | None:
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
