"""Changes of runs from the table: what is asked before, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from textual.app import App

from guild.api import changes, removal
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.index.query import IndexedRun
from guild.run import Run
from guild.view.tui.background import Background
from guild.view.tui.dialogs import Confirmation, Question

_LISTED = 10
_FAULTS = 3


class RunChanger:
    """Changes runs of `home` in the background, and calls `done` after that."""

    def __init__(self, app: App[Any], home: Path, done: Callable[[], None]) -> None:
        self._app, self._home, self._done = app, home, done
        self._background = Background("changing")

    async def mark(self, runs: Sequence[IndexedRun]) -> None:
        """Mark the runs or, if they all are marked, take their marks away."""
        marked = not all(run.marked for run in runs)
        said = "Marked" if marked else "Unmarked"
        self._change(runs, partial(changes.mark, marked=marked), said)

    async def label(self, runs: Sequence[IndexedRun]) -> None:
        """Ask for a label and give it to the runs."""

        def answered(text: str | None) -> None:
            if text is not None:
                self._change(runs, lambda run: changes.set_label(run, text.strip()), "Labeled")

        labels = {run.label for run in runs}
        now = labels.pop() if len(labels) == 1 else ""
        await self._app.push_screen(Question(f"Label of {_named(runs)}:", now), answered)

    async def tag(self, runs: Sequence[IndexedRun]) -> None:
        """Ask for tags and give them to the runs, or take them away."""

        def answered(text: str | None) -> None:
            words = (text or "").split()
            if words:
                change = partial(
                    changes.change_tags,
                    add=[word for word in words if not word.startswith("-")],
                    delete=[word[1:] for word in words if word.startswith("-")],
                )
                self._change(runs, change, "Tagged")

        question = f"Tags to add to {_named(runs)}, -TAG to take one away:"
        await self._app.push_screen(Question(question), answered)

    async def delete(self, runs: Sequence[IndexedRun]) -> None:
        """Ask whether the runs are to be deleted, and do it."""

        def answered(sure: bool | None) -> None:
            if sure:
                self._change(runs, lambda run: removal.delete(self._home, run), "Deleted")

        lines = [f"{run.short_id}  {run.operation}  {run.status}  {run.label}" for run in runs]
        more = [f"... and {len(runs) - _LISTED} more"] if len(runs) > _LISTED else []
        running = any(run.status == "running" for run in runs)
        question = f"Delete {_named(runs)}?{' What is running is stopped.' if running else ''}"
        told = [*map(printable, lines[:_LISTED]), *more, "", _RESTORE]
        await self._app.push_screen(Confirmation(question, told), answered)

    def _change(self, runs: Sequence[IndexedRun], change: Callable[[Run], None], said: str) -> None:
        async def follow() -> None:
            faults = await self._background.call(lambda: _faults(runs, change))
            for fault in faults[:_FAULTS]:
                self._app.notify(fault, severity="error", markup=False)
            if len(faults) < len(runs):
                self._app.notify(f"{said} {len(runs) - len(faults)} run(s)", timeout=2)
            self._done()

        self._app.run_worker(follow(), group="change")


_RESTORE = "'guild runs restore' brings deleted runs back."


def _named(runs: Sequence[IndexedRun]) -> str:
    return f"run {runs[0].short_id}" if len(runs) == 1 else f"{len(runs)} runs"


def _faults(runs: Sequence[IndexedRun], change: Callable[[Run], None]) -> list[str]:
    """Change each run; what went wrong."""
    faults = []
    for run in runs:
        if not os.path.isdir(run.path):  # or what is written would bring it back
            faults.append(f"run {run.short_id} is gone")
            continue
        try:
            change(run.run)
        except GuildError as error:
            faults.append(error.message)
    return faults
