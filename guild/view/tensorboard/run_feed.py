"""The runs that were asked for, as they are now."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from guild.api import selection
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex


class RunFeed:
    """Selects again and again: `runs` are those that `query` matches at that moment, or, with
    `specs`, those of the runs that these named at the start which are still there.

    Batches are left out unless they are asked for or named. A context manager, to be used by
    one thread. Raises GuildError for specs and queries as `guild.api.selection` does.
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

    def runs(self) -> list[IndexedRun]:
        """The runs, the latest first."""
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
    """The ids of runs by the folder that they are in."""
    found: dict[str, list[str]] = {}
    for run in runs:
        found.setdefault(os.path.dirname(run.path), []).append(run.id)
    return found
