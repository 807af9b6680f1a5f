"""The rules of a `sourcecode` definition, ready to be asked about paths."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable
from typing import NamedTuple

from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule


class _Compiled(NamedTuple):
    rule: SourceCodeRule
    matches: Callable[[str], object]
    literal: str
    """The folders a pattern names before its first wildcard, `""` for none."""


class Rules:
    """What a project says about its source code; of several rules that match the last wins.

    Patterns are globs as `fnmatch` has them, so that `*` matches `/` too. One without `/`
    is matched against a path's last name, any other against the whole path, relative to
    the root. A plain pattern that names a folder stands for all that is in it.

    Attributes:
        includes: there is a rule that can bring in what is left out by default.
    """

    def __init__(self, definition: SourceCodeDef, root: str) -> None:
        compiled = [_compile(rule, root) for rule in definition.select]
        last_first = compiled[::-1]
        self.includes = any(rule.action == "include" for rule in definition.select)
        self._file_rules = [item for item in last_first if item.rule.kind != "dir"]
        self._all_rules = last_first

    def for_file(self, path: str, is_text: Callable[[], bool]) -> SourceCodeRule | None:
        """The rule that decides on the file `path`, None if the defaults do.

        `is_text` tells what the file holds; it is called only where a rule needs it.
        """
        for rule, matches, _ in self._file_rules:
            if matches(path) and (rule.kind == "pattern" or (rule.kind == "text") == is_text()):
                return rule
        return None

    def for_folder(self, path: str) -> SourceCodeRule | None:
        """The rule that decides whether the folder `path` is entered, None if the defaults do.

        An include of files that names the folder, or a path in it, without a wildcard opens it too.
        """
        for rule, matches, literal in self._all_rules:
            if rule.kind == "dir":
                if matches(path):
                    return rule
            elif rule.action == "include" and (literal + "/").startswith(path + "/"):
                return rule
        return None


def describe_rule(rule: SourceCodeRule) -> str:
    """A rule as `--test-sourcecode` shows it: `exclude dir data`."""
    kind = "" if rule.kind == "pattern" else f"{rule.kind} "
    return f"{rule.action} {kind}{rule.pattern}"


def _compile(rule: SourceCodeRule, root: str) -> _Compiled:
    pattern = rule.pattern.removeprefix("./")
    is_anchored = "/" in pattern.rstrip("/")
    pattern = pattern.strip("/") if pattern.strip("/") else pattern
    if rule.kind == "pattern" and _names_folder(rule.pattern, pattern, root):
        pattern, is_anchored = f"{pattern}/*", True
    match = re.compile(fnmatch.translate(pattern)).match
    if is_anchored:
        return _Compiled(rule, match, _literal_folder(pattern))
    return _Compiled(rule, lambda path: match(path.rpartition("/")[2]), "")


def _names_folder(written: str, pattern: str, root: str) -> bool:
    return written.endswith("/") or os.path.isdir(os.path.join(root, pattern))


def _literal_folder(pattern: str) -> str:
    literal = re.match(r"[^*?\[]*", pattern)
    assert literal is not None
    return literal.group().rpartition("/")[0]
