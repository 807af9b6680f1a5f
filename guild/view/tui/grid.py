"""The rows on the screen: only those that are seen are drawn, and only what changed is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from guild.base.text import printable
from guild.view.tui.arrangement import Arrangement, Sorting
from guild.view.tui.table_source import Row

_GAP = 2
_WIDEST = 40
_HEADER = 1  # row

_PLAIN = Style()
_BOLD = Style(bold=True)
_STATUS = {
    "running": Style(color="yellow"),
    "completed": Style(color="green"),
    "error": Style(color="red"),
    "terminated": Style(color="magenta"),
    "pending": Style(color="cyan"),
    "staged": Style(color="cyan"),
}


class RunGrid(Widget, can_focus=True):
    """A table of runs with a cursor on one cell; the first column always stays in sight.

    Attributes:
        selected: the ids of the runs that the user has selected.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False, priority=True),
        Binding("down,j", "move(1)", show=False, priority=True),
        Binding("left", "turn(-1)", show=False, priority=True),
        Binding("right", "turn(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("home,g", "to_end(-1)", show=False, priority=True),
        Binding("end,G", "to_end(1)", show=False, priority=True),
    ]

    class Moved(Message):
        """The cursor is on another cell, or what is below it has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.selected: set[str] = set()
        self._shown = Arrangement()
        self._sorting: Sorting | None = None
        self._row = 0  # of the cursor, among the rows of the arrangement
        self._column = 0  # of the cursor, among its columns
        self._top = 0  # the first row in sight
        self._left = 1  # the first column in sight behind the one that stays

    # -- What is shown

    def show(self, arrangement: Arrangement, sorting: Sorting | None) -> None:
        """Show other rows or columns; the cursor stays on its run and column if they are there."""
        run, column = self.current, self.column
        known = arrangement.rows
        self._shown = arrangement
        self._sorting = sorting
        if run is not None:
            at = next((n for n, row in enumerate(known) if row.run.id == run.run.id), self._row)
            self._row = at
        if column in arrangement.header:
            self._column = arrangement.header.index(column)
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def current(self) -> Row | None:
        """The row below the cursor; None in an empty table."""
        rows = self._shown.rows
        return rows[self._row] if self._row < len(rows) else None

    @property
    def column(self) -> str:
        """The header of the column of the cursor; empty in an empty table."""
        header = self._shown.header
        return header[self._column] if self._column < len(header) else ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown, in order."""
        return self._shown.rows

    def toggle(self) -> None:
        """Select the run below the cursor, or take it out of the selection; go to the next."""
        if self.current is not None:
            self.selected ^= {self.current.run.id}
            self._refresh_row(self._row)
            self.action_move(1)

    # -- Moving

    def action_move(self, rows: int) -> None:
        self._go(self._row + rows, self._column)

    def action_turn(self, columns: int) -> None:
        self._go(self._row, self._column + columns)

    def action_page(self, pages: int) -> None:
        self._go(self._row + pages * max(1, self._height - 1), self._column)

    def action_to_end(self, direction: int) -> None:
        self._go(0 if direction < 0 else len(self._shown.rows) - 1, self._column)

    def _go(self, row: int, column: int) -> None:
        before = self._row, self._column, self._top, self._left
        self._row, self._column = row, column
        self._keep_in_sight()
        now = self._row, self._column, self._top, self._left
        if now == before:
            return
        if now[2:] != before[2:]:
            self.refresh()
        else:
            self._refresh_row(before[0])
            self._refresh_row(self._row)
            if now[1] != before[1]:
                self.refresh(Region(0, 0, self.size.width, _HEADER))
        self.post_message(self.Moved())

    @property
    def _height(self) -> int:
        """How many rows are in sight."""
        return max(1, self.size.height - _HEADER)

    def _keep_in_sight(self) -> None:
        """Bring the cursor into the table, and what is in sight to the cursor."""
        rows, columns = len(self._shown.rows), len(self._shown.header)
        self._row = max(0, min(self._row, rows - 1))
        self._column = max(0, min(self._column, columns - 1))
        self._top = max(0, min(self._top, self._row, rows - self._height))
        self._top = max(self._top, self._row - self._height + 1)
        self._left = max(1, min(self._left, max(1, self._column)))
        while self._left < self._column and self._end_of(self._column) > self.size.width:
            self._left += 1

    def _end_of(self, column: int) -> int:
        """Where on the screen a column ends."""
        between = sum(self._width(n) + _GAP for n in range(self._left, column + 1))
        return 2 + self._width(0) + between

    def _width(self, column: int) -> int:
        """The width of a column, a place for the sign of sorting included."""
        name = self._shown.header[column]
        width = min(_WIDEST, self._shown.widths[column])
        return max(width, cell_len(name) + 1) if self._sign(name) else width

    def _sign(self, name: str) -> str:
        """What tells that the rows are sorted by the column `name`."""
        if self._sorting is None or self._sorting.column != name:
            return ""
        return "▼" if self._sorting.descending else "▲"

    def on_resize(self) -> None:
        self._keep_in_sight()
        self.refresh()

    # -- Drawing

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row - self._top + _HEADER, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not self._shown.header:
            return Strip.blank(width)
        row = self._top + y - _HEADER
        if y < _HEADER:
            segments = self._header_segments()
        elif row < len(self._shown.rows):
            segments = self._row_segments(row)
        else:
            return Strip.blank(width)
        return Strip(segments).adjust_cell_length(width)

    def _header_segments(self) -> Iterable[Segment]:
        yield Segment("  ", _BOLD)
        for n in self._columns_in_sight():
            name = self._shown.header[n]
            text = printable(name) + self._sign(name)
            yield Segment(set_cell_size(text, self._width(n)), Style(bold=True, underline=True))
            yield Segment(" " * _GAP, _BOLD)

    def _row_segments(self, number: int) -> Iterable[Segment]:
        row = self._shown.rows[number]
        here = number == self._row
        base = Style(reverse=True) if here else _PLAIN
        signs = ("+" if row.run.id in self.selected else " ") + ("*" if row.run.marked else " ")
        yield Segment(signs, base + _BOLD)
        for n in self._columns_in_sight():
            text = row.texts[self._shown.columns[n]]
            style = base
            if self._shown.header[n] == "status" and not here:
                style = _STATUS.get(text, base)
            if here and n == self._column:
                style = Style(reverse=True, bold=True, underline=True)
            yield Segment(_fitted(text, self._width(n)), style)
            yield Segment(" " * _GAP, base)
        if here:
            yield Segment(" " * self.size.width, base)

    def _columns_in_sight(self) -> Iterable[int]:
        yield 0
        end = 2 + self._width(0) + _GAP
        for n in range(self._left, len(self._shown.header)):
            if end >= self.size.width:
                return
            yield n
            end += self._width(n) + _GAP


def _fitted(text: str, width: int) -> str:
    """`text` in exactly `width` places; what is cut off ends with `…`."""
    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
