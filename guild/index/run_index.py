"""The runs of a home by what is known of them: the door to the index."""

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
from guild.index.query import IndexedRun, RunQuery
from guild.index.record import Record, parse_opref, read_record
from guild.index.run_cache import RunCache
from guild.index.scalar_values import is_number
from guild.run import string_keys, typed_attr

if TYPE_CHECKING:
    from guild.index.filters import RunFilter
    from guild.scalars.run_scalars import ScalarSummary

_EVERY_RUN = RunQuery()


class RunIndex:
    """The runs of the home `home`: selected by what is known of them, newest first.

    What is known is kept under `HOME/cache/index/`, which may be deleted at any time.
    A context manager; `close` ends its use.
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

    def refresh(self, ids: Collection[str] | None = None) -> None:
        """Bring what is known up to date: attributes of all runs, or also the scalars of `ids`."""
        self._cache(_EVERY_RUN).refresh()
        if ids is not None:
            self._cache(_EVERY_RUN).read_scalars(ids)

    def select(
        self, query: RunQuery = _EVERY_RUN, limit: int | None = None, *, now: float | None = None
    ) -> list[IndexedRun]:
        """The runs that `query` means, at most `limit`, newest first.

        Index N of a selection is item N - 1. `now`, in seconds since the epoch, is what
        time ranges count from. Warns once of each run that is damaged. Raises
        GuildError for a filter expression or a time range that cannot be read.
        """
        cache = self._cache(query)
        keep = filters.make_filter(query, time.time() if now is None else now)
        if keep is None and limit is not None:
            runs = self._indexed(cache, cache.page(limit))
        else:
            runs, _ = self._matching(cache, keep, limit)
        self._warn(runs)
        return runs

    def page(
        self, query: RunQuery = _EVERY_RUN, limit: int = 20, *, now: float | None = None
    ) -> tuple[list[IndexedRun], int]:
        """What `select` gives, and how many runs `query` means in all."""
        cache = self._cache(query)
        keep = filters.make_filter(query, time.time() if now is None else now)
        if keep is None:
            runs, total = self._indexed(cache, cache.page(limit)), cache.count()
        else:
            runs, total = self._matching(cache, keep, limit)
        self._warn(runs)
        return runs, total

    def count(self, query: RunQuery = _EVERY_RUN, *, now: float | None = None) -> int:
        """How many runs `query` means. Raises GuildError as `select` does."""
        return self.page(query, 0, now=now)[1]

    def _matching(
        self, cache: RunCache, keep: RunFilter | None, limit: int | None = None
    ) -> tuple[list[IndexedRun], int]:
        """The runs in the folder of `cache` that `keep` keeps, at most `limit`, and how many
        it keeps."""
        with _no_collection():
            if keep is not None:
                ids = cache.all_rows(attributes=False).ids
                if keep.reads_scalars_alone(
                    lambda name: is_unindexed(name) or cache.may_name(name)
                ):
                    kept = keep.of_scalars(ids, cache.read_scalars)
                    shown = [run_id for run_id in ids if run_id in kept][:limit]
                    return self._indexed(cache, cache.get(shown)), len(kept)
            rows = cache.all_rows()
            if keep is None:
                return self._indexed(cache, rows.records(limit)), len(rows.ids)
            found = keep.of(self._indexed(cache, rows.records()), cache.read_scalars)
            return found[:limit], len(found)

    def find_best(
        self, column: Column, query: RunQuery = _EVERY_RUN, *, highest: bool = False
    ) -> IndexedRun | None:
        """The run with the lowest number (the highest) in `column`, the newest of several, of
        those that `query` means; None if none has a number there."""
        cache = self._cache(query)
        keep = filters.make_filter(query, time.time())
        with _no_collection():
            if keep is not None or column.kind != "scalar":
                runs, _ = self._matching(cache, keep)
                wanted = list_tags(column)
                scalars = (
                    {} if wanted == set() else cache.read_scalars([r.id for r in runs], wanted)
                )
                get = make_getter(column)
                values = [(get(run, scalars.get(run.id, ())), run.id) for run in runs]
            else:  # the runs themselves need not be decoded
                ids = cache.all_rows(attributes=False).ids
                scalars = cache.read_scalars(ids, list_tags(column))
                values = [(get_scalar(column, scalars.get(run_id, ())), run_id) for run_id in ids]
            numbers = [(value, run_id) for value, run_id in values if is_number(value)]
        if not numbers:
            return None
        _, best = (max if highest else min)(numbers, key=lambda found: found[0])
        return self._indexed(cache, cache.get([best]))[0]

    def get(self, ids: Collection[str], query: RunQuery = _EVERY_RUN) -> list[IndexedRun]:
        """Those of the runs `ids` that there are, newest first, in the folder of `query`."""
        cache = self._cache(query)
        return self._indexed(cache, cache.get(ids))

    def find(self, prefix: str, query: RunQuery = _EVERY_RUN) -> list[IndexedRun]:
        """The runs whose id begins with `prefix`, newest first, in the folder of `query`."""
        return self.get(self._cache(query).ids(prefix), query)

    def read_scalars(
        self,
        ids: Collection[str],
        query: RunQuery = _EVERY_RUN,
        *,
        tags: Collection[str] | None = None,
        system: bool = True,
    ) -> dict[str, list[ScalarSummary]]:
        """The scalars of the selected runs `ids`, or those with one of `tags`, sorted by
        prefix and tag; without `system`, none that Guild measures itself (`sys/...`).
        Of `query` only the folder counts.

        Warns of event files that are damaged when they are read.
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
            kept = name is not None and os.path.isdir(folder)
            files = os.path.join(self._home, "cache", "index") if kept else None
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
def _no_collection() -> Iterator[None]:
    """Without the garbage collector, which would look again and again at the many objects
    that are made here and are no garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_run(run_dir: str | os.PathLike[str]) -> IndexedRun | None:
    """The run in the directory `run_dir`, wherever that is, read anew; None if it is no run."""
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
