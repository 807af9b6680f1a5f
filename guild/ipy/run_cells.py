"""Runs as values in data frames."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from guild.base.errors import GuildError
from guild.run import Run


@functools.total_ordering
class RunCell:
    """A run in a data frame: it is shown as its short id, equals its id and is sorted by id.

    So `frame[frame["run"] == run.id]` selects the rows of a run, and frames can be merged and
    grouped by their column `run`.
    """

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def __str__(self) -> str:
        return self.run.short_id

    def __repr__(self) -> str:
        return repr(self.run.short_id)

    def __eq__(self, other: object) -> bool:
        return self.run.id == _get_id(other)

    def __lt__(self, other: object) -> bool:
        other_id = _get_id(other)
        return NotImplemented if other_id is None else self.run.id < other_id

    def __hash__(self) -> int:
        return hash(self.run.id)

    def __reduce__(self) -> Any:
        return RunCell, (Run(self.run.id, self.run.path),)


def _get_id(value: object) -> str | None:
    if isinstance(value, RunCell):
        return value.run.id
    return value if isinstance(value, str) else None


def find_runs(data: Any) -> list[Run]:
    """Return the runs of a frame, row or column: those in `run`, a column or index.

    Raises GuildError if the column or index is missing or has other values.
    """
    cells: list[Any] | None
    if isinstance(data, pd.DataFrame):
        if "run" in data.columns:
            cells = list(data["run"])
        else:
            cells = list(data.index) if data.index.name == "run" else None
    elif "run" in data.index:
        cells = [data["run"]]
    elif isinstance(data.name, RunCell):
        cells = [data.name]
    else:
        cells = list(data)
    if cells is None or not all(isinstance(cell, RunCell) for cell in cells):
        raise GuildError("the frame has lost its 'run' column")
    return [cell.run for cell in cells]
