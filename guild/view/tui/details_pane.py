"""The pane below the table, with details of the current run and a curve."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from guild.index.query import IndexedRun
from guild.view.tui import details
from guild.view.tui.background import Background

_DELAY = 0.1  # seconds that the cursor rests on a run before its details are read


class DetailsPane(Horizontal):
    """Details of one run, with the curve of a scalar.

    Draws the current column if it is a scalar of the run, else the scalar chosen last, else
    the first one.
    """

    def __init__(self, home: Path, reading: Background) -> None:
        super().__init__()
        self._home, self._reading = home, reading
        self._run: IndexedRun | None = None
        self._column = ""
        self._chosen: str | None = None
        self._scalars: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="about", markup=False)
        yield Static(id="curve", markup=False)

    def show(self, run: IndexedRun | None, column: str) -> None:
        """Show a run after a short delay; None shows nothing."""
        self._run, self._column = run, column
        self._update()

    def draw_next(self) -> None:
        """Draw the next of the run's scalars."""
        if self._scalars:
            current = self._scalar_to_draw(self._scalars) or ""
            self._chosen = self._scalars[(self._scalars.index(current) + 1) % len(self._scalars)]
            self._column = ""
            self._update()

    def toggle(self) -> None:
        """Show or hide the pane."""
        self.display = not self.display
        self._update()

    def on_resize(self) -> None:
        self._update()

    def _update(self) -> None:
        if self.display:
            self.run_worker(self._read(), group="details", exclusive=True)

    async def _read(self) -> None:
        run = self._run
        about, curve = self.query_one("#about", Static), self.query_one("#curve", Static)
        if run is None:
            about.update("")
            curve.update("")
            return
        await asyncio.sleep(_DELAY)
        summary = await self._reading.call(partial(details.read_details, self._home, run))
        self._scalars = summary.scalars
        about.update("\n".join(summary.lines))
        scalar = self._scalar_to_draw(summary.scalars)
        if scalar is None:
            curve.update("")
            return
        size = (curve.size.width, self.size.height)
        drawn = partial(details.draw_curve, self._home, run, scalar, size)
        curve.update("\n".join(await self._reading.call(drawn)))

    def _scalar_to_draw(self, scalars: Sequence[str]) -> str | None:
        return next(
            (name for name in (self._column, self._chosen, *scalars[:1]) if name in scalars), None
        )
