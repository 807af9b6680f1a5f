"""What is remembered of the runs in one folder, and how it follows what changes there.

A listing must not look at every run, and what it shows must be right. What it relies on:

1. A run that appears in the folder or leaves it changes the folder's change time, so
   names are listed again only when that differs from what was seen.
2. What changes an attribute or a marker of a run (files are renamed into place) changes
   the change time of `.guild/attrs` or `.guild`. The latest of these and the run
   directory's own is the run's *stamp*; of a run that has ended `.guild` is left out, for
   who starts it again writes attributes. A record is kept with the stamp that was read
   before it, so a stale record, whoever writes it when, has a stamp that is not the run's.
3. A change time that is nearly now is kept as 0, "unknown": another change within the
   clock's granularity would not be noticed.
4. A run that has ended (no lock, not pending, not staged, settled stamp) is *final*. It
   is not opened again while its stamp is the same, and its place in the order, the time of
   its start, changes only when it is started again, which is announced
   (`guild.runs.restarts`). So the first page needs a look at the runs that are not final,
   those announced, and those on the page.
5. Whoever asks about all runs has all stamps compared, but for who asks for scalars alone:
   those of a run that has ended change when it is started again, see 4.
6. Scalars of a final run are read again when its stamp differs, or when an event file
   was nearly new when it was read; those of others are looked at each time.

The status of a run that is not final is worked out when it is asked for.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from guild.base import log
from guild.index.database import Database
from guild.index.record import (
    SETTLING_TIME_NS,
    Record,
    read_final_stamp,
    read_record,
    read_stamp,
)
from guild.run import is_run_id
from guild.runs import restarts
from guild.scalars.scalar_names import SYSTEM_PREFIX

if TYPE_CHECKING:
    from guild.scalars.run_scalars import RunScalars, ScalarSummary

_CHUNK = 1_000  # runs read before they are written, to bound memory
_NO_RUN = "null"  # data of a folder that is no run, or not yet
_PUT = """
    INSERT INTO runs (id, stamp, final, timestamp, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, final = excluded.final,
        timestamp = excluded.timestamp, data = excluded.data
"""
_ROW = "SELECT id, stamp, final, timestamp, data FROM runs"
_IN_ORDER = "ORDER BY timestamp DESC, id"
# Without the data, but for what tells that there is none.
_STAMPS = f"""
    SELECT id, stamp, final, timestamp, iif(data = '{_NO_RUN}', data, '') FROM runs {_IN_ORDER}
"""  # noqa: S608  # of constants
_SCALAR = (
    "prefix, tag, first_val, first_step, last_val, last_step, min_val, min_step, "
    "max_val, max_step, avg_val, count, total"
)

T = TypeVar("T")


class _Row(NamedTuple):
    id: str
    stamp: int
    final: int
    timestamp: int
    data: str


class _ReadScalars(NamedTuple):
    """What was read of the event files of a run, and the stamp it had before."""

    key: int
    id: str
    stamp: int
    scalars: RunScalars


class RunCache:
    """The runs in `folder`, remembered in `database`.

    `home` is where restarts are announced; None where nobody starts runs. No method
    raises: what cannot be kept is read again.
    """

    def __init__(self, folder: str, database: Database, home: str | None = None) -> None:
        self.folder = folder
        self._database = database
        self._home = home

    def close(self) -> None:
        self._database.close()

    # -- Runs

    def page(self, limit: int) -> list[Record]:
        """The first `limit` runs, newest first."""

        def work(db: sqlite3.Connection) -> list[Record]:
            self._follow_names(db)
            self._follow_unfinished(db)
            looked_at: set[str] = set()
            while True:
                rows = _rows(db, f"{_ROW} WHERE data != ? {_IN_ORDER} LIMIT ?", (_NO_RUN, limit))
                new = [row for row in rows if row.final and row.id not in looked_at]
                looked_at.update(row.id for row in new)
                if not self._check(db, new):
                    return _records(rows)

        return self._guarded(work)

    def all(self) -> list[Record]:
        """All runs, newest first."""
        return self.all_rows().records()

    def all_rows(self, *, attributes: bool = True) -> Rows:
        """All runs, newest first, not yet decoded; without `attributes` for who asks for
        their scalars alone."""

        def work(db: sqlite3.Connection) -> Rows:
            self._follow_names(db)
            if not attributes:
                self._follow_unfinished(db)
            rows = _rows(db, _STAMPS)
            if attributes and self._check(db, rows):
                rows = _rows(db, _STAMPS)
            return Rows(self, [row.id for row in rows if row.data != _NO_RUN])

        return self._guarded(work)

    def may_name(self, name: str) -> bool:
        """Whether an attribute or a flag of a run may have the name `name`; never wrongly no."""
        written = json.dumps(name)[1:-1]

        def work(db: sqlite3.Connection) -> bool:
            query = "SELECT 1 FROM runs WHERE instr(data, ?) LIMIT 1"
            return db.execute(query, (written,)).fetchone() is not None

        return self._guarded(work)

    def read(self, ids: Sequence[str]) -> list[Record]:
        """Those of the runs `ids` that there are, in that order, as they were last seen."""

        def work(db: sqlite3.Connection) -> list[Record]:
            rows = {row.id: row for row in _rows_of(db, ids) if row.data != _NO_RUN}
            return _records([rows[run_id] for run_id in ids if run_id in rows])

        return self._guarded(work)

    def get(self, ids: Collection[str]) -> list[Record]:
        """Those of the runs `ids` that there are, newest first."""

        def work(db: sqlite3.Connection) -> list[Record]:
            self._follow_names(db)
            self._check(db, _rows_of(db, ids))
            found = [row for row in _rows_of(db, ids) if row.data != _NO_RUN]
            return _records(sorted(found, key=_place))

        return self._guarded(work)

    def ids(self, prefix: str) -> list[str]:
        """The ids that begin with `prefix`, sorted."""

        def work(db: sqlite3.Connection) -> list[str]:
            self._follow_names(db)
            found = db.execute(
                "SELECT id FROM runs WHERE id >= ? AND id < ? AND data != ? ORDER BY id",
                (prefix, prefix + "g", _NO_RUN),
            )
            return [name for (name,) in found]

        return self._guarded(work)

    def count(self) -> int:
        """How many runs there are."""

        def work(db: sqlite3.Connection) -> int:
            self._follow_names(db)
            self._follow_unfinished(db)
            (folders,) = db.execute("SELECT COUNT(*) FROM runs").fetchone()
            (others,) = db.execute(
                "SELECT COUNT(*) FROM runs WHERE NOT final AND data = ?", (_NO_RUN,)
            ).fetchone()
            return int(folders - others)

        return self._guarded(work)

    # -- Following what changes

    def refresh(self) -> None:
        """Bring all that is remembered of runs up to date."""
        self._guarded(self._refresh_all)

    def _refresh_all(self, db: sqlite3.Connection) -> None:
        self._follow_names(db)
        self._check(db, _rows(db, _STAMPS))

    def _follow_names(self, db: sqlite3.Connection) -> None:
        """Read the runs that are new in the folder, forget those that have gone."""
        now = time.time_ns()
        try:
            stamp = os.stat(self.folder).st_ctime_ns
            if stamp == _seen(db, "names"):
                return
            names = {name for name in os.listdir(self.folder) if is_run_id(name)}
        except OSError:
            stamp, names = 0, set()
        known = {name for (name,) in db.execute("SELECT id FROM runs")}
        for chunk in _chunks(names - known):
            _write(db, put=[self._read(name) for name in chunk])
        seen = {"names": stamp if now - stamp > SETTLING_TIME_NS else 0}
        gone = known - names
        if gone or seen["names"] != _seen(db, "names"):
            _write(db, gone=gone, seen=seen)

    def _follow_unfinished(self, db: sqlite3.Connection) -> None:
        """Look at the runs that are not final, and those that were started again."""
        rows = _rows(db, f"{_ROW} WHERE NOT final")
        if self._home is None:
            self._check(db, rows)
            return
        last = restarts.Note(_seen(db, "restarts_inode"), _seen(db, "restarts_size"))
        restarted, note = restarts.read_restarts(self._home, last)
        if restarted is None:
            rows = _rows(db, _ROW)
        else:
            rows += _rows_of(db, restarted)
        self._check(db, rows)
        if note != last:
            _write(db, seen={"restarts_inode": note.inode, "restarts_size": note.size})

    def _check(self, db: sqlite3.Connection, rows: Sequence[_Row]) -> bool:
        """Read those of the runs again that changed; whether something did."""
        changed = False
        for chunk in _chunks(self._stale(rows)):
            read = [(row, self._read(row.id)) for row in chunk]
            put = [new for old, new in read if new != old]
            if put:
                _write(db, put=put)
                changed = True
        return changed

    def _stale(self, rows: Sequence[_Row]) -> Iterator[_Row]:
        # Relative to the folder a path is looked up in half the time.
        folder = os.open(self.folder, os.O_RDONLY) if os.path.isdir(self.folder) else None
        try:
            for row in rows:
                read = read_final_stamp if row.final else read_stamp
                if not row.stamp or folder is None or read(row.id, folder) != row.stamp:
                    yield row
        finally:
            if folder is not None:
                os.close(folder)

    def _read(self, id: str) -> _Row:
        record = read_record(f"{self.folder}/{id}", id)
        if record is None:
            return _Row(id, 0, 0, 0, _NO_RUN)
        return _Row(id, record.stamp, int(record.final), record.timestamp, record.to_json())

    # -- Scalars

    def read_scalars(
        self,
        ids: Collection[str],
        tags: Collection[str] | None = None,
        *,
        system: bool = True,
    ) -> dict[str, list[ScalarSummary]]:
        """The scalars of the runs `ids`, or those with one of `tags`, sorted by prefix and
        tag; without `system`, none that begin with `sys/`."""

        def work(db: sqlite3.Connection) -> dict[str, list[ScalarSummary]]:
            self._follow_names(db)
            self._follow_scalars(db, ids)
            return _summaries(db, ids, tags, system)

        return self._guarded(work)

    def _follow_scalars(self, db: sqlite3.Connection, ids: Collection[str]) -> None:
        """Read what is new in the event files of the runs."""
        wanted = set(ids)
        query = """
            SELECT runs.key, runs.id, iif(runs.final, runs.stamp, 0)
            FROM runs LEFT JOIN scalar_files USING (key)
            WHERE (NOT runs.final OR runs.stamp IS NOT scalar_files.stamp)
        """
        changed = (row for row in _of_ids(db, query, wanted, "AND") if row[1] in wanted)
        for chunk in _chunks(list(changed)):
            self._read_scalars(db, chunk)

    def _read_scalars(self, db: sqlite3.Connection, runs: list[tuple[int, str, int]]) -> None:
        from guild.scalars.run_scalars import RunScalars, summarize

        put = []
        for key, run_id, stamp in runs:
            known = db.execute("SELECT files FROM scalar_files WHERE key = ?", (key,)).fetchone()
            before = RunScalars.from_json(known[0]) if known else RunScalars()
            now = time.time_ns()
            after = summarize(f"{self.folder}/{run_id}", before)
            newest = max((file.stamp[2] for file in after.files), default=0)
            stamp = stamp if now - newest > SETTLING_TIME_NS else 0
            if after == before and known and not stamp:
                continue
            for line in after.damage():
                if line not in before.damage():
                    log.warning(f"run {run_id[:8]}: {line}")
            put.append(_ReadScalars(key, run_id, stamp, after))
        if put:
            _write_scalars(db, put)

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, on a new file or in memory if need be."""
        while True:
            try:
                return work(self._database.connection)
            except sqlite3.Error as error:
                self._database.recover(error)


class Rows(NamedTuple):
    """Runs by their ids, newest first. To decode what is known of them takes longer."""

    cache: RunCache
    ids: list[str]

    def records(self, limit: int | None = None) -> list[Record]:
        """The runs, at most `limit`."""
        return self.cache.read(self.ids[:limit])


def _place(row: _Row) -> tuple[int, str]:
    """A sort key by which the newest run is first."""
    return -row.timestamp, row.id


def _rows(db: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[_Row]:
    return list(map(_Row._make, db.execute(query, values)))


def _rows_of(db: sqlite3.Connection, ids: Collection[str]) -> list[_Row]:
    return list(map(_Row._make, _of_ids(db, _ROW, ids)))


def _of_ids(
    db: sqlite3.Connection,
    query: str,
    ids: Collection[str],
    word: str = "WHERE",
    values: Sequence[str] = (),
) -> Iterator[Any]:
    """The rows of `query` for runs with one of `ids`; for many ids, maybe others too."""
    if len(ids) > _CHUNK:
        yield from db.execute(query, values)
    else:
        marks = ",".join("?" * len(ids))
        yield from db.execute(f"{query} {word} runs.id IN ({marks})", [*values, *ids])


def _records(rows: list[_Row]) -> list[Record]:
    # One document is read much faster than many.
    data = json.loads(f"[{','.join(row.data for row in rows)}]")
    return [
        Record.from_row(row.id, row.stamp, row.final, row.timestamp, values)
        for row, values in zip(rows, data, strict=True)
    ]


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _seen(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def _write(
    db: sqlite3.Connection,
    *,
    put: Sequence[_Row] = (),
    gone: Collection[str] = (),
    seen: Mapping[str, int] | None = None,
) -> None:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany(_PUT, put)
        db.executemany("DELETE FROM runs WHERE id = ?", [(name,) for name in gone])
        db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", list((seen or {}).items()))
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


def _write_scalars(db: sqlite3.Connection, runs: list[_ReadScalars]) -> None:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for run in runs:
            # Another process may have removed the run since, and used its key again.
            if db.execute("SELECT 1 FROM runs WHERE key = ? AND id = ?", run[:2]).fetchone():
                _put_scalars(db, run)
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _put_scalars(db: sqlite3.Connection, run: _ReadScalars) -> None:
    db.execute(
        "INSERT OR REPLACE INTO scalar_files VALUES (?, ?, ?)",
        (run.key, run.stamp, run.scalars.to_json()),
    )
    db.execute("DELETE FROM scalars WHERE key = ?", (run.key,))
    db.executemany(
        f"INSERT OR REPLACE INTO scalars VALUES ({','.join('?' * 14)})",  # noqa: S608
        [
            (run.key, _clean(row.prefix), _clean(row.tag), *row[2:])
            for row in run.scalars.summaries()
        ],
    )


def _clean(text: str) -> str:
    """`text` without what UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _summaries(
    db: sqlite3.Connection, ids: Collection[str], tags: Collection[str] | None, system: bool
) -> dict[str, list[ScalarSummary]]:
    from guild.scalars.series import ScalarSummary

    found: dict[str, list[ScalarSummary]] = {run_id: [] for run_id in ids}
    query = f"SELECT runs.id, {_SCALAR} FROM scalars JOIN runs USING (key) WHERE 1"  # noqa: S608
    values: list[str] = []
    if tags is not None:
        query += f" AND tag IN ({','.join('?' * len(tags))})"
        values += tags
    if not system:
        query += " AND tag NOT GLOB ?"
        values.append(f"{SYSTEM_PREFIX}*")
    make = ScalarSummary._make
    for row in _of_ids(db, query, found, "AND", values):
        if row[0] in found:
            numbers = row[1:]
            if None in numbers:  # SQLite has no NaN and keeps it as NULL
                numbers = [math.nan if value is None else value for value in numbers]
            found[row[0]].append(make(numbers))
    return found
