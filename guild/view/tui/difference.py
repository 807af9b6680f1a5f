"""In what two runs differ."""

from __future__ import annotations

from collections.abc import Sequence

from guild.api.table_formats import cell_text
from guild.view.tui.table_source import Row


def diff_lines(header: Sequence[str], a: Row, b: Row) -> list[str]:
    """Columns of text: what differs, and what it is in each run; what is alike, below that."""
    named = list(zip(header, a.texts, b.texts, strict=True))
    shown = {name for name, *_ in named}
    named += [
        (name, cell_text(a.run.flags.get(name)), cell_text(b.run.flags.get(name)))
        for name in sorted({*a.run.flags, *b.run.flags} - shown)
    ]
    differing = [one for one in named if one[1] != one[2]]
    alike = [one for one in named if one[1] == one[2] and one[1]]
    widths = [max(len(one[n]) for one in named) for n in (0, 1)]
    return [
        *(_line(one, widths) for one in differing),
        *(["", "The same in both:", ""] if alike else []),
        *(f"{name:{widths[0]}}  {value}".rstrip() for name, value, _ in alike),
    ]


def _line(texts: tuple[str, str, str], widths: Sequence[int]) -> str:
    return f"{texts[0]:{widths[0]}}  {texts[1]:{widths[1]}}  {texts[2]}".rstrip()
