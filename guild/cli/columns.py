"""Rows of strings in aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def align_rows(rows: Iterable[Sequence[str]], gap: str = "  ") -> list[str]:
    """Return `rows` as lines, with each column as wide as its widest cell."""
    table = [list(row) for row in rows]
    count = max((len(row) for row in table), default=0)
    widths = [
        max((len(row[column]) for row in table if column < len(row)), default=0)
        for column in range(count)
    ]
    return [
        gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in table
    ]
