"""What a flag's `nb-replace`, a regular expression, means in the cells of a notebook.

It is looked for in each cell, as it is written, and the first match counts. What its groups
match stands for the flag's value, in one without groups all that it matches.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

from guild.plugins.notebook.cells import CodeCell
from guild.plugins.python_flags.constants import UNKNOWN, literal


def value_in_place(cells: Iterable[CodeCell], pattern: str) -> Any:
    """The first literal that stands where `pattern` matches; None if none does."""
    for cell in cells:
        for start, end in _places(cell.source, pattern):
            value = _literal(cell.source[start:end])
            if value is not UNKNOWN:
                return value
    return None


def replaced(source: str, pattern: str, value: str) -> str | None:
    """`source` with `value` where `pattern` matches; None if it does not match."""
    places = _places(source, pattern)
    for start, end in sorted(places, reverse=True):
        source = source[:start] + value + source[end:]
    return source if places else None


def _literal(text: str) -> Any:
    try:
        return literal(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN


def _places(source: str, pattern: str) -> list[tuple[int, int]]:
    match = re.search(pattern, source, re.MULTILINE)
    return [] if match is None else list(_outer(match))


def _outer(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The groups that match, but those within another."""
    end = -1
    for number in range(1, match.re.groups + 1) if match.re.groups else (0,):
        if match.start(number) >= max(end, 0):
            end = match.end(number)
            yield match.span(number)
