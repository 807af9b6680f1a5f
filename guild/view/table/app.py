"""The interactive table of runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Input, Static

from guild.api import changes, removal
from guild.base.errors import GuildError
from guild.index import columns
from guild.index.query import IndexedRun
from guild.run import Run
from guild.view.table import details, difference, filtering, help_text, remembered
from guild.view.table.arrangement import Sorting, arrange
from guild.view.table.background import Background
from guild.view.table.dialogs import ColumnPicker, Columns, Confirmation, Question, Text
from guild.view.table.grid import RunGrid
from guild.view.table.messages import told
from guild.view.table.source import Request, Row, Snapshot, Source

_SHORTEST_WAIT = 1.0  # seconds between two looks at the runs
_SHARE = 10  # and that many times what a look costs
_PAUSE = 0.1  # seconds that the cursor rests on a run before its details are read
_LEAST_HEIGHT = 20  # lines of a terminal in which there is room for details


class CompareApp(App[None]):
    """Shows the runs of `request`; `file` remembers the columns for the folder `project`.

    Attributes:
        failure: what ended the table before it was shown.
    """

    TITLE = "guild compare"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen, ModalScreen { background: ansi_default; color: ansi_default; }
    ModalScreen { align: center bottom; }
    Footer { background: ansi_default; color: ansi_default; }
    Toast { background: ansi_default; color: ansi_default; }
    #title, .title { height: 1; text-style: bold; }
    #grid { height: 1fr; }
    #details { height: 12; border-top: solid ansi_bright_black; }
    #about { width: 1fr; padding-right: 2; }
    #curve { width: 1fr; }
    #filter { height: 1; border: none; padding: 0; display: none;
              background: ansi_default; color: ansi_default; }
    .dialog { width: 100%; height: auto; max-height: 80%; padding: 0 1;
              background: ansi_default; border-top: solid ansi_green; }
    .dialog Input { background: ansi_default; color: ansi_default; }
    SelectionList { height: auto; max-height: 20; background: ansi_default; }
    VerticalScroll { scrollbar-size: 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("s", "sort", "Sort"),
        Binding("space", "select", "Select"),
        Binding("c", "columns", "Columns"),
        Binding("m", "mark", "Mark"),
        Binding("l", "label", "Label"),
        Binding("t", "tag", "Tag"),
        Binding("x,delete", "delete", "Delete"),
        Binding("d", "diff", "Diff"),
        Binding("enter", "page", "Run"),
        Binding("o", "open", "Open"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q,ctrl+c", "quit", "Quit"),
        Binding("minus", "hide", show=False),
        Binding("v", "next_scalar", show=False),
        Binding("i", "toggle_details", show=False),
        Binding("r", "refresh", show=False),
        Binding("exclamation_mark", "shell", show=False),
        Binding("escape", "clear", show=False),
    ]

    failure: GuildError | None = None

    def __init__(self, request: Request, project: str, file: os.PathLike[str]) -> None:
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self._home = request.home
        self._source = Source(request)
        self._project, self._file = project, Path(file)
        self._chosen = remembered.Remembered()
        if request.options.strict_columns is None:
            self._chosen = remembered.read(self._file)
        self._reading, self._changing = Background("reading"), Background("changing")
        self._look = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._sorting: Sorting | None = None
        self._typed = filtering.Typed()
        self._matching: frozenset[str] | None = None
        self._scalar: str | None = None
        self._told: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("Reading the runs ...", id="title", markup=False)
        grid = RunGrid()
        grid.id = "grid"
        yield grid
        with Horizontal(id="details"):
            yield Static(id="about", markup=False)
            yield Static(id="curve", markup=False)
        yield Input(placeholder="words, or an expression such as loss < 0.5", id="filter")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#details").display = self.size.height >= _LEAST_HEIGHT
        self._grid.focus()
        self.run_worker(self._follow(), group="follow")

    @property
    def _grid(self) -> RunGrid:
        return self.query_one(RunGrid)

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
                if self._snapshot is None:
                    self.failure = error
                    self.exit()
                    return
                self.notify(error.message, severity="error", markup=False)
            else:
                await self._take(snapshot)
            self._tell()
            wait = max(_SHORTEST_WAIT, _SHARE * (time.monotonic() - began))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._look.wait(), wait)

    async def _take(self, snapshot: Snapshot) -> None:
        changed = snapshot != self._snapshot
        self._snapshot = snapshot
        present = {row.run.id for row in snapshot.rows}
        self._grid.selected &= present
        if changed:
            await self._match()
            self._show()

    async def _match(self) -> None:
        """Find the rows that the filter leaves."""
        rows, typed = (self._snapshot or Snapshot()).rows, self._typed
        if not typed.words and not typed.expression:
            self._matching = None
            return
        self._matching = await self._reading.call(lambda: self._source.matching(rows, typed))

    def _show(self) -> None:
        snapshot = self._snapshot or Snapshot()
        arrangement = arrange(
            snapshot, hidden=self._chosen.hidden, matching=self._matching, sorting=self._sorting
        )
        sorting = self._sorting
        self._grid.show(
            arrangement, sorting and sorting.column, sorting is not None and sorting.descending
        )
        self._show_title()

    def _show_title(self) -> None:
        total, shown = len((self._snapshot or Snapshot()).rows), len(self._grid.rows)
        parts = [f"{total} runs" if shown == total else f"{shown} of {total} runs"]
        if self._grid.selected:
            parts.append(f"{len(self._grid.selected)} selected")
        text = self.query_one("#filter", Input).value.strip()
        if text:
            parts.append(f"filter: {text}")
        if self._typed.fault:
            parts.append("not a filter yet")
        self.query_one("#title", Static).update("  ".join(parts))

    def _tell(self) -> None:
        """Show what the layers below have to say."""
        while self._told:
            self.notify(self._told.pop(0), severity="warning", markup=False)

    def hear(self, message: str) -> None:
        """Take a message to show soon; from any thread."""
        self._told.append(message)

    def action_refresh(self) -> None:
        self._look.set()

    # -- The run below the cursor

    def on_run_grid_moved(self) -> None:
        self._show_details()

    def on_resize(self) -> None:
        self._show_details()

    def _show_details(self) -> None:
        if self.query_one("#details").display:
            self.run_worker(self._read_details(), group="details", exclusive=True)

    async def _read_details(self) -> None:
        row = self._grid.current
        about, curve = self.query_one("#about", Static), self.query_one("#curve", Static)
        if row is None:
            about.update("")
            curve.update("")
            return
        await asyncio.sleep(_PAUSE)
        found = await self._reading.call(lambda: details.read(self._home, row.run))
        about.update("\n".join(found.lines))
        scalar = self._scalar_of(found.scalars)
        if scalar is None:
            curve.update("")
            return
        size = (curve.size.width, self.query_one("#details").size.height)
        lines = await self._reading.call(lambda: details.curve(self._home, row.run, scalar, size))
        curve.update("\n".join(lines))

    def _scalar_of(self, names: Sequence[str]) -> str | None:
        """The scalar to draw: that of the column if it is one, else the one asked for, else
        the first."""
        for wanted in (self._scalar, self._grid.column, *names[:1]):
            if wanted in names:
                return wanted
        return None

    def action_next_scalar(self) -> None:
        self.run_worker(self._draw_next(), group="details", exclusive=True)

    async def _draw_next(self) -> None:
        row = self._grid.current
        if row is None:
            return
        found = await self._reading.call(lambda: details.read(self._home, row.run))
        names = found.scalars
        if names:
            now = self._scalar_of(names)
            self._scalar = names[(names.index(now) + 1) % len(names)] if now else names[0]
            await self._read_details()

    def action_toggle_details(self) -> None:
        pane = self.query_one("#details")
        pane.display = not pane.display
        self._show_details()

    async def action_page(self) -> None:
        row = self._grid.current
        if row is not None:
            text = await self._reading.call(lambda: details.page(row.run))
            self.push_screen(Text(f"Run {row.run.short_id}", text))

    def action_help(self) -> None:
        self.push_screen(Text("Keys", help_text.TEXT))

    # -- Filtering and sorting

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    async def on_input_changed(self, event: Input.Changed) -> None:
        typed = filtering.parse(event.value)
        self._typed = typed if not typed.fault else self._typed._replace(fault=typed.fault)
        self.run_worker(self._filter(), group="filter", exclusive=True)

    async def _filter(self) -> None:
        await self._match()
        self._show()

    def on_input_submitted(self) -> None:
        self._leave_filter()
        if self._typed.fault:
            self.notify(self._typed.fault, severity="error", markup=False)

    def _leave_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = False
        self._grid.focus()

    def action_clear(self) -> None:
        """Without filter, and then without selection."""
        field = self.query_one("#filter", Input)
        if field.value or field.display:
            field.value = ""
        else:
            self._grid.selected.clear()
            self._show()
        self._leave_filter()

    def action_sort(self) -> None:
        """By the column of the cursor: lowest first, highest first, as it was."""
        column, now = self._grid.column, self._sorting
        if not column:
            return
        if now is None or now.column != column:
            self._sorting = Sorting(column)
        else:
            self._sorting = None if now.descending else Sorting(column, descending=True)
        self._show()

    # -- Columns

    def action_hide(self) -> None:
        if self._grid.column != "run":
            self._choose(self._chosen._replace(hidden=self._chosen.hidden | {self._grid.column}))

    def action_columns(self) -> None:
        header = [name for name in (self._snapshot or Snapshot()).header if name != "run"]
        self.push_screen(ColumnPicker(header, self._chosen.hidden), self._picked)

    def _picked(self, picked: Columns | None) -> None:
        if picked is None:
            return
        chosen = self._chosen._replace(hidden=picked.hidden)
        if picked.added:
            try:
                added = columns.parse_list(picked.added)
            except GuildError as error:
                self.notify(error.message, severity="error", markup=False)
            else:
                chosen = remembered.Remembered(
                    picked.hidden - {column.header for column in added},
                    (*chosen.added, picked.added),
                )
        self._choose(chosen)

    def _choose(self, chosen: remembered.Remembered) -> None:
        if chosen.added != self._chosen.added:
            self._look.set()
        self._chosen = chosen
        try:
            remembered.write(self._file, self._project, chosen)
        except OSError as error:
            self.notify(f"columns are not remembered: {error}", severity="warning", markup=False)
        self._show()

    # -- Changing runs

    @property
    def _runs(self) -> list[IndexedRun]:
        """The runs that are selected, else the one below the cursor."""
        rows = (self._snapshot or Snapshot()).rows
        chosen = [row.run for row in rows if row.run.id in self._grid.selected]
        current = self._grid.current
        return chosen or ([current.run] if current else [])

    def action_select(self) -> None:
        self._grid.toggle()
        self._show_title()

    def action_mark(self) -> None:
        runs = self._runs
        marked = not all(run.marked for run in runs)
        self._change(
            runs, lambda run: changes.mark(run, marked), "Marked" if marked else "Unmarked"
        )

    def action_label(self) -> None:
        runs = self._runs
        labels = {run.label for run in runs}

        def label(text: str | None) -> None:
            if text is not None:
                self._change(runs, lambda run: changes.set_label(run, text.strip()), "Labeled")

        if runs:
            label_now = labels.pop() if len(labels) == 1 else ""
            self.push_screen(Question(f"Label of {_named(runs)}:", label_now), label)

    def action_tag(self) -> None:
        runs = self._runs

        def tag(text: str | None) -> None:
            words = (text or "").split()
            add = [word for word in words if not word.startswith("-")]
            delete = [word[1:] for word in words if word.startswith("-")]
            if words:
                self._change(
                    runs, lambda run: changes.change_tags(run, add=add, delete=delete), "Tagged"
                )

        if runs:
            question = f"Tags to add to {_named(runs)}, -TAG to take one away:"
            self.push_screen(Question(question), tag)

    def action_delete(self) -> None:
        runs = self._runs

        def delete(sure: bool | None) -> None:
            if sure:
                self._change(runs, lambda run: removal.delete(self._home, run), "Deleted")

        if runs:
            lines = [f"{run.short_id}  {run.operation}  {run.status}  {run.label}" for run in runs]
            more = [f"... {len(runs) - 10} more"] if len(runs) > 10 else []
            running = any(run.status == "running" for run in runs)
            question = f"Delete {_named(runs)}?{' What is running is stopped.' if running else ''}"
            restore = ["", "'guild runs restore' brings deleted runs back."]
            self.push_screen(Confirmation(question, [*lines[:10], *more, *restore]), delete)

    def _change(self, runs: Sequence[IndexedRun], change: Callable[[Run], None], done: str) -> None:
        """Change each of the runs, in the background; tell how that went."""

        def work() -> list[str]:
            return [fault for run in runs for fault in _changed(run, change)]

        async def follow() -> None:
            faults = await self._changing.call(work)
            for fault in faults[:3]:
                self.notify(fault, severity="error", markup=False)
            if len(faults) < len(runs):
                self.notify(f"{done} {len(runs) - len(faults)} run(s)", timeout=2, markup=False)
            self._look.set()

        if runs:
            self.run_worker(follow(), group="change")

    # -- Two runs, and other programs

    def action_diff(self) -> None:
        header, rows = (self._snapshot or Snapshot())[:2]
        chosen = [row for row in rows if row.run.id in self._grid.selected]
        current = self._grid.current
        if len(chosen) == 1 and current is not None and current.run.id != chosen[0].run.id:
            chosen.append(current)
        if len(chosen) != 2:
            self.notify("select two runs with the space bar to see in what they differ")
            return
        self._show_difference(header, *chosen)

    def _show_difference(self, header: Sequence[str], a: Row, b: Row) -> None:
        title = f"{a.run.short_id} and {b.run.short_id}"
        self.push_screen(Text(title, "\n".join(difference.lines(header, a, b))))

    def action_open(self) -> None:
        """With what the system opens folders with, which may have a window of its own."""
        row = self._grid.current
        if row is not None:
            self._start(row.run.path)

    def action_shell(self) -> None:
        row = self._grid.current
        if row is not None:
            self._start(row.run.path, "--shell")

    def _start(self, path: str, *options: str) -> None:
        """Give the terminal to `guild open` until that ends."""
        command = [sys.executable, "-m", "guild", "open", path, *options]
        with self.suspend():
            done = subprocess.run(command, check=False)
            if done.returncode and not options:
                input("Press Enter to go back ...")
        self.refresh()


def _named(runs: Sequence[IndexedRun]) -> str:
    return f"run {runs[0].short_id}" if len(runs) == 1 else f"{len(runs)} runs"


def _changed(run: IndexedRun, change: Callable[[Run], None]) -> list[str]:
    """Change the run; what went wrong, if something did."""
    if not os.path.isdir(run.path):  # or what is written would bring it back
        return [f"run {run.short_id} is gone"]
    try:
        change(run.run)
    except GuildError as error:
        return [error.message]
    return []


def show(request: Request, project: str, file: os.PathLike[str]) -> None:
    """Show the table until the user quits. Raises GuildError if there can be none."""
    app = CompareApp(request, project, file)
    with told(app.hear):
        app.run(mouse=False)
    if app.failure:
        raise app.failure
