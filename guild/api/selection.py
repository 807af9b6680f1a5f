"""Which runs are meant: by index, range, id or directory, among those that a query matches."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from guild.base.errors import GuildError
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex, read_run

if TYPE_CHECKING:
    from guild.index.columns import Column
    from guild.scalars.run_scalars import ScalarSummary

ALL = RunQuery()

_INDEX = re.compile(r"[1-9][0-9]*")
_RANGE = re.compile(r"([0-9]*):([0-9]*)")
_MOST_IDS = 5


def select(home: Path, query: RunQuery = ALL) -> list[IndexedRun]:
    """The runs that `query` matches, the latest first.

    Raises GuildError for a filter expression or time range that cannot be read.
    """
    with RunIndex(home) as index:
        return index.select(query)


class Page(NamedTuple):
    """The first of the runs that a query matches, and how many those are."""

    runs: list[IndexedRun]
    total: int


def select_page(home: Path, query: RunQuery, size: int) -> Page:
    """The latest `size` runs that `query` matches. Raises GuildError as `select` does."""
    with RunIndex(home) as index:
        return Page(*index.page(query, size))


def select_named(home: Path, specs: Iterable[str], query: RunQuery = ALL) -> list[IndexedRun]:
    """The runs that `specs` name among those that `query` matches, each once, in that order.

    A spec is an index as the listing shows it, 1 for the latest run; a range of them, `2:5`,
    `2:`, `:5` or `:`; the start of one run's id; or the path of a run directory, wherever that
    is. Digits that are no index, as `0123` is none, are the start of an id.

    Raises GuildError for a spec that names no run, or that is the start of several ids.
    """
    with RunIndex(home) as index:
        matching = _Matching(index, query)
        found = {run.path: run for spec in specs for run in matching.named(spec)}
    return list(found.values())


def select_one(home: Path, spec: str | None = None, query: RunQuery = ALL) -> IndexedRun:
    """The one run that `spec` names, see `select_named`; without one the latest that
    `query` matches. Raises GuildError where that is none, or more than one."""
    if spec is not None:
        found = select_named(home, [spec], query)
    else:
        with RunIndex(home) as index:
            found = index.select(query, 1)
    if not found:
        raise GuildError("no matching runs")
    if len(found) > 1:
        raise _ambiguous(str(spec), found)
    return found[0]


class _Matching:
    """The runs that match `query`, read as far as they are asked for."""

    def __init__(self, index: RunIndex, query: RunQuery) -> None:
        self._index = index
        self._query = query
        self._runs: list[IndexedRun] | None = None

    def named(self, spec: str) -> Sequence[IndexedRun]:
        """The runs that `spec` names, at least one. Raises GuildError."""
        if match := _RANGE.fullmatch(spec):
            runs = self._in_range(int(match[1] or 1), int(match[2]) if match[2] else None)
        else:
            runs = self._at_index(spec) or self._with_id(spec) or self._at_path(spec)
        if not runs:
            raise GuildError(
                f"could not find a run matching '{spec}' - '{self._listing()}' lists them"
            )
        return runs

    def _listing(self) -> str:
        """The command that lists the runs that can be named."""
        if self._query.deleted:
            return "guild runs --deleted"
        statuses = self._query.statuses
        return f"guild runs --{min(statuses)}" if len(statuses) == 1 else "guild runs"

    def _all(self) -> list[IndexedRun]:
        if self._runs is None:
            self._runs = self._index.select(self._query)
        return self._runs

    def _in_range(self, first: int, last: int | None) -> Sequence[IndexedRun]:
        """The runs from index `first` to `last`; none where there is no such index."""
        runs = self._all()
        last = len(runs) if last is None else last
        return runs[first - 1 : last] if 1 <= first <= last <= len(runs) else ()

    def _at_index(self, spec: str) -> Sequence[IndexedRun]:
        if not _INDEX.fullmatch(spec):
            return ()
        index = int(spec)
        if self._runs is None and index <= _FEW:
            runs = self._index.select(self._query, index)
        else:
            runs = self._all()
        return runs[index - 1 : index]

    def _with_id(self, spec: str) -> Sequence[IndexedRun]:
        runs = self._index.find(spec, self._query) if spec else []
        if runs and self._query != _unfiltered(self._query):
            matching = {run.path for run in self._all()}
            runs = [run for run in runs if run.path in matching]
        runs = [run for run in runs if run.id == spec] or runs
        if len(runs) > 1:
            raise _ambiguous(spec, runs)
        return runs

    def _at_path(self, spec: str) -> Sequence[IndexedRun]:
        run = read_run(spec) if spec else None
        return [run] if run else ()


# An index up to which reading only so many runs is worth while.
_FEW = 100


def _unfiltered(query: RunQuery) -> RunQuery:
    return RunQuery(deleted=query.deleted, runs_dir=query.runs_dir)


def _ambiguous(spec: str, runs: Sequence[IndexedRun]) -> GuildError:
    ids = ", ".join(run.short_id for run in runs[:_MOST_IDS])
    more = ", ..." if len(runs) > _MOST_IDS else ""
    return GuildError(f"'{spec}' matches multiple runs: {ids}{more}")


def best(
    home: Path, column: str, query: RunQuery = ALL, *, highest: bool, specs: Sequence[str] = ()
) -> IndexedRun:
    """The run with the lowest or highest value of a column such as `loss`, `max acc` or
    `=lr`, the latest of several, among those that `query` and `specs` mean.

    Raises GuildError if no run has a number there, or `column` cannot be read.
    """
    from guild.index import columns

    wanted = columns.parse_column(column)
    if specs:
        found = _best_of(home, select_named(home, specs, query), wanted, highest)
    else:
        with RunIndex(home) as index:
            found = index.find_best(wanted, query, highest=highest)
            if found is None and not index.count(query):
                raise GuildError("no matching runs")
    if found is None:
        raise GuildError(f"none of the runs has a number for '{column}'")
    return found


def _best_of(
    home: Path, runs: Sequence[IndexedRun], column: Column, highest: bool
) -> IndexedRun | None:
    from guild.index import columns
    from guild.index.numbers import is_number

    with RunIndex(home) as index:
        tags = columns.list_tags(column)
        scalars = {} if tags == set() else scalars_of(index, home, runs, tags)
    get = columns.make_getter(column)
    values = [(get(run, scalars.get(run.path, ())), run) for run in runs]
    numbers = [(value, run) for value, run in values if is_number(value)]
    choose = max if highest else min
    return choose(numbers, key=lambda found: found[0])[1] if numbers else None


def scalars_of(
    index: RunIndex, home: Path, runs: Sequence[IndexedRun], tags: Collection[str] | None = None
) -> dict[str, list[ScalarSummary]]:
    """The scalars of runs, or those with one of `tags`, by the runs' path; each folder of
    runs has an index of its own."""
    found = {}
    for folder in {os.path.dirname(run.path) for run in runs}:
        ids = [run.id for run in runs if os.path.dirname(run.path) == folder]
        query = ALL if folder == os.path.join(home, "runs") else RunQuery(runs_dir=folder)
        for run_id, scalars in index.read_scalars(ids, query, tags=tags).items():
            found[os.path.join(folder, run_id)] = scalars
    return found
