"""Selection of runs by index, range, id, path or query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from guild.base.errors import GuildError
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex, read_run

if TYPE_CHECKING:
    from guild.index.columns import Column

_EVERY_RUN = RunQuery()
_INDEX = re.compile(r"[1-9][0-9]*")
_RANGE = re.compile(r"([0-9]*):([0-9]*)")
_MAX_LISTED_IDS = 5
_MAX_PARTIAL_INDEX = 100  # for greater indexes, all runs are read


def select_runs(home: Path, query: RunQuery = _EVERY_RUN) -> list[IndexedRun]:
    """Return the runs in `home` that match `query`, newest first.

    Raises GuildError for an invalid filter expression or time range.
    """
    with RunIndex(home) as index:
        return index.select(query)


class Page(NamedTuple):
    """The first of the runs that match a query, and the number of all that match."""

    runs: list[IndexedRun]
    total: int


def select_page(home: Path, query: RunQuery, size: int) -> Page:
    """Return the newest `size` runs that match `query`. Raises GuildError as `select_runs` does."""
    with RunIndex(home) as index:
        return Page(*index.page(query, size))


def select_named(
    home: Path, specs: Iterable[str], query: RunQuery = _EVERY_RUN
) -> list[IndexedRun]:
    """Return the runs that `specs` name, each once, among those that match `query`.

    A spec is an index as the listing shows it (1 is the newest run); a range of indexes, `2:5`,
    `2:`, `:5` or `:`; the start of a run id; or the path of any run directory. Digits that are
    not an index, such as `0123`, are the start of an id.

    Raises GuildError for a spec that matches no run, and for one that starts several ids.
    """
    with RunIndex(home) as index:
        matching = _MatchingRuns(index, query)
        runs = {run.path: run for spec in specs for run in matching.find_named(spec)}
    return list(runs.values())


def select_named_or_all(home: Path, specs: Sequence[str], query: RunQuery) -> list[IndexedRun]:
    """Return the runs that `specs` name; without specs, all runs that match `query`."""
    return select_named(home, specs, query) if specs else select_runs(home, query)


def select_one(home: Path, spec: str | None = None, query: RunQuery = _EVERY_RUN) -> IndexedRun:
    """Return the run that `spec` names; without a spec, the newest that matches `query`.

    Raises GuildError if no run or several runs match.
    """
    if spec is not None:
        runs = select_named(home, [spec], query)
    else:
        with RunIndex(home) as index:
            runs = index.select(query, 1)
    if not runs:
        raise GuildError("no matching runs")
    if len(runs) > 1:
        raise _ambiguous(str(spec), runs)
    return runs[0]


class _MatchingRuns:
    """The runs that match `query`, read only as far as needed."""

    def __init__(self, index: RunIndex, query: RunQuery) -> None:
        self._index = index
        self._query = query
        self._runs: list[IndexedRun] | None = None

    def find_named(self, spec: str) -> Sequence[IndexedRun]:
        """Return at least one run that `spec` names. Raises GuildError."""
        if match := _RANGE.fullmatch(spec):
            runs = self._in_range(int(match[1] or 1), int(match[2]) if match[2] else None)
        else:
            runs = self._at_index(spec) or self._with_id(spec) or self._at_path(spec)
        if not runs:
            raise GuildError(
                f"could not find a run matching '{spec}'; run '{self._list_command()}' for a list"
            )
        return runs

    def _list_command(self) -> str:
        """Return the command that lists the runs and their indexes."""
        if self._query.deleted:
            return "guild runs --deleted"
        statuses = self._query.statuses
        return f"guild runs --{min(statuses)}" if len(statuses) == 1 else "guild runs"

    def _all(self) -> list[IndexedRun]:
        if self._runs is None:
            self._runs = self._index.select(self._query)
        return self._runs

    def _in_range(self, first: int, last: int | None) -> Sequence[IndexedRun]:
        """Return the runs from index `first` to `last`; empty if an index is out of range."""
        runs = self._all()
        last = len(runs) if last is None else last
        return runs[first - 1 : last] if 1 <= first <= last <= len(runs) else ()

    def _at_index(self, spec: str) -> Sequence[IndexedRun]:
        if not _INDEX.fullmatch(spec):
            return ()
        index = int(spec)
        if self._runs is None and index <= _MAX_PARTIAL_INDEX:
            runs = self._index.select(self._query, index)
        else:
            runs = self._all()
        return runs[index - 1 : index]

    def _with_id(self, spec: str) -> Sequence[IndexedRun]:
        query = self._query
        runs = self._index.find(spec, query) if spec else []
        if runs and query != RunQuery(deleted=query.deleted, runs_dir=query.runs_dir):
            matching = {run.path for run in self._all()}
            runs = [run for run in runs if run.path in matching]
        runs = [run for run in runs if run.id == spec] or runs
        if len(runs) > 1:
            raise _ambiguous(spec, runs)
        return runs

    def _at_path(self, spec: str) -> Sequence[IndexedRun]:
        run = read_run(spec) if spec else None
        return [run] if run else ()


def _ambiguous(spec: str, runs: Sequence[IndexedRun]) -> GuildError:
    ids = ", ".join(run.short_id for run in runs[:_MAX_LISTED_IDS])
    more = ", ..." if len(runs) > _MAX_LISTED_IDS else ""
    return GuildError(f"'{spec}' matches multiple runs: {ids}{more}")


def select_best(
    home: Path,
    column: str,
    query: RunQuery = _EVERY_RUN,
    *,
    highest: bool,
    specs: Sequence[str] = (),
) -> IndexedRun:
    """Return the run with the lowest or highest number in `column`; the newest of several.

    `column` is for example `loss`, `max acc` or `=lr`. The runs match `query` and, if
    given, `specs`. Raises GuildError if no run has a number in the column, or it is invalid.
    """
    from guild.index.columns import parse_column

    parsed = parse_column(column)
    if specs:
        run = _find_best(select_named(home, specs, query), parsed, highest)
    else:
        with RunIndex(home) as index:
            run = index.find_best(parsed, query, highest=highest)
            if run is None and not index.count(query):
                raise GuildError("no matching runs")
    if run is None:
        raise GuildError(f"none of the runs has a number for '{column}'")
    return run


def _find_best(runs: Sequence[IndexedRun], column: Column, highest: bool) -> IndexedRun | None:
    from guild.api.lookup import read_scalars
    from guild.index.columns import list_tags, make_getter
    from guild.index.numbers import is_number

    tags = list_tags(column)
    scalars = {} if tags == set() else read_scalars(runs, tags=tags)
    get = make_getter(column)
    values = [(get(run, scalars.get(run.path, ())), run) for run in runs]
    numbers = [pair for pair in values if is_number(pair[0])]
    if not numbers:
        return None
    return (max if highest else min)(numbers, key=lambda pair: pair[0])[1]
