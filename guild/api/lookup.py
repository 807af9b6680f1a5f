"""Attributes and scalars of given runs, and tables that compare them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from guild.base.errors import GuildError
from guild.index.comparison_table import CompareOptions, Table, compare_runs
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.run import Run
from guild.scalars.run_scalars import ScalarSummary

AnyRun: TypeAlias = Run | IndexedRun


def read_runs(runs: Iterable[AnyRun]) -> list[IndexedRun]:
    """Return the current state of `runs`, in their order, without runs that no longer exist."""
    runs = list(runs)
    by_path = {
        run.path: run
        for _, ids, index, query in _open_indexes(runs)
        for run in index.get(ids, query)
    }
    return [by_path[path] for run in runs if (path := os.path.abspath(run.path)) in by_path]


# -- Scalars


def list_scalars(runs: Iterable[AnyRun]) -> list[tuple[Run, ScalarSummary]]:
    """Return each scalar of each of `runs`, in the order of runs, then by prefix and tag."""
    runs = list(runs)
    by_path = read_scalars(runs, refresh=True)
    return [
        (run if isinstance(run, Run) else run.run, row)
        for run in runs
        for row in by_path.get(os.path.abspath(run.path), ())
    ]


def read_scalars(
    runs: Sequence[AnyRun],
    *,
    tags: Collection[str] | None = None,
    system: bool = True,
    refresh: bool = False,
) -> dict[str, list[ScalarSummary]]:
    """Return the scalars of runs by the path of the run, sorted by prefix and tag.

    `tags` limits the result to these tags; without `system`, system metrics are excluded. Use
    `refresh` for runs that may have changed since they were selected.
    """
    by_path = {}
    for folder, ids, index, query in _open_indexes(runs):
        if refresh:
            index.get(ids, query)
        for run_id, rows in index.read_scalars(ids, query, tags=tags, system=system).items():
            by_path[os.path.join(folder, run_id)] = rows
    return by_path


# -- Comparison


def compare_anywhere(runs: Iterable[AnyRun], options: CompareOptions) -> Table:
    """Return the table that compares `runs`, which may be in several homes.

    The runs of each directory are sorted on their own. Raises GuildError for invalid columns.
    """
    current = {run.path: run for run in read_runs(runs)}
    tables = [
        compare_runs(index, [current[os.path.join(folder, id_)] for id_ in ids], options, query)[0]
        for folder, ids, index, query in _open_indexes(current.values())
    ]
    header = tuple(dict.fromkeys(name for table in tables for name in table.header))
    rows = [dict(zip(table.header, row, strict=True)) for table in tables for row in table.rows]
    return Table(header, tuple(tuple(map(row.get, header)) for row in rows))


def compare_selected(home: Path, runs: Sequence[IndexedRun], options: CompareOptions) -> Table:
    """Return the table that compares `runs`, which were just selected from one directory.

    Raises GuildError for invalid columns, and for runs of several directories.
    """
    with RunIndex(home) as index:
        return compare_runs(index, runs, options, make_folder_query(home, runs)).table


def make_folder_query(home: Path, runs: Iterable[IndexedRun]) -> RunQuery:
    """Return the query for the directory that contains `runs`.

    Raises GuildError if they are in several directories.
    """
    folders = {os.path.dirname(run.path) for run in runs}
    if len(folders) > 1:
        raise GuildError(
            f"cannot compare runs of several directories ({', '.join(sorted(folders))}); "
            f"import them into one home with 'guild import'"
        )
    runs_dir = os.path.join(os.path.abspath(home), "runs")
    return RunQuery(runs_dir=folders.pop()) if folders - {runs_dir} else RunQuery()


# -- Indexes


def _open_indexes(
    runs: Iterable[AnyRun],
) -> Iterator[tuple[str, list[str], RunIndex, RunQuery]]:
    """Yield each directory of runs, the ids in it, its index and the query for the directory.

    The index is open until the next item.
    """
    ids_by_folder: dict[str, list[str]] = {}
    for run in runs:
        folder, name = os.path.split(os.path.abspath(run.path))
        ids_by_folder.setdefault(folder, []).append(name)
    for folder, ids in ids_by_folder.items():
        parent, name = os.path.split(folder)
        deleted = os.path.basename(parent) == "trash"
        home = os.path.dirname(parent) if deleted else parent
        # A directory that is not part of a home gets an index in memory.
        in_home = name == "runs" and os.path.isdir(os.path.join(home, "cache", "index"))
        query = RunQuery(deleted=deleted) if in_home else RunQuery(runs_dir=folder)
        with RunIndex(home) as index:
            yield folder, ids, index, query
