"""Changes to runs from the table, with their prompts and notifications."""

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

_MAX_LISTED = 10
_MAX_ERRORS = 3


class RunChanger:
    """Changes runs of `home` in the background, then calls `on_done`."""

    def __init__(self, app: App[Any], home: Path, on_done: Callable[[], None]) -> None:
        self._app, self._home, self._on_done = app, home, on_done
        self._background = Background("changing")

    async def mark(self, runs: Sequence[IndexedRun]) -> None:
        """Mark the runs, or unmark them if all of them are marked."""
        marked = not all(run.marked for run in runs)
        verb = "Marked" if marked else "Unmarked"
        self._change(runs, partial(changes.set_marked, marked=marked), verb)

    async def label(self, runs: Sequence[IndexedRun]) -> None:
        """Prompt for a label, and set it on the runs."""

        def on_answer(text: str | None) -> None:
            if text is not None:
                self._change(runs, lambda run: changes.set_label(run, text.strip()), "Labeled")

        labels = {run.label for run in runs}
        label = labels.pop() if len(labels) == 1 else ""
        await self._app.push_screen(Question(f"Label of {_describe(runs)}:", label), on_answer)

    async def tag(self, runs: Sequence[IndexedRun]) -> None:
        """Prompt for tags to add to the runs or to remove from them."""

        def on_answer(text: str | None) -> None:
            words = (text or "").split()
            if words:
                change = partial(
                    changes.change_tags,
                    add=[word for word in words if not word.startswith("-")],
                    delete=[word[1:] for word in words if word.startswith("-")],
                )
                self._change(runs, change, "Tagged")

        question = f"Tags to add to {_describe(runs)} (-TAG removes a tag):"
        await self._app.push_screen(Question(question), on_answer)

    async def delete(self, runs: Sequence[IndexedRun]) -> None:
        """Delete the runs after confirmation."""

        def on_answer(confirmed: bool | None) -> None:
            if confirmed:
                self._change(runs, lambda run: removal.delete_run(self._home, run), "Deleted")

        lines = [f"{run.short_id}  {run.operation}  {run.status}  {run.label}" for run in runs]
        more = [f"... and {len(runs) - _MAX_LISTED} more"] if len(runs) > _MAX_LISTED else []
        running = any(run.status == "running" for run in runs)
        question = (
            f"Delete {_describe(runs)}?{' Active runs are stopped first.' if running else ''}"
        )
        text = [*map(printable, lines[:_MAX_LISTED]), *more, "", _RESTORE]
        await self._app.push_screen(Confirmation(question, text), on_answer)

    def _change(self, runs: Sequence[IndexedRun], change: Callable[[Run], None], verb: str) -> None:
        async def follow() -> None:
            errors = await self._background.call(lambda: _change_each(runs, change))
            for error in errors[:_MAX_ERRORS]:
                self._app.notify(error, severity="error", markup=False)
            if len(errors) < len(runs):
                self._app.notify(f"{verb} {len(runs) - len(errors)} run(s)", timeout=2)
            self._on_done()

        self._app.run_worker(follow(), group="change")


_RESTORE = "Use 'guild runs restore' to restore deleted runs."


def _describe(runs: Sequence[IndexedRun]) -> str:
    return f"run {runs[0].short_id}" if len(runs) == 1 else f"{len(runs)} runs"


def _change_each(runs: Sequence[IndexedRun], change: Callable[[Run], None]) -> list[str]:
    """Change each run, and return the errors."""
    errors = []
    for run in runs:
        if not os.path.isdir(run.path):  # writing an attribute would create it again
            errors.append(f"run {run.short_id} no longer exists")
            continue
        try:
            change(run.run)
        except GuildError as error:
            errors.append(error.message)
    return errors
