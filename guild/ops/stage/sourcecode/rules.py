"""The rules of a `sourcecode` definition, compiled to be matched against paths."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable

from guild.base.named_tuple import NamedTuple
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule


class _Compiled(NamedTuple):
    rule: SourceCodeRule
    matches: Callable[[str], object]
    literal: str
    """The directory that a pattern names before its first wildcard, or an empty string."""


class Rules:
    """The source code rules of a project; of several rules that match, the last wins.

    Patterns are globs of `fnmatch`, so `*` also matches `/`. A pattern without `/` is matched
    against the last name of a path, any other against the whole path relative to the root. A
    plain pattern that names a directory selects all its files.

    Attributes:
        includes: whether a rule can include files that are excluded by default.
    """

    def __init__(self, definition: SourceCodeDef, root: str) -> None:
        compiled = [_compile(rule, root) for rule in definition.select]
        last_first = compiled[::-1]
        self.includes = any(rule.action == "include" for rule in definition.select)
        self._file_rules = [item for item in last_first if item.rule.kind != "dir"]
        self._all_rules = last_first

    def for_file(self, path: str, is_text: Callable[[], bool]) -> SourceCodeRule | None:
        """Return the rule that decides on the file `path`, or None if the defaults decide.

        `is_text` returns whether the file holds text; it is called only if a rule needs it.
        """
        for rule, matches, _ in self._file_rules:
            if matches(path) and (rule.kind == "pattern" or (rule.kind == "text") == is_text()):
                return rule
        return None

    def for_folder(self, path: str) -> SourceCodeRule | None:
        """Return the rule that decides on the directory `path`, or None if the defaults decide.

        An include rule for files opens a directory too, if it names the directory or a path in it
        without a wildcard.
        """
        for rule, matches, literal in self._all_rules:
            if rule.kind == "dir":
                if matches(path):
                    return rule
            elif rule.action == "include" and (literal + "/").startswith(path + "/"):
                return rule
        return None


def describe_rule(rule: SourceCodeRule) -> str:
    """Return the rule in the form of `--test-sourcecode`: `exclude dir data`."""
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
