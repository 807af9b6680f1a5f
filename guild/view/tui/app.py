"""The interactive table of runs."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.widgets import Footer, Input, Static

from guild.base.errors import GuildError
from guild.index import columns
from guild.view.tui import details, difference, filtering, help_text, saved_columns
from guild.view.tui.arrangement import RUN, Sorting, arrange
from guild.view.tui.background import Background
from guild.view.tui.details_pane import DetailsPane
from guild.view.tui.dialogs import ColumnChoice, ColumnPicker, TextPage, priority_key, wait_for_keys
from guild.view.tui.grid import RunGrid
from guild.view.tui.messages import redirect_messages
from guild.view.tui.run_changer import RunChanger
from guild.view.tui.table_source import Row, Snapshot, TableRequest, TableSource

_MIN_INTERVAL = 1.0  # seconds between two refreshes
_INTERVAL_FACTOR = 10  # an interval is at least this many times the duration of a refresh
_MIN_HEIGHT = 20  # lines of a terminal that has room for the details pane

# `-m guild` could import a module named guild from the current directory.
_GUILD = "import sys; del sys.path[0]; from guild.command_line import main; main()"


class CompareApp(App[None]):
    """A table of the runs of `request`, with the columns saved in `file` for `project`.

    Attributes:
        failure: the error that ended the app before the first runs were shown.
    """

    TITLE = "guild compare"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("slash", "filter", "Filter", key_display="/"),
        priority_key("s", "sort", "Sort"),
        priority_key("space", "select", "Select"),
        priority_key("c", "columns", "Columns"),
        priority_key("m", "change('mark')", "Mark"),
        priority_key("l", "change('label')", "Label"),
        priority_key("t", "change('tag')", "Tag"),
        priority_key("x,delete", "change('delete')", "Delete"),
        priority_key("d", "diff", "Diff"),
        priority_key("enter", "details", "Run"),
        priority_key("enter", "end_filter", show=False),
        priority_key("o", "open", "Open"),
        priority_key("question_mark", "help", "Help", key_display="?"),
        priority_key("q", "leave", "Quit"),
        priority_key("D", "diff_source", show=False),
        priority_key("minus", "hide", show=False),
        priority_key("v", "next_scalar", show=False),
        priority_key("i", "toggle_details", show=False),
        priority_key("r", "refresh", show=False),
        priority_key("exclamation_mark", "open('--shell')", show=False),
        priority_key("escape", "clear", show=False),
        priority_key("ctrl+c", "quit", show=False),
    ]

    failure: GuildError | None = None

    def __init__(self, request: TableRequest, project: str, file: Path) -> None:
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self._home = request.home
        self._source = TableSource(request)
        self._project, self._file = project, file
        has_fixed_columns = request.options.strict_columns is not None
        self._columns = (
            saved_columns.SavedColumns() if has_fixed_columns else saved_columns.read_columns(file)
        )
        self._reading = Background("reading")
        self._run_changer = RunChanger(self, request.home, self.action_refresh)
        self._wakeup = asyncio.Event()
        self._snapshot = Snapshot()
        self._is_shown = False
        self._sorting: Sorting | None = None
        self._filter_text = filtering.FilterText()
        self._matching: frozenset[str] | None = None
        self._messages: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("Reading runs ...", classes="title", markup=False)
        yield RunGrid()
        yield DetailsPane(self._home, self._reading)
        hint = "words, or an expression such as loss < 0.5"
        yield Input(placeholder=hint, select_on_focus=False, id="filter")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(DetailsPane).display = self.size.height >= _MIN_HEIGHT
        self._grid.focus()
        self.run_worker(self._follow(), group="follow")

    @property
    def _grid(self) -> RunGrid:
        return self.query_one(RunGrid)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of the table in a dialog or in the filter field."""
        if f"action_{action}" not in vars(CompareApp):
            return True
        if len(self.screen_stack) > 1:
            return False
        typing = isinstance(self.focused, Input)
        return action == "clear" or typing == (action == "end_filter")

    def action_leave(self) -> None:
        self.exit()

    # -- Refreshing

    async def _follow(self) -> None:
        """Refresh the table at intervals and after changes."""
        while True:
            started = time.monotonic()
            self._wakeup.clear()
            added = ", ".join(self._columns.added)
            try:
                snapshot = await self._reading.call(partial(self._source.read, added))
            except GuildError as error:
                if not self._is_shown:
                    self.failure = error
                    self.exit()
                    return
                self.notify(error.message, severity="error", markup=False)
            else:
                await self._apply(snapshot)
            while self._messages:
                self.notify(self._messages.pop(0), severity="warning", markup=False)
            wait = max(_MIN_INTERVAL, _INTERVAL_FACTOR * (time.monotonic() - started))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wakeup.wait(), wait)

    async def _apply(self, snapshot: Snapshot) -> None:
        if self._is_shown and snapshot == self._snapshot:
            return
        self._is_shown, self._snapshot = True, snapshot
        self._grid.selected &= {row.run.id for row in snapshot.rows}
        await self._filter()

    def queue_message(self, message: str) -> None:
        """Queue a message to show on the next refresh. Can be called from any thread."""
        self._messages.append(message)

    def action_refresh(self) -> None:
        self._wakeup.set()

    def _show(self) -> None:
        sorting = self._sorting
        hidden, matching = self._columns.hidden, self._matching
        self._grid.show(
            arrange(self._snapshot, hidden=hidden, matching=matching, sorting=sorting), sorting
        )
        self._show_title()

    def _show_title(self) -> None:
        total, visible = len(self._snapshot.rows), len(self._grid.rows)
        parts = [f"{total} runs" if visible == total else f"{visible} of {total} runs"]
        if self._grid.selected:
            parts.append(f"{len(self._grid.selected)} selected")
        if text := self.query_one("#filter", Input).value.strip():
            parts.append(f"filter: {text}")
        if self._filter_text.error:
            parts.append("(incomplete expression)")
        self.query_one(".title", Static).update("  ".join(parts))

    # -- Filtering and sorting

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.screen.set_focus(field)

    @on(Input.Changed, "#filter")
    def _on_filter_changed(self, event: Input.Changed) -> None:
        text = filtering.parse_filter_text(event.value)
        # Keep the previous filter while an expression is incomplete.
        self._filter_text = self._filter_text._replace(error=text.error) if text.error else text
        self.run_worker(self._filter(), group="filter", exclusive=True)

    async def _filter(self) -> None:
        """Apply the filter, and show the matching rows."""
        rows, text = self._snapshot.rows, self._filter_text
        if text.words or text.expression:
            find_matches = partial(self._source.find_matches, rows, text)
            self._matching = await self._reading.call(find_matches)
        else:
            self._matching = None
        self._show()

    async def action_end_filter(self) -> None:
        """Return to the table, keeping the filter."""
        field = self.query_one("#filter", Input)
        await wait_for_keys(field)
        if error := filtering.parse_filter_text(field.value).error:
            self.notify(error, severity="error", markup=False)
        self._leave_filter(field)

    async def action_clear(self) -> None:
        """Clear the filter, or else the selection."""
        field = self.query_one("#filter", Input)
        await wait_for_keys(field)
        if field.value or field.display:
            field.value = ""
        else:
            self._grid.selected.clear()
            self._show()
        self._leave_filter(field)

    def _leave_filter(self, field: Input) -> None:
        self.screen.set_focus(self._grid)
        field.display = False

    def action_sort(self) -> None:
        """Sort by the current column: lowest first, highest first, unsorted."""
        column, sorting = self._grid.column, self._sorting
        if sorting is None or sorting.column != column:
            self._sorting = Sorting(column) if column else None
        else:
            self._sorting = None if sorting.descending else Sorting(column, descending=True)
        self._show()

    # -- Columns

    def action_hide(self) -> None:
        if self._grid.column not in ("", RUN):
            self._set_columns(
                self._columns._replace(hidden=self._columns.hidden | {self._grid.column})
            )

    async def action_columns(self) -> None:
        header = [name for name in self._snapshot.header if name != RUN]
        await self.push_screen(ColumnPicker(header, self._columns.hidden), self._on_picked)

    def _on_picked(self, choice: ColumnChoice | None) -> None:
        if choice is None:
            return
        hidden, added = choice.hidden, self._columns.added
        if choice.added:
            try:
                hidden -= {column.header for column in columns.parse_columns(choice.added)}
            except GuildError as error:
                self.notify(error.message, severity="error", markup=False)
            else:
                added = (*added, choice.added)
        self._set_columns(saved_columns.SavedColumns(hidden, added))

    def _set_columns(self, columns: saved_columns.SavedColumns) -> None:
        if columns.added != self._columns.added:
            self._wakeup.set()
        self._columns = columns
        try:
            saved_columns.write_columns(self._file, self._project, columns)
        except OSError as error:
            self.notify(f"cannot save the columns: {error}", severity="warning", markup=False)
        self._show()

    # -- The current run and selected runs

    @on(RunGrid.Moved)
    def _show_details(self) -> None:
        row = self._grid.current
        self.query_one(DetailsPane).show(row and row.run, self._grid.column)

    def action_next_scalar(self) -> None:
        self.query_one(DetailsPane).draw_next()

    def action_toggle_details(self) -> None:
        self.query_one(DetailsPane).toggle()

    async def action_details(self) -> None:
        if (row := self._grid.current) is not None:
            text = await asyncio.to_thread(details.describe_run, row.run)
            await self.push_screen(TextPage(f"Run {row.run.short_id}", text))

    async def action_help(self) -> None:
        await self.push_screen(TextPage("Keys", help_text.TEXT))

    def action_select(self) -> None:
        self._grid.toggle()
        self._show_title()

    async def action_change(self, change: str) -> None:
        """Mark, label, tag or delete the selected runs, or else the current run."""
        rows, current = self._selected(), self._grid.current
        if not rows and current is not None:
            rows = [current]
        if rows:
            await getattr(self._run_changer, change)([row.run for row in rows])

    def _selected(self) -> list[Row]:
        return [row for row in self._snapshot.rows if row.run.id in self._grid.selected]

    def _select_two(self) -> tuple[Row, Row] | None:
        """Return the two selected runs, or the only selected run and the current one."""
        rows, current = self._selected(), self._grid.current
        if len(rows) == 1 and current is not None and current.run.id != rows[0].run.id:
            rows.append(current)
        if len(rows) == 2:
            return rows[0], rows[1]
        self.notify("Select two runs with the space bar to compare them.")
        return None

    async def action_diff(self) -> None:
        if rows := self._select_two():
            title = " and ".join(row.run.short_id for row in rows)
            lines = difference.diff_lines(self._snapshot.header, *rows)
            await self.push_screen(TextPage(title, "\n".join(lines)))

    def action_diff_source(self) -> None:
        if rows := self._select_two():
            self._run_guild("diff", "--sourcecode", *(row.run.path for row in rows))

    def action_open(self, *options: str) -> None:
        if (row := self._grid.current) is not None:
            self._run_guild("open", row.run.path, *options)

    def _run_guild(self, *args: str) -> None:
        """Run `guild ARGS` in the terminal until it exits."""
        with self.suspend():
            subprocess.run([sys.executable, "-c", _GUILD, *args], check=False)
            if "--shell" not in args:
                with contextlib.suppress(EOFError, KeyboardInterrupt):
                    input("Press Enter to return to the table ...")
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Hide the details pane in small terminals."""
        if event.size.height < _MIN_HEIGHT:
            self.query_one(DetailsPane).display = False


def show_table(request: TableRequest, project: str, file: Path) -> None:
    """Show the table until the user quits. Raises GuildError if it cannot be read."""
    app = CompareApp(request, project, file)
    with redirect_messages(app.queue_message):
        app.run(mouse=False)
    if app.failure:
        raise app.failure
