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

_SHORTEST_WAIT = 1.0  # seconds between two looks at the runs
_SHARE = 10  # and that many times what a look costs
_LEAST_HEIGHT = 20  # lines of a terminal in which there is room for details

# `-m guild` could find another one in the current directory.
_GUILD = "import sys; del sys.path[0]; from guild.__main__ import main; main()"


class CompareApp(App[None]):
    """Shows the runs of `request`; `file` remembers the columns for the folder `project`.

    Attributes:
        failure: what ended the table before it was shown.
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
        priority_key("enter", "page", "Run"),
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
        asked_alone = request.options.strict_columns is not None
        self._chosen = (
            saved_columns.SavedColumns() if asked_alone else saved_columns.read_columns(file)
        )
        self._reading = Background("reading")
        self._changing = RunChanger(self, request.home, self.action_refresh)
        self._look = asyncio.Event()
        self._snapshot = Snapshot()
        self._is_shown = False
        self._sorting: Sorting | None = None
        self._typed = filtering.FilterText()
        self._matching: frozenset[str] | None = None
        self._told: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("Reading the runs ...", classes="title", markup=False)
        yield RunGrid()
        yield DetailsPane(self._home, self._reading)
        hint = "words, or an expression such as loss < 0.5"
        yield Input(placeholder=hint, select_on_focus=False, id="filter")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(DetailsPane).display = self.size.height >= _LEAST_HEIGHT
        self._grid.focus()
        self.run_worker(self._follow(), group="follow")

    @property
    def _grid(self) -> RunGrid:
        return self.query_one(RunGrid)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are commands where nothing is in front of the table and no text is typed."""
        if f"action_{action}" not in vars(CompareApp):
            return True
        if len(self.screen_stack) > 1:
            return False
        typing = isinstance(self.focused, Input)
        return action == "clear" or typing == (action == "end_filter")

    def action_leave(self) -> None:
        self.exit()

    # -- Following the runs

    async def _follow(self) -> None:
        """Look at the runs from time to time, and when something was changed here."""
        while True:
            began = time.monotonic()
            self._look.clear()
            added = ", ".join(self._chosen.added)
            try:
                snapshot = await self._reading.call(partial(self._source.read, added))
            except GuildError as error:
                if not self._is_shown:
                    self.failure = error
                    self.exit()
                    return
                self.notify(error.message, severity="error", markup=False)
            else:
                await self._take(snapshot)
            while self._told:
                self.notify(self._told.pop(0), severity="warning", markup=False)
            wait = max(_SHORTEST_WAIT, _SHARE * (time.monotonic() - began))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._look.wait(), wait)

    async def _take(self, snapshot: Snapshot) -> None:
        if self._is_shown and snapshot == self._snapshot:
            return
        self._is_shown, self._snapshot = True, snapshot
        self._grid.selected &= {row.run.id for row in snapshot.rows}
        await self._filter()

    def queue_message(self, message: str) -> None:
        """Take a message to show soon; from any thread."""
        self._told.append(message)

    def action_refresh(self) -> None:
        self._look.set()

    def _show(self) -> None:
        sorting = self._sorting
        hidden, matching = self._chosen.hidden, self._matching
        self._grid.show(
            arrange(self._snapshot, hidden=hidden, matching=matching, sorting=sorting), sorting
        )
        self._show_title()

    def _show_title(self) -> None:
        total, shown = len(self._snapshot.rows), len(self._grid.rows)
        parts = [f"{total} runs" if shown == total else f"{shown} of {total} runs"]
        if self._grid.selected:
            parts.append(f"{len(self._grid.selected)} selected")
        if text := self.query_one("#filter", Input).value.strip():
            parts.append(f"filter: {text}")
        if self._typed.fault:
            parts.append("(not a whole expression)")
        self.query_one(".title", Static).update("  ".join(parts))

    # -- Filtering and sorting

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.screen.set_focus(field)

    @on(Input.Changed, "#filter")
    def _typed_filter(self, event: Input.Changed) -> None:
        typed = filtering.parse_filter_text(event.value)
        # Half an expression leaves what is shown as it is.
        self._typed = self._typed._replace(fault=typed.fault) if typed.fault else typed
        self.run_worker(self._filter(), group="filter", exclusive=True)

    async def _filter(self) -> None:
        """Find the rows that the filter leaves, and show them."""
        rows, typed = self._snapshot.rows, self._typed
        if typed.words or typed.expression:
            matching = partial(self._source.matching, rows, typed)
            self._matching = await self._reading.call(matching)
        else:
            self._matching = None
        self._show()

    async def action_end_filter(self) -> None:
        """Go back to the table, with the filter."""
        field = self.query_one("#filter", Input)
        await wait_for_keys(field)
        if fault := filtering.parse_filter_text(field.value).fault:
            self.notify(fault, severity="error", markup=False)
        self._leave(field)

    async def action_clear(self) -> None:
        """Take the filter away; the next time, the selection."""
        field = self.query_one("#filter", Input)
        await wait_for_keys(field)
        if field.value or field.display:
            field.value = ""
        else:
            self._grid.selected.clear()
            self._show()
        self._leave(field)

    def _leave(self, field: Input) -> None:
        self.screen.set_focus(self._grid)
        field.display = False

    def action_sort(self) -> None:
        """By the column of the cursor: lowest first, highest first, as it was."""
        column, now = self._grid.column, self._sorting
        if now is None or now.column != column:
            self._sorting = Sorting(column) if column else None
        else:
            self._sorting = None if now.descending else Sorting(column, descending=True)
        self._show()

    # -- Columns

    def action_hide(self) -> None:
        if self._grid.column not in ("", RUN):
            self._choose(self._chosen._replace(hidden=self._chosen.hidden | {self._grid.column}))

    async def action_columns(self) -> None:
        header = [name for name in self._snapshot.header if name != RUN]
        await self.push_screen(ColumnPicker(header, self._chosen.hidden), self._picked)

    def _picked(self, picked: ColumnChoice | None) -> None:
        if picked is None:
            return
        hidden, added = picked.hidden, self._chosen.added
        if picked.added:
            try:
                hidden -= {column.header for column in columns.parse_columns(picked.added)}
            except GuildError as error:
                self.notify(error.message, severity="error", markup=False)
            else:
                added = (*added, picked.added)
        self._choose(saved_columns.SavedColumns(hidden, added))

    def _choose(self, chosen: saved_columns.SavedColumns) -> None:
        if chosen.added != self._chosen.added:
            self._look.set()
        self._chosen = chosen
        try:
            saved_columns.write_columns(self._file, self._project, chosen)
        except OSError as error:
            self.notify(f"columns are not remembered: {error}", severity="warning", markup=False)
        self._show()

    # -- The run below the cursor, and those that are selected

    @on(RunGrid.Moved)
    def _show_details(self) -> None:
        row = self._grid.current
        self.query_one(DetailsPane).show(row and row.run, self._grid.column)

    def action_next_scalar(self) -> None:
        self.query_one(DetailsPane).draw_next()

    def action_toggle_details(self) -> None:
        self.query_one(DetailsPane).toggle()

    async def action_page(self) -> None:
        if (row := self._grid.current) is not None:
            text = await asyncio.to_thread(details.describe_run, row.run)
            await self.push_screen(TextPage(f"Run {row.run.short_id}", text))

    async def action_help(self) -> None:
        await self.push_screen(TextPage("Keys", help_text.TEXT))

    def action_select(self) -> None:
        self._grid.toggle()
        self._show_title()

    async def action_change(self, how: str) -> None:
        """Mark, label, tag or delete the selected runs, else the one below the cursor."""
        rows, current = self._selected(), self._grid.current
        if not rows and current is not None:
            rows = [current]
        if rows:
            await getattr(self._changing, how)([row.run for row in rows])

    def _selected(self) -> list[Row]:
        return [row for row in self._snapshot.rows if row.run.id in self._grid.selected]

    def _two(self) -> tuple[Row, Row] | None:
        """The two runs to compare: those selected, or the one and that below the cursor."""
        rows, current = self._selected(), self._grid.current
        if len(rows) == 1 and current is not None and current.run.id != rows[0].run.id:
            rows.append(current)
        if len(rows) == 2:
            return rows[0], rows[1]
        self.notify("Select two runs with the space bar to see in what they differ.")
        return None

    async def action_diff(self) -> None:
        if two := self._two():
            title = " and ".join(row.run.short_id for row in two)
            lines = difference.diff_lines(self._snapshot.header, *two)
            await self.push_screen(TextPage(title, "\n".join(lines)))

    def action_diff_source(self) -> None:
        if two := self._two():
            self._give_terminal("diff", "--sourcecode", *(row.run.path for row in two))

    def action_open(self, *options: str) -> None:
        if (row := self._grid.current) is not None:
            self._give_terminal("open", row.run.path, *options)

    def _give_terminal(self, *args: str) -> None:
        """Let `guild ARGS` have the terminal until it ends."""
        with self.suspend():
            subprocess.run([sys.executable, "-c", _GUILD, *args], check=False)
            if "--shell" not in args:
                with contextlib.suppress(EOFError, KeyboardInterrupt):
                    input("Press Enter to go back to the table ...")
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Make room for the table where there is little."""
        if event.size.height < _LEAST_HEIGHT:
            self.query_one(DetailsPane).display = False


def show_table(request: TableRequest, project: str, file: Path) -> None:
    """Show the table until the user quits. Raises GuildError if there can be none."""
    app = CompareApp(request, project, file)
    with redirect_messages(app.queue_message):
        app.run(mouse=False)
    if app.failure:
        raise app.failure
