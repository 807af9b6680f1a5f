"""A run as a value in a data frame."""

from __future__ import annotations

import functools
from typing import Any

from guild.run import Run


@functools.total_ordering
class RunCell:
    """Shows the short id of `run`, and is equal to its id; cells are ordered by id.

    So `frame[frame["run"] == run.id]` are the rows of a run, and frames of runs are merged
    and grouped by their column `run`.
    """

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def __str__(self) -> str:
        return self.run.short_id

    def __repr__(self) -> str:
        return repr(self.run.short_id)

    def __eq__(self, other: object) -> bool:
        return self.run.id == _id(other)

    def __lt__(self, other: object) -> bool:
        its_id = _id(other)
        return NotImplemented if its_id is None else self.run.id < its_id

    def __hash__(self) -> int:
        return hash(self.run.id)

    def __reduce__(self) -> Any:
        return RunCell, (Run(self.run.id, self.run.path),)


def _id(value: object) -> str | None:
    if isinstance(value, RunCell):
        return value.run.id
    return value if isinstance(value, str) else None
