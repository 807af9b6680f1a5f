"""Runs beside each other: a table with a row for each, and the scalars that it can have."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from guild.api import selection
from guild.base.errors import GuildError
from guild.index.comparison_table import CompareOptions, Table, compare_runs
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary


def select(home: Path, specs: Sequence[str], query: RunQuery) -> list[IndexedRun]:
    """The runs that RUN arguments name, or without any all that `query` matches.

    Raises GuildError as `selection.select_named` does.
    """
    return selection.select_named(home, specs, query) if specs else selection.select(home, query)


def compare(home: Path, runs: Sequence[IndexedRun], options: CompareOptions) -> Table:
    """The table of `runs`, which are in one folder, in their order unless `options` say otherwise.

    Raises GuildError for columns that cannot be read.
    """
    with RunIndex(home) as index:
        return compare_runs(index, runs, options, folder_query(home, runs)).table


def scalars(
    home: Path, runs: Sequence[IndexedRun], *, system: bool = False
) -> dict[str, list[ScalarSummary]]:
    """What can be a column of each of `runs`, which are in one folder, by run id; with
    `system` also what Guild measures itself."""
    with RunIndex(home) as index:
        return index.read_scalars([run.id for run in runs], folder_query(home, runs), system=system)


def folder_query(home: Path, runs: Sequence[IndexedRun]) -> RunQuery:
    """The query for the folder that `runs` are in. Raises GuildError if they are in several."""
    folders = {os.path.dirname(run.path) for run in runs}
    if len(folders) > 1:
        raise GuildError(
            f"cannot compare runs of several folders ({', '.join(sorted(folders))}) - "
            f"import them into one home with 'guild import'"
        )
    here = os.path.join(os.path.abspath(home), "runs")
    return RunQuery(runs_dir=folders.pop()) if folders - {here} else RunQuery()
