"""Which rows and columns of a snapshot are shown, and in which order."""

from __future__ import annotations

from typing import NamedTuple

from guild.index import order
from guild.view.tui.table_source import Row, Snapshot

RUN = "run"  # the column that is always there


class Sorting(NamedTuple):
    """By which column, and whether the highest values are first."""

    column: str
    descending: bool = False


class Arrangement(NamedTuple):
    """What is shown of a snapshot.

    Attributes:
        columns: the places of the columns in the snapshot's header.
        header: what stands above them.
        widths: their widths in characters.
        rows: the rows, in order.
    """

    columns: tuple[int, ...] = ()
    header: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: tuple[Row, ...] = ()


def arrange(
    snapshot: Snapshot,
    *,
    hidden: frozenset[str] = frozenset(),
    matching: frozenset[str] | None = None,
    sorting: Sorting | None = None,
) -> Arrangement:
    """The rows of runs with ids in `matching`, all of them if that is None, sorted if asked
    to be, with the columns that are not `hidden`."""
    rows = [row for row in snapshot.rows if matching is None or row.run.id in matching]
    if sorting and sorting.column in snapshot.header:
        at = snapshot.header.index(sorting.column)
        rows = order.sort_by_value(rows, lambda row: row.values[at], descending=sorting.descending)
    columns = tuple(
        n for n, name in enumerate(snapshot.header) if name == RUN or name not in hidden
    )
    return Arrangement(
        columns,
        tuple(snapshot.header[n] for n in columns),
        tuple(snapshot.widths[n] for n in columns),
        tuple(rows),
    )
