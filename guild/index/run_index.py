"""The index of the runs in a Guild home."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from guild.base import log, yaml
from guild.index import filters
from guild.index.columns import Column, get_scalar, list_tags, make_getter
from guild.index.database import Database
from guild.index.fields import is_unindexed
from guild.index.numbers import is_number
from guild.index.query import IndexedRun, RunQuery
from guild.index.record import Record, parse_opref, read_record
from guild.index.run_cache import RunCache
from guild.run import string_keys, typed_attr

if TYPE_CHECKING:
    from guild.index.filters import RunFilter
    from guild.scalars.run_scalars import ScalarSummary

_EVERY_RUN = RunQuery()


class RunIndex:
    """The runs of the Guild home `home`, which queries return newest first.

    The index is stored under `HOME/cache/index/`, which may be deleted at any time. Use it as
    a context manager, or call `close`. Of the `query` of methods that get runs by id, only the
    folder counts.
    """

    def __init__(self, home: str | os.PathLike[str]) -> None:
        self._home = os.path.abspath(home)
        self._caches: dict[str, RunCache] = {}
        self._warned: set[str] = set()

    def __enter__(self) -> RunIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for cache in self._caches.values():
            cache.close()
        self._caches.clear()

    def select(
        self, query: RunQuery = _EVERY_RUN, limit: int | None = None, *, now: float | None = None
    ) -> list[IndexedRun]:
        """Return the runs that match `query`, at most `limit`.

        Time ranges are relative to `now`, in seconds since the epoch (default: the current
        time). Warns once about each damaged run. Raises GuildError for an invalid filter
        expression or time range.
        """
        cache = self._cache(query)
        run_filter = filters.make_filter(query, time.time() if now is None else now)
        if run_filter is None and limit is not None:
            runs = self._indexed(cache, cache.page(limit))
        else:
            runs, _ = self._find_matches(cache, run_filter, limit)
        self._warn(runs)
        return runs

    def page(
        self, query: RunQuery = _EVERY_RUN, limit: int = 20, *, now: float | None = None
    ) -> tuple[list[IndexedRun], int]:
        """Return the same runs as `select`, and the number of all runs that match `query`."""
        cache = self._cache(query)
        run_filter = filters.make_filter(query, time.time() if now is None else now)
        if run_filter is None:
            runs, total = self._indexed(cache, cache.page(limit)), cache.count()
        else:
            runs, total = self._find_matches(cache, run_filter, limit)
        self._warn(runs)
        return runs, total

    def count(self, query: RunQuery = _EVERY_RUN, *, now: float | None = None) -> int:
        """Return the number of runs that match `query`. Raises GuildError as `select` does."""
        return self.page(query, 0, now=now)[1]

    def _find_matches(
        self, cache: RunCache, run_filter: RunFilter | None, limit: int | None = None
    ) -> tuple[list[IndexedRun], int]:
        """Return the runs in `cache` that pass the filter, at most `limit`, and their number."""
        with _without_garbage_collection():
            if run_filter is not None:
                ids = cache.all_ids(attributes=False)
                if run_filter.needs_only_scalars(
                    lambda name: is_unindexed(name) or cache.may_have_name(name)
                ):
                    matches = run_filter.select_ids(ids, cache.read_scalars)
                    first = [run_id for run_id in ids if run_id in matches][:limit]
                    return self._indexed(cache, cache.get(first)), len(matches)
            ids = cache.all_ids()
            if run_filter is None:
                return self._indexed(cache, cache.decode(ids[:limit])), len(ids)
            runs = self._indexed(cache, cache.decode(ids))
            runs = run_filter.select(runs, cache.read_scalars)
            return runs[:limit], len(runs)

    def find_best(
        self, column: Column, query: RunQuery = _EVERY_RUN, *, highest: bool = False
    ) -> IndexedRun | None:
        """Return the matching run with the lowest (`highest`: the highest) number in `column`.

        The newest of several such runs wins. None if no run has a number there.
        """
        cache = self._cache(query)
        run_filter = filters.make_filter(query, time.time())
        with _without_garbage_collection():
            if run_filter is not None or column.kind != "scalar":
                runs, _ = self._find_matches(cache, run_filter)
                tags = list_tags(column)
                scalars = {} if tags == set() else cache.read_scalars([r.id for r in runs], tags)
                get = make_getter(column)
                values = [(get(run, scalars.get(run.id, ())), run.id) for run in runs]
            else:  # runs do not have to be decoded
                ids = cache.all_ids(attributes=False)
                scalars = cache.read_scalars(ids, list_tags(column))
                values = [(get_scalar(column, scalars.get(run_id, ())), run_id) for run_id in ids]
            numbers = [(value, run_id) for value, run_id in values if is_number(value)]
        if not numbers:
            return None
        _, best = (max if highest else min)(numbers, key=lambda pair: pair[0])
        return self._indexed(cache, cache.get([best]))[0]

    def get(self, ids: Collection[str], query: RunQuery = _EVERY_RUN) -> list[IndexedRun]:
        """Return the existing runs among `ids`."""
        cache = self._cache(query)
        return self._indexed(cache, cache.get(ids))

    def find(self, prefix: str, query: RunQuery = _EVERY_RUN) -> list[IndexedRun]:
        """Return the runs whose id starts with `prefix`."""
        return self.get(self._cache(query).find_ids(prefix), query)

    def read_scalars(
        self,
        ids: Collection[str],
        query: RunQuery = _EVERY_RUN,
        *,
        tags: Collection[str] | None = None,
        system: bool = True,
    ) -> dict[str, list[ScalarSummary]]:
        """Return the scalars of the runs `ids`, sorted by prefix and tag.

        `tags` limits the result to these tags; without `system`, system metrics are excluded.
        Warns about damaged event files when it reads them.
        """
        return self._cache(query).read_scalars(ids, tags, system=system)

    def _cache(self, query: RunQuery) -> RunCache:
        if query.runs_dir is not None:
            folder, name, home = os.path.abspath(query.runs_dir), None, None
        elif query.deleted:
            folder, name, home = os.path.join(self._home, "trash", "runs"), "trash", None
        else:
            folder, name, home = os.path.join(self._home, "runs"), "runs", self._home
        if folder not in self._caches:
            is_stored = name is not None and os.path.isdir(folder)
            files = os.path.join(self._home, "cache", "index") if is_stored else None
            self._caches[folder] = RunCache(folder, Database(files, name or ""), home)
        return self._caches[folder]

    def _indexed(self, cache: RunCache, records: Iterable[Record]) -> list[IndexedRun]:
        return [_indexed_run(record, cache.folder) for record in records]

    def _warn(self, runs: Iterable[IndexedRun]) -> None:
        for run in runs:
            if run.damage and run.path not in self._warned:
                self._warned.add(run.path)
                log.warning(f"run {run.short_id}: {run.damage} ({run.path})")


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disable the garbage collector, which would repeatedly scan the many new objects."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_run(run_dir: str | os.PathLike[str]) -> IndexedRun | None:
    """Read the run in any directory, without the index; None if it is not a run."""
    folder, name = os.path.split(os.path.abspath(run_dir))
    record = read_record(os.path.join(folder, name), name)
    return record and _indexed_run(record, folder)


def _indexed_run(record: Record, folder: str) -> IndexedRun:
    attrs = record.attrs
    if record.yaml:
        attrs = {**attrs, **{name: yaml.load(text) for name, text in record.yaml.items()}}
    return IndexedRun(
        record.id,
        f"{folder}/{record.id}",
        parse_opref(record.opref) if record.opref is not None else None,
        attrs,
        string_keys(typed_attr("flags", attrs.get("flags")) or {}),
        record.status(folder),
        typed_attr("started", attrs.get("started")),
        typed_attr("stopped", attrs.get("stopped")),
        record.is_batch,
        record.damage,
    )
