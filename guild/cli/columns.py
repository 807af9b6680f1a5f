"""Rows of text as aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]], gap: str = "  ") -> list[str]:
    """The lines of `rows`, each column as wide as its widest text."""
    table = [list(row) for row in rows]
    count = max((len(row) for row in table), default=0)
    widths = [
        max((len(row[column]) for row in table if column < len(row)), default=0)
        for column in range(count)
    ]
    return [
        gap.join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()
        for row in table
    ]
