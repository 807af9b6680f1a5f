"""Values of tables as text, and tables as CSV and JSON."""

from __future__ import annotations

import math
from typing import Any, TextIO

from guild.base.text import printable
from guild.index.comparison_table import Table

_DECIMALS = 6


def format_cell(value: Any) -> str:
    """Format a value as one line of text.

    None is empty, booleans are `yes` and `no`, NaN and infinities are written as in YAML, and
    other numbers have at most six decimals.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _format_float(value)
    if isinstance(value, int):
        return str(value)
    from guild.flags.values import encode  # imports YAML, which most tables do not need

    return printable(encode(value))


def _format_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    number, e, exponent = repr(value).partition("e")
    decimals = number.partition(".")[2]
    if len(decimals) > _DECIMALS:
        return f"{value:.{_DECIMALS}{'e' if e else 'f'}}"
    if e and not decimals:  # YAML reads 1e-05 as a string
        number += ".0"
    return f"{number}{e}{exponent}"


def write_csv(table: Table, file: TextIO) -> None:
    """Write the header and the rows, with all digits of numbers.

    Open `file` with `newline=""`. Raises OSError if it cannot be written.
    """
    import csv

    writer = csv.writer(file, lineterminator="\n")
    if table.header:
        writer.writerow(table.header)
    writer.writerows(table.rows)


def format_json(table: Table) -> str:
    """Format a table as a JSON list with a mapping by header for each row.

    NaN and infinities are written as JavaScript does, and values of other types as strings.
    """
    import json

    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return json.dumps(rows, default=str)
