"""What a batch minimizes: a column of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guild.base.text import did_you_mean
from guild.index import columns
from guild.index.columns import Column
from guild.index.query import IndexedRun
from guild.run import Run
from guild.scalars.scalar_names import is_system

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary


class Objective(NamedTuple):
    """A column that is minimized, or maximized if `sign` is -1."""

    column: Column
    sign: float

    @classmethod
    def parse(cls, text: str) -> Objective:
        """The objective that is written as a column, with `-` in front to maximize.

        Raises GuildError for what is no column.
        """
        sign, column = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
        return cls(columns.parse_column(column), sign)

    def shown(self, run: Run) -> float | None:
        """The value of the column for `run`; None where it has none that is a number."""
        value = columns.get_value(self.column, self._known(run), self._scalars(run))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return value

    def of(self, run: Run) -> float | None:
        """What is minimized; None where `run` has no value."""
        value = self.shown(run)
        return None if value is None else self.sign * value

    def missing(self, run: Run) -> str | None:
        """What is told of `run` if it has no value that could be learned from; None if it has."""
        if self.of(run) is not None:
            return None
        goal = "minimize" if self.sign > 0 else "maximize"
        names = self._names(run)
        name = self.column.name
        hint = did_you_mean(name, names) or f" - it has {', '.join(names) or 'nothing'}"
        return f"there is no number '{name}' to {goal} in trial {run.short_id}{hint}"

    def _names(self, run: Run) -> list[str]:
        """What is there of the kind that the column is of."""
        if self.column.kind == "flag":
            return sorted(self._known(run).flags)
        return sorted({one.tag for one in self._scalars(run) if not is_system(one.tag)})

    def _known(self, run: Run) -> IndexedRun:
        kind, name = self.column.kind, self.column.name
        flags = run.get("flags") if kind == "flag" else None
        attr = run.get(name) if kind == "attr" else None
        return IndexedRun(
            run.id,
            run.path,
            run.opref,
            {} if attr is None else {name: attr},
            flags if isinstance(flags, dict) else {},
            run.status,
            None,
            None,
        )

    def _scalars(self, run: Run) -> list[ScalarSummary]:
        if self.column.kind not in ("scalar", "step"):
            return []
        from guild.scalars.run_scalars import summarize

        return summarize(run.path).summaries()
