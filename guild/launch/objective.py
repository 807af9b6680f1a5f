"""The objective of a batch: a column of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.index import columns
from guild.index.columns import Column
from guild.index.query import IndexedRun
from guild.run import Run
from guild.scalars.scalar_names import is_system

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary


class Objective(NamedTuple):
    """A column to minimize, or to maximize if `sign` is -1."""

    column: Column
    sign: float

    @classmethod
    def parse(cls, spec: str) -> Objective:
        """Parse a column specification with a leading `-` to maximize.

        Raises GuildError if it is not a valid column.
        """
        sign, column = (-1.0, spec[1:]) if spec.startswith("-") else (1.0, spec)
        if len(columns.parse_columns(column)) > 1:  # Guild AI 0.9 wording
            raise GuildError(f"invalid objective {column!r}: too many columns")
        return cls(columns.parse_column(column), sign)

    def column_value(self, run: Run) -> float | None:
        """Return the value of the column for `run`, or None if it is not a number."""
        value = columns.get_value(self.column, self._indexed(run), self._scalars(run))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return value

    def loss(self, run: Run) -> float | None:
        """Return the value to minimize, or None if `run` has none."""
        value = self.column_value(run)
        return None if value is None else self.sign * value

    def describe_missing(self, run: Run) -> str | None:
        """Return a warning if `run` has no value to learn from, else None."""
        if self.loss(run) is not None:
            return None
        goal = "minimize" if self.sign > 0 else "maximize"
        names = self._names(run)
        name = self.column.name
        hint = did_you_mean(name, names) or f"; it has {', '.join(names) or 'none'}"
        return f"trial {run.short_id} has no {self._kind} '{name}' to {goal}{hint}"

    @property
    def _kind(self) -> str:
        return {"flag": "numeric flag", "attr": "attribute"}.get(self.column.kind, "scalar")

    def _names(self, run: Run) -> list[str]:
        """Return the names of the flags or scalars of `run`, depending on the column's kind."""
        if self.column.kind == "flag":
            return sorted(self._indexed(run).flags)
        return sorted({scalar.tag for scalar in self._scalars(run) if not is_system(scalar.tag)})

    def _indexed(self, run: Run) -> IndexedRun:
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
