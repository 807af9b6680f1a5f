"""Unified diffs of files and directories, for systems without `diff`."""

from __future__ import annotations

import difflib
import filecmp
import os
from collections.abc import Iterator

import click

_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def diff_lines(left: str, right: str, *, color: bool) -> Iterator[str]:
    """Yield the lines of the diff of two files, or of all files in two directories."""
    if os.path.isdir(left) or os.path.isdir(right):
        for path in sorted({*_list_files(left), *_list_files(right)}):
            yield from _diff_files(os.path.join(left, path), os.path.join(right, path), color)
    else:
        yield from _diff_files(left, right, color)


def _list_files(directory: str) -> Iterator[str]:
    for path, _directories, names in os.walk(directory):
        for name in names:
            yield os.path.relpath(os.path.join(path, name), directory)


def _diff_files(left: str, right: str, color: bool) -> Iterator[str]:
    for path, other in ((left, right), (right, left)):
        if not os.path.exists(path) and os.path.exists(other):
            yield f"Only in {os.path.dirname(other)}: {os.path.basename(other)}"
            return
    if not os.path.isdir(left) and not os.path.isdir(right) and _differ(left, right):
        contents = [_read_text(left), _read_text(right)]
        if None in contents:
            yield f"Binary files {left} and {right} differ"
            return
        before, after = ((content or "").splitlines() for content in contents)
        for line in difflib.unified_diff(before, after, left, right, lineterm=""):
            yield click.style(line, fg=_COLORS.get(line[:1])) if color else line


def _differ(left: str, right: str) -> bool:
    if not (os.path.isfile(left) and os.path.isfile(right)):
        return True  # one of them is the null device
    return not filecmp.cmp(left, right, shallow=False)


def _read_text(path: str) -> str | None:
    """Return the content of a file, or None if it is binary."""
    with open(path, "rb") as file:
        data = file.read()
    return None if b"\0" in data[:8192] else data.decode("utf-8", "surrogateescape")
