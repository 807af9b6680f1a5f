"""The grid of runs. It draws only visible rows and refreshes only changed ones."""

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
_MAX_WIDTH = 40
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
    """A table of runs with a cursor on one cell. The first column is always visible.

    Attributes:
        selected: the ids of the selected runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move_rows(-1)", show=False, priority=True),
        Binding("down,j", "move_rows(1)", show=False, priority=True),
        Binding("left", "move_columns(-1)", show=False, priority=True),
        Binding("right", "move_columns(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("home,g", "to_end(-1)", show=False, priority=True),
        Binding("end,G", "to_end(1)", show=False, priority=True),
    ]

    class Moved(Message):
        """A message: the cursor moved, or the run below it changed."""

    def __init__(self) -> None:
        super().__init__()
        self.selected: set[str] = set()
        self._arrangement = Arrangement()
        self._sorting: Sorting | None = None
        self._row = 0  # the row of the cursor in the arrangement
        self._column = 0  # the column of the cursor in the arrangement
        self._top = 0  # the first visible row
        self._left = 1  # the first visible column after the fixed one

    # -- Content

    def show(self, arrangement: Arrangement, sorting: Sorting | None) -> None:
        """Show new content, keeping the cursor on its run and column if they still exist."""
        run, column = self.current, self.column
        self._arrangement = arrangement
        self._sorting = sorting
        if run is not None:
            ids = [row.run.id for row in arrangement.rows]
            if run.run.id in ids:
                self._row = ids.index(run.run.id)
        if column in arrangement.header:
            self._column = arrangement.header.index(column)
        self._scroll_to_cursor()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def current(self) -> Row | None:
        """The row of the cursor; None in an empty table."""
        rows = self._arrangement.rows
        return rows[self._row] if self._row < len(rows) else None

    @property
    def column(self) -> str:
        """The header of the current column; empty in an empty table."""
        header = self._arrangement.header
        return header[self._column] if self._column < len(header) else ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the table, in order."""
        return self._arrangement.rows

    def toggle(self) -> None:
        """Select or deselect the current run, and move to the next one."""
        if self.current is not None:
            self.selected ^= {self.current.run.id}
            self._refresh_row(self._row)
            self.action_move_rows(1)

    # -- Cursor

    def action_move_rows(self, rows: int) -> None:
        self._go(self._row + rows, self._column)

    def action_move_columns(self, columns: int) -> None:
        self._go(self._row, self._column + columns)

    def action_page(self, pages: int) -> None:
        self._go(self._row + pages * max(1, self._height - 1), self._column)

    def action_to_end(self, direction: int) -> None:
        self._go(0 if direction < 0 else len(self._arrangement.rows) - 1, self._column)

    def _go(self, row: int, column: int) -> None:
        before = self._row, self._column, self._top, self._left
        self._row, self._column = row, column
        self._scroll_to_cursor()
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
        """The number of visible rows."""
        return max(1, self.size.height - _HEADER)

    def _scroll_to_cursor(self) -> None:
        """Limit the cursor to the table, and scroll until it is visible."""
        rows, columns = len(self._arrangement.rows), len(self._arrangement.header)
        self._row = max(0, min(self._row, rows - 1))
        self._column = max(0, min(self._column, columns - 1))
        self._top = max(0, min(self._top, self._row, rows - self._height))
        self._top = max(self._top, self._row - self._height + 1)
        self._left = max(1, min(self._left, max(1, self._column)))
        while self._left < self._column and self._end_of(self._column) > self.size.width:
            self._left += 1

    def _end_of(self, column: int) -> int:
        """Return the screen position at which a column ends."""
        between = sum(self._width(n) + _GAP for n in range(self._left, column + 1))
        return 2 + self._width(0) + between

    def _width(self, column: int) -> int:
        """Return the width of a column, including the sort indicator."""
        name = self._arrangement.header[column]
        width = min(_MAX_WIDTH, self._arrangement.widths[column])
        return max(width, cell_len(name) + 1) if self._sort_indicator(name) else width

    def _sort_indicator(self, name: str) -> str:
        """Return an arrow if the rows are sorted by the column `name`."""
        if self._sorting is None or self._sorting.column != name:
            return ""
        return "▼" if self._sorting.descending else "▲"

    def on_resize(self) -> None:
        self._scroll_to_cursor()
        self.refresh()

    # -- Drawing

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row - self._top + _HEADER, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not self._arrangement.header:
            return Strip.blank(width)
        row = self._top + y - _HEADER
        if y < _HEADER:
            segments = self._header_segments()
        elif row < len(self._arrangement.rows):
            segments = self._row_segments(row)
        else:
            return Strip.blank(width)
        return Strip(segments).adjust_cell_length(width)

    def _header_segments(self) -> Iterable[Segment]:
        yield Segment("  ", _BOLD)
        for n in self._visible_columns():
            name = self._arrangement.header[n]
            text = printable(name) + self._sort_indicator(name)
            yield Segment(set_cell_size(text, self._width(n)), Style(bold=True, underline=True))
            yield Segment(" " * _GAP, _BOLD)

    def _row_segments(self, number: int) -> Iterable[Segment]:
        row = self._arrangement.rows[number]
        is_current = number == self._row
        base = Style(reverse=True) if is_current else _PLAIN
        marks = ("+" if row.run.id in self.selected else " ") + ("*" if row.run.marked else " ")
        yield Segment(marks, base + _BOLD)
        for n in self._visible_columns():
            text = row.texts[self._arrangement.columns[n]]
            style = base
            if self._arrangement.header[n] == "status" and not is_current:
                style = _STATUS.get(text, base)
            if is_current and n == self._column:
                style = Style(reverse=True, bold=True, underline=True)
            yield Segment(_fit_width(text, self._width(n)), style)
            yield Segment(" " * _GAP, base)
        if is_current:
            yield Segment(" " * self.size.width, base)

    def _visible_columns(self) -> Iterable[int]:
        yield 0
        end = 2 + self._width(0) + _GAP
        for n in range(self._left, len(self._arrangement.header)):
            if end >= self.size.width:
                return
            yield n
            end += self._width(n) + _GAP


def _fit_width(text: str, width: int) -> str:
    """Pad or truncate `text` to `width` cells; truncated text ends with `…`."""
    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
