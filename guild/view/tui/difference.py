"""The differences between two runs."""

from __future__ import annotations

from collections.abc import Sequence

from guild.api.table_formats import format_cell
from guild.view.tui.table_source import Row


def diff_lines(header: Sequence[str], a: Row, b: Row) -> list[str]:
    """Return lines with the values that differ between two rows, then the equal values."""
    values = list(zip(header, a.texts, b.texts, strict=True))
    columns = {name for name, *_ in values}
    values += [
        (name, format_cell(a.run.flags.get(name)), format_cell(b.run.flags.get(name)))
        for name in sorted({*a.run.flags, *b.run.flags} - columns)
    ]
    name_width, a_width = (max(len(texts[n]) for texts in values) for n in (0, 1))
    equal = [(name, in_a) for name, in_a, in_b in values if in_a == in_b and in_a]
    return [
        *(
            f"{name:{name_width}}  {in_a:{a_width}}  {in_b}".rstrip()
            for name, in_a, in_b in values
            if in_a != in_b
        ),
        *(["", "The same in both:", ""] if equal else []),
        *(f"{name:{name_width}}  {text}".rstrip() for name, text in equal),
    ]
