"""The visible rows and columns of a snapshot, and their order."""

from __future__ import annotations

from typing import NamedTuple

from guild.index import order
from guild.view.tui.table_source import Row, Snapshot

RUN = "run"  # the column that cannot be hidden


class Sorting(NamedTuple):
    """The column to sort by, lowest values first unless `descending`."""

    column: str
    descending: bool = False


class Arrangement(NamedTuple):
    """The visible part of a snapshot.

    Attributes:
        columns: indexes of the visible columns in the snapshot's header.
        header: the headers of these columns.
        widths: the widths of these columns, in terminal cells.
        rows: the visible rows, in order.
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
    """Arrange a snapshot: rows with run ids in `matching` (default: all), without `hidden` columns.

    Rows keep the order of the snapshot without `sorting`.
    """
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
