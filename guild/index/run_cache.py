"""The cached runs of one folder, and how the cache follows changes.

A listing must not open every run, and yet must be correct. It relies on these facts:

1. Adding or removing a run changes the folder's change time (ctime). Names are listed again
   only when the ctime differs from the stored one.
2. Changing an attribute or a marker of a run renames a file into place, which changes the
   ctime of `.guild/attrs` or `.guild`. The latest of these and of the run directory is the
   run's *stamp*. `.guild` is ignored for a run that has ended, because restarting it writes
   attributes. A record is stored with the stamp that was read before it. So a stale record
   never has the current stamp, no matter which process writes it and when.
3. A ctime close to the current time is stored as 0, "unknown", because a second change
   within the clock's granularity would go unnoticed.
4. A run that has ended (no lock, not pending or staged, settled stamp) is *final*. It is not
   opened again while its stamp stays the same. Its place in the order, its start time,
   changes only when it is restarted, which is announced (`guild.runs.restarts`). So the
   first page needs only the runs that are not final, those announced, and those on the page.
5. Queries over all runs compare all stamps, except queries that need only scalars: the
   scalars of a run that has ended change only when it is restarted (see 4).
6. Scalars of a final run are read again if its stamp differs, or if an event file had just
   changed when it was read. Scalars of other runs are read every time, and those of runs with
   steps too, because their steps can change without them.

The status of a run that is not final is computed for each query.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from guild.base import log
from guild.index import index_tables
from guild.index.database import Database
from guild.index.index_tables import CHUNK, NO_RUN, RunRow, ScalarUpdate
from guild.index.record import (
    SETTLING_TIME_NS,
    Record,
    read_final_stamp,
    read_record,
    read_stamp,
)
from guild.run import is_run_id
from guild.runs import restarts

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary

T = TypeVar("T")

# The stored ctime of the folder. Until runs could have any name, it was called "names".
_NAMES = "folder"
# Marks an index in which runs have the scalars of their steps.
_STEP_SCALARS = "step_scalars"


class RunCache:
    """The runs in `folder`, cached in `database`.

    `home` is the Guild home in which restarts are announced; None if runs are never started
    there. Methods do not raise: what cannot be stored is read again.
    """

    def __init__(self, folder: str, database: Database, home: str | None = None) -> None:
        self.folder = folder
        self._database = database
        self._home = home

    def close(self) -> None:
        self._database.close()

    # -- Runs

    def page(self, limit: int) -> list[Record]:
        """Return the first `limit` runs, newest first."""

        def query(db: sqlite3.Connection) -> list[Record]:
            self._update_names(db)
            self._update_unfinished(db)
            checked: set[str] = set()
            while True:
                rows = index_tables.select_page(db, limit)
                unchecked = [row for row in rows if row.final and row.id not in checked]
                checked.update(row.id for row in unchecked)
                if not self._update_rows(db, unchecked):
                    return _decode(rows)

        return self._run(query)

    def all_ids(self, *, attributes: bool = True) -> list[str]:
        """Return the ids of all runs, newest first.

        Pass `attributes=False` if only the scalars of the runs are read, which is faster.
        """

        def query(db: sqlite3.Connection) -> list[str]:
            self._update_names(db)
            if not attributes:
                self._update_unfinished(db)
            rows = index_tables.select_stamps(db)
            if attributes and self._update_rows(db, rows):
                rows = index_tables.select_stamps(db)
            return [row.id for row in rows if row.data != NO_RUN]

        return self._run(query)

    def may_have_name(self, name: str) -> bool:
        """Return False only if no run has an attribute or a flag `name`."""
        written = json.dumps(name)[1:-1]
        return self._run(lambda db: index_tables.has_data_with(db, written))

    def decode(self, ids: Sequence[str]) -> list[Record]:
        """Return the existing runs among `ids`, in that order, as last read."""

        def query(db: sqlite3.Connection) -> list[Record]:
            rows = {row.id: row for row in index_tables.select_rows(db, ids) if row.data != NO_RUN}
            return _decode([rows[run_id] for run_id in ids if run_id in rows])

        return self._run(query)

    def get(self, ids: Collection[str]) -> list[Record]:
        """Return the existing runs among `ids`, newest first."""

        def query(db: sqlite3.Connection) -> list[Record]:
            self._update_names(db)
            self._update_rows(db, index_tables.select_rows(db, ids))
            rows = [row for row in index_tables.select_rows(db, ids) if row.data != NO_RUN]
            return _decode(sorted(rows, key=lambda row: (-row.timestamp, row.id)))

        return self._run(query)

    def find_ids(self, prefix: str) -> list[str]:
        """Return the sorted ids that start with `prefix`."""

        def query(db: sqlite3.Connection) -> list[str]:
            self._update_names(db)
            return index_tables.select_ids(db, prefix)

        return self._run(query)

    def count(self) -> int:
        """Return the number of runs."""

        def query(db: sqlite3.Connection) -> int:
            self._update_names(db)
            self._update_unfinished(db)
            return index_tables.count_runs(db)

        return self._run(query)

    # -- Scalars

    def read_scalars(
        self,
        ids: Collection[str],
        tags: Collection[str] | None = None,
        *,
        system: bool = True,
    ) -> dict[str, list[ScalarSummary]]:
        """Return the scalars of the runs `ids`, sorted by prefix and tag.

        `tags` limits the result to these tags; without `system`, system metrics are excluded.
        """

        def query(db: sqlite3.Connection) -> dict[str, list[ScalarSummary]]:
            self._update_names(db)
            if not index_tables.read_seen(db, _STEP_SCALARS):  # an index from before
                index_tables.forget_empty_scalars(db)
                index_tables.write_runs(db, seen={_STEP_SCALARS: 1})
            for chunk in _chunks(index_tables.select_stale_scalars(db, ids)):
                self._update_scalars(db, chunk)
            return index_tables.select_scalars(db, ids, tags, system)

        return self._run(query)

    # -- Following changes

    def _update_names(self, db: sqlite3.Connection) -> None:
        """Add the runs that are new in the folder, and remove those that are gone."""
        now = time.time_ns()
        try:
            stamp = os.stat(self.folder).st_ctime_ns
            if stamp == index_tables.read_seen(db, _NAMES):
                return
            names = {name for name in os.listdir(self.folder) if is_run_id(name)}
        except OSError:
            stamp, names = 0, set()
        cached = index_tables.select_all_ids(db)
        for chunk in _chunks(names - cached):
            index_tables.write_runs(db, put=[self._read_row(name) for name in chunk])
        seen = {_NAMES: stamp if now - stamp > SETTLING_TIME_NS else 0}
        removed = cached - names
        if removed or seen[_NAMES] != index_tables.read_seen(db, _NAMES):
            index_tables.write_runs(db, removed=removed, seen=seen)

    def _update_unfinished(self, db: sqlite3.Connection) -> None:
        """Update the runs that are not final, and those that were restarted."""
        rows = index_tables.select_unfinished(db)
        if self._home is None:
            self._update_rows(db, rows)
            return
        last = restarts.Note(
            index_tables.read_seen(db, "restarts_inode"),
            index_tables.read_seen(db, "restarts_size"),
        )
        restarted, note = restarts.read_restarts(self._home, last)
        if restarted is None:
            rows = index_tables.select_all(db)
        else:
            rows += index_tables.select_rows(db, restarted)
        self._update_rows(db, rows)
        if note != last:
            seen = {"restarts_inode": note.inode, "restarts_size": note.size}
            index_tables.write_runs(db, seen=seen)

    def _update_rows(self, db: sqlite3.Connection, rows: Sequence[RunRow]) -> bool:
        """Read the runs of stale rows again. Return whether any row changed."""
        changed = False
        for chunk in _chunks(self._stale(rows)):
            read = [(row, self._read_row(row.id)) for row in chunk]
            put = [new for old, new in read if new != old]
            if put:
                index_tables.write_runs(db, put=put)
                changed = True
        return changed

    def _stale(self, rows: Sequence[RunRow]) -> Iterator[RunRow]:
        # A path relative to the open folder is resolved twice as fast.
        folder = os.open(self.folder, os.O_RDONLY) if os.path.isdir(self.folder) else None
        try:
            for row in rows:
                read = read_final_stamp if row.final else read_stamp
                if not row.stamp or folder is None or read(row.id, folder) != row.stamp:
                    yield row
        finally:
            if folder is not None:
                os.close(folder)

    def _read_row(self, id: str) -> RunRow:
        record = read_record(f"{self.folder}/{id}", id)
        if record is None:
            return RunRow(id, 0, 0, 0, NO_RUN)
        return RunRow(id, record.stamp, int(record.final), record.timestamp, record.to_json())

    def _update_scalars(self, db: sqlite3.Connection, runs: list[tuple[int, str, int]]) -> None:
        """Read what was added to the event files of `runs`: key, id and stamp of each."""
        from guild.scalars.run_scalars import RunScalars, has_steps, summarize

        updates = []
        for key, run_id, stamp in runs:
            files = index_tables.select_scalar_files(db, key)
            before = RunScalars() if files is None else RunScalars.from_json(files)
            now = time.time_ns()
            after = summarize(f"{self.folder}/{run_id}", before)
            newest = max((file.stamp[2] for file in after.files), default=0)
            is_settled = now - newest > SETTLING_TIME_NS
            stamp = stamp if is_settled and not has_steps(f"{self.folder}/{run_id}") else 0
            if after == before and files is not None and not stamp:
                continue
            for line in after.damage():
                if line not in before.damage():
                    log.warning(f"run {run_id[:8]}: {line}")
            updates.append(ScalarUpdate(key, run_id, stamp, after))
        if updates:
            index_tables.write_scalars(db, updates)

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`, using a new file or memory if the database fails."""
        while True:
            try:
                return query(self._database.connection)
            except sqlite3.Error as error:
                self._database.recover(error)


def _decode(rows: list[RunRow]) -> list[Record]:
    # One JSON document is decoded much faster than many.
    data = json.loads(f"[{','.join(row.data for row in rows)}]")
    return [
        Record.from_row(row.id, row.stamp, row.final, row.timestamp, values)
        for row, values in zip(rows, data, strict=True)
    ]


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
