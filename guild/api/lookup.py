"""What is known of given runs, wherever they are: attributes, scalars, a comparison."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from guild.index.comparison_table import CompareOptions, Table, compare_runs
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.run import Run
from guild.scalars.event_reader import Points
from guild.scalars.run_scalars import ScalarSummary, read_points

AnyRun: TypeAlias = Run | IndexedRun


def read(runs: Iterable[AnyRun]) -> list[IndexedRun]:
    """What is known now of `runs`, in their order, without those that are gone."""
    runs = list(runs)
    found: dict[str, IndexedRun] = {}
    for folder, ids in _by_folder(runs).items():
        with _index_of(folder) as (index, query):
            found.update((run.path, run) for run in index.get(ids, query))
    return [found[path] for run in runs if (path := os.path.abspath(run.path)) in found]


def flags(run: AnyRun) -> dict[str, Any]:
    """The flags of `run`."""
    return dict(run.flags)


def scalars(runs: Iterable[AnyRun]) -> list[tuple[Run, ScalarSummary]]:
    """The scalars of `runs` in their order, those of a run by prefix and tag."""
    runs = list(runs)
    found: dict[str, list[ScalarSummary]] = {}
    for folder, ids in _by_folder(runs).items():
        with _index_of(folder) as (index, query):
            index.get(ids, query)  # scalars are told of runs that were selected
            for run_id, rows in index.read_scalars(ids, query).items():
                found[os.path.join(folder, run_id)] = rows
    return [
        (run if isinstance(run, Run) else run.run, row)
        for run in runs
        for row in found.get(os.path.abspath(run.path), ())
    ]


def scalar_points(run: AnyRun) -> dict[tuple[str, str], Points]:
    """Every value of every scalar of `run`, by prefix and tag. Raises OSError."""
    return read_points(run.path)


def compare(
    runs: Iterable[AnyRun],
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
) -> Table:
    """The table of `runs`, as `guild compare` has it.

    Runs of several folders are below each other, those of each sorted by themselves.
    Raises GuildError for columns that cannot be read.
    """
    known = {run.path: run for run in read(runs)}
    tables = []
    for folder, ids in _by_folder(list(known.values())).items():
        there = [known[os.path.join(folder, run_id)] for run_id in ids]
        with _index_of(folder) as (index, query):
            index.get(ids, query)
            tables.append(compare_runs(index, there, options, query).table)
    return _joined(tables)


def _joined(tables: Sequence[Table]) -> Table:
    header = tuple(dict.fromkeys(name for table in tables for name in table.header))
    rows = [dict(zip(table.header, row, strict=True)) for table in tables for row in table.rows]
    return Table(header, tuple(tuple(map(row.get, header)) for row in rows))


def _by_folder(runs: Sequence[AnyRun]) -> dict[str, list[str]]:
    """The ids of `runs` by the folder they are in."""
    folders: dict[str, list[str]] = {}
    for run in runs:
        folder, name = os.path.split(os.path.abspath(run.path))
        folders.setdefault(folder, []).append(name)
    return folders


@contextmanager
def _index_of(folder: str) -> Iterator[tuple[RunIndex, RunQuery]]:
    """The index of the home that `folder` is in, if it has one, and a query for the folder."""
    parent, name = os.path.split(folder)
    deleted = os.path.basename(parent) == "trash"
    home = os.path.dirname(parent) if deleted else parent
    kept = name == "runs" and os.path.isdir(os.path.join(home, "cache", "index"))
    query = RunQuery(deleted=deleted) if kept else RunQuery(runs_dir=folder)
    with RunIndex(home) as index:
        yield index, query
