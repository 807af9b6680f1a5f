"""A table of values as text for people, as CSV and as JSON."""

from __future__ import annotations

import math
from typing import Any, TextIO

from guild.base.text import printable
from guild.index.comparison_table import Table

_DECIMALS = 6


def cell_text(value: Any) -> str:
    """A value as people read it, in one line: empty for None, booleans as `yes` and `no`,
    NaN and infinities as YAML has them, other numbers with at most six decimals."""
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, int):
        return str(value)
    from guild.flags.values import encode  # brings YAML, which most tables need not

    return printable(encode(value))


def _float_text(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    number, e, exponent = repr(value).partition("e")
    decimals = number.partition(".")[2]
    if len(decimals) > _DECIMALS:
        return f"{value:.{_DECIMALS}{'e' if e else 'f'}}"
    if e and not decimals:  # as YAML writes it, for which 1e-05 is a text
        number += ".0"
    return f"{number}{e}{exponent}"


def write_csv(table: Table, file: TextIO) -> None:
    """Write the header and the rows, numbers with all their digits.

    `file` has to be open with `newline=""`. Raises OSError.
    """
    import csv

    writer = csv.writer(file, lineterminator="\n")
    if table.header:
        writer.writerow(table.header)
    writer.writerows(table.rows)


def to_json(table: Table) -> str:
    """A list with a mapping by header for each row; NaN and infinities as Python and
    JavaScript name them; what JSON has no type for as text."""
    import json

    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return json.dumps(rows, default=str)
