"""The source of the table's rows, read again on each refresh."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.cells import cell_len

from guild.api import lookup, selection
from guild.api.table_formats import format_cell
from guild.base.text import printable
from guild.index.comparison_table import CompareOptions, compare_runs
from guild.index.filters import RunFilter
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.view.tui.filtering import FilterText


class TableRequest(NamedTuple):
    """The RUN arguments, filters and options of the command."""

    home: Path
    specs: tuple[str, ...] = ()
    query: RunQuery = RunQuery()
    options: CompareOptions = CompareOptions()


class Row(NamedTuple):
    """A run, the values of its cells, and their text."""

    run: IndexedRun
    values: tuple[Any, ...]
    texts: tuple[str, ...]


class Snapshot(NamedTuple):
    """The state of the table at one time.

    Attributes:
        widths: the width of each column including its header, in terminal cells.
    """

    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    widths: tuple[int, ...] = ()


class TableSource:
    """Reads the runs of a request. Use it from one thread at a time."""

    def __init__(self, request: TableRequest) -> None:
        self.request = request
        self._index = RunIndex(request.home)
        self._last = Snapshot()

    def read(self, columns: str) -> Snapshot:
        """Read the table, with the additional `columns`.

        Raises GuildError for invalid columns or filters, and if a RUN argument has no match.
        """
        request = self.request
        runs = selection.select_named_or_all(request.home, request.specs, request.query)
        options = request.options._replace(
            columns=", ".join(part for part in (request.options.columns, columns) if part) or None
        )
        folder = lookup.make_folder_query(request.home, runs)
        (header, rows), runs_of_rows = compare_runs(self._index, runs, options, folder)
        last_rows = {row.run.id: row for row in self._last.rows if self._last.header == header}
        visible = tuple(
            _row(run, values, last_rows.get(run.id))
            for run, values in zip(runs_of_rows, rows, strict=True)
        )
        self._last = Snapshot(header, visible, _widths(header, visible))
        return self._last

    def find_matches(self, rows: Sequence[Row], text: FilterText) -> frozenset[str]:
        """Return the run ids of the rows that match a filter."""
        if text.expression:
            runs = [row.run for row in rows]
            folder = lookup.make_folder_query(self.request.home, runs)
            matches = RunFilter((), text.expression).select(
                runs, lambda ids, tags: self._index.read_scalars(ids, folder, tags=tags)
            )
            return frozenset(run.id for run in matches)
        return frozenset(row.run.id for row in rows if _has_words(row, text.words))


def _row(run: IndexedRun, values: tuple[Any, ...], last: Row | None) -> Row:
    if last and last.values == values:
        return Row(run, values, last.texts)
    return Row(run, values, tuple(map(format_cell, values)))


def _widths(header: tuple[str, ...], rows: Sequence[Row]) -> tuple[int, ...]:
    columns = zip(*(row.texts for row in rows), strict=True) if rows else ((),) * len(header)
    return tuple(
        max(map(_width, (printable(name), *texts)))
        for name, texts in zip(header, columns, strict=True)
    )


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _has_words(row: Row, words: Sequence[str]) -> bool:
    tags = row.run.attrs.get("tags")
    texts = [row.run.id, *row.texts, *(map(str, tags) if isinstance(tags, list) else ())]
    text = "\n".join(texts).lower()
    return all(word in text for word in words)
