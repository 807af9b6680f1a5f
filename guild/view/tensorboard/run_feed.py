"""A feed of the runs to show, selected again on each read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from guild.api import selection
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex


class RunFeed:
    """The runs that match `query` at the time of each read.

    If `specs` are given, they are resolved once; runs deleted since then are omitted. Batches
    are excluded unless `batches` is set or `specs` names them. Use it as a context manager,
    from one thread. Raises GuildError for invalid specs or queries, and for specs without a
    matching run.
    """

    def __init__(
        self, home: Path, specs: Sequence[str], query: RunQuery, *, batches: bool = False
    ) -> None:
        self._query = query
        self._batches = batches
        self._named = _by_folder(selection.select_named(home, specs, query)) if specs else None
        self._runs_dir = os.path.join(home, "runs")
        self._index = RunIndex(home)

    def __enter__(self) -> RunFeed:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._index.close()

    def read_runs(self) -> list[IndexedRun]:
        """Return the current runs, newest first."""
        if self._named is not None:
            return [
                run
                for folder, ids in self._named.items()
                for run in self._index.get(ids, self._folder_query(folder))
            ]
        runs = self._index.select(self._query)
        return runs if self._batches else [run for run in runs if not run.is_batch]

    def _folder_query(self, folder: str) -> RunQuery:
        return RunQuery() if folder == self._runs_dir else RunQuery(runs_dir=folder)


def _by_folder(runs: Sequence[IndexedRun]) -> dict[str, list[str]]:
    """Group the ids of runs by the folder that contains them."""
    ids: dict[str, list[str]] = {}
    for run in runs:
        ids.setdefault(os.path.dirname(run.path), []).append(run.id)
    return ids
