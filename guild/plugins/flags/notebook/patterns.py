"""Values that a flag's `nb-replace`, a regular expression, selects in a notebook.

Each cell is searched as it is written, and its first match counts. The groups of the
match contain the flag's value; without groups the entire match does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

from guild.plugins.flags.interpreter.constants import UNKNOWN, literal
from guild.plugins.flags.notebook.cells import CodeCell


def find_value(cells: Iterable[CodeCell], pattern: str) -> Any:
    """Return the first literal that `pattern` selects in `cells`, or None."""
    for cell in cells:
        for start, end in _spans(cell.source, pattern):
            value = _parse_literal(cell.source[start:end])
            if value is not UNKNOWN:
                return value
    return None


def replace_value(source: str, pattern: str, value: str) -> str | None:
    """Return `source` with `value` where `pattern` selects one, or None if it never matches."""
    spans = _spans(source, pattern)
    for start, end in sorted(spans, reverse=True):
        source = source[:start] + value + source[end:]
    return source if spans else None


def _parse_literal(code: str) -> Any:
    try:
        return literal(ast.parse(code.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN


def _spans(source: str, pattern: str) -> list[tuple[int, int]]:
    match = re.search(pattern, source, re.MULTILINE)
    return [] if match is None else list(_outer_groups(match))


def _outer_groups(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield the spans of the groups that match and are not inside another group."""
    end = -1
    for number in range(1, match.re.groups + 1) if match.re.groups else (0,):
        if match.start(number) >= max(end, 0):
            end = match.end(number)
            yield match.span(number)
