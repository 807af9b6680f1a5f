"""Differences of files and folders as unified diffs, where the system has no `diff`."""

from __future__ import annotations

import difflib
import filecmp
import os
from collections.abc import Iterator

import click

_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def lines(left: str, right: str, *, color: bool) -> Iterator[str]:
    """The lines of the diff of two files, or of all files in two folders."""
    if os.path.isdir(left) or os.path.isdir(right):
        for path in sorted({*_files(left), *_files(right)}):
            yield from _file_lines(os.path.join(left, path), os.path.join(right, path), color)
    else:
        yield from _file_lines(left, right, color)


def _files(folder: str) -> Iterator[str]:
    for path, _folders, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(path, name), folder)


def _file_lines(left: str, right: str, color: bool) -> Iterator[str]:
    for path, other in ((left, right), (right, left)):
        if not os.path.exists(path) and os.path.exists(other):
            yield f"Only in {os.path.dirname(other)}: {os.path.basename(other)}"
            return
    if not os.path.isdir(left) and not os.path.isdir(right) and _differ(left, right):
        texts = [_text(left), _text(right)]
        if None in texts:
            yield f"Binary files {left} and {right} differ"
            return
        before, after = ((text or "").splitlines() for text in texts)
        for line in difflib.unified_diff(before, after, left, right, lineterm=""):
            yield click.style(line, fg=_COLORS.get(line[:1])) if color else line


def _differ(left: str, right: str) -> bool:
    if not (os.path.isfile(left) and os.path.isfile(right)):
        return True  # one is the null device
    return not filecmp.cmp(left, right, shallow=False)


def _text(path: str) -> str | None:
    """The text of a file; None if it is binary."""
    with open(path, "rb") as file:
        data = file.read()
    return None if b"\0" in data[:8192] else data.decode("utf-8", "surrogateescape")
