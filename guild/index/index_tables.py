"""Queries and updates of the index's SQLite tables."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.scalars.scalar_names import SYSTEM_PREFIX

if TYPE_CHECKING:
    from guild.scalars.run_scalars import RunScalars, ScalarSummary

CHUNK = 1_000  # runs per query or update, to bound memory and SQL parameters
NO_RUN = "null"  # the data of a folder that is not a run, or not yet

_LAST = "\U0010ffff"  # sorts after all other characters

_ROW = "SELECT id, stamp, final, timestamp, data FROM runs"
_NEWEST_FIRST = "ORDER BY timestamp DESC, id"
# Reads no data, except the marker of folders that are not runs.
_STAMPS = f"""
    SELECT id, stamp, final, timestamp, iif(data = '{NO_RUN}', data, '') FROM runs {_NEWEST_FIRST}
"""  # noqa: S608  # built from constants
_PUT = """
    INSERT INTO runs (id, stamp, final, timestamp, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, final = excluded.final,
        timestamp = excluded.timestamp, data = excluded.data
"""
_SCALAR = (
    "prefix, tag, first_val, first_step, last_val, last_step, min_val, min_step, "
    "max_val, max_step, avg_val, count, total"
)


class RunRow(NamedTuple):
    """A row of the table `runs`; `data` is JSON written by `Record.to_json`."""

    id: str
    stamp: int
    final: int
    timestamp: int
    data: str


class ScalarUpdate(NamedTuple):
    """The scalars read from a run's event files, and the stamp that the run had before."""

    key: int
    id: str
    stamp: int
    scalars: RunScalars


# -- Runs


def select_page(db: sqlite3.Connection, limit: int) -> list[RunRow]:
    """Return the first `limit` runs, newest first."""
    return _rows(db.execute(f"{_ROW} WHERE data != ? {_NEWEST_FIRST} LIMIT ?", (NO_RUN, limit)))


def select_stamps(db: sqlite3.Connection) -> list[RunRow]:
    """Return all rows, newest first, with empty `data` for runs."""
    return _rows(db.execute(_STAMPS))


def select_all(db: sqlite3.Connection) -> list[RunRow]:
    """Return all rows, in no particular order."""
    return _rows(db.execute(_ROW))


def select_unfinished(db: sqlite3.Connection) -> list[RunRow]:
    """Return the rows that are not final."""
    return _rows(db.execute(f"{_ROW} WHERE NOT final"))


def select_rows(db: sqlite3.Connection, ids: Collection[str]) -> list[RunRow]:
    """Return the rows of `ids`. For many ids the result may contain other rows, too."""
    return _rows(_execute_for_ids(db, _ROW, ids))


def select_all_ids(db: sqlite3.Connection) -> set[str]:
    """Return the ids of all rows, including folders that are not runs."""
    return {run_id for (run_id,) in db.execute("SELECT id FROM runs")}


def select_ids(db: sqlite3.Connection, prefix: str) -> list[str]:
    """Return the sorted ids of the runs whose id starts with `prefix`."""
    query = "SELECT id FROM runs WHERE id >= ? AND id < ? AND data != ? ORDER BY id"
    return [run_id for (run_id,) in db.execute(query, (prefix, prefix + _LAST, NO_RUN))]


def count_runs(db: sqlite3.Connection) -> int:
    """Return the number of runs."""
    (rows,) = db.execute("SELECT COUNT(*) FROM runs").fetchone()
    query = "SELECT COUNT(*) FROM runs WHERE NOT final AND data = ?"
    (others,) = db.execute(query, (NO_RUN,)).fetchone()
    return int(rows - others)


def has_data_with(db: sqlite3.Connection, text: str) -> bool:
    """Return whether the data of any run contains `text`."""
    query = "SELECT 1 FROM runs WHERE instr(data, ?) LIMIT 1"
    return db.execute(query, (text,)).fetchone() is not None


def read_seen(db: sqlite3.Connection, name: str) -> int:
    """Return the number stored as `name` in the table `seen`; 0 by default."""
    row = db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def write_runs(
    db: sqlite3.Connection,
    *,
    put: Sequence[RunRow] = (),
    removed: Collection[str] = (),
    seen: Mapping[str, int] | None = None,
) -> None:
    """Put rows, remove rows by id and store `seen` numbers in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany(_PUT, put)
        db.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in removed])
        db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", list((seen or {}).items()))
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


# -- Scalars


def select_stale_scalars(
    db: sqlite3.Connection, ids: Collection[str]
) -> list[tuple[int, str, int]]:
    """Return key, id and stamp (0 if not final) of the runs whose scalars may have changed."""
    query = """
        SELECT runs.key, runs.id, iif(runs.final, runs.stamp, 0)
        FROM runs LEFT JOIN scalar_files USING (key)
        WHERE (NOT runs.final OR runs.stamp IS NOT scalar_files.stamp)
    """
    requested = set(ids)
    return [row for row in _execute_for_ids(db, query, requested, "AND") if row[1] in requested]


def select_scalar_files(db: sqlite3.Connection, key: int) -> str | None:
    """Return the state of a run's event files as JSON; None if they were never read."""
    row = db.execute("SELECT files FROM scalar_files WHERE key = ?", (key,)).fetchone()
    return row and str(row[0])


def forget_empty_scalars(db: sqlite3.Connection) -> None:
    """Make all runs without scalars stale, so that their event files are looked for again."""
    db.execute("DELETE FROM scalar_files WHERE files = '[]'")


def select_scalars(
    db: sqlite3.Connection, ids: Collection[str], tags: Collection[str] | None, system: bool
) -> dict[str, list[ScalarSummary]]:
    """Return the scalars of each run of `ids`, sorted by prefix and tag.

    `tags` limits the result to these tags; without `system`, system metrics are excluded.
    """
    from guild.scalars.series import ScalarSummary

    scalars: dict[str, list[ScalarSummary]] = {run_id: [] for run_id in ids}
    query = f"SELECT runs.id, {_SCALAR} FROM scalars JOIN runs USING (key) WHERE 1"  # noqa: S608
    values: list[str] = []
    if tags is not None:
        query += f" AND tag IN ({','.join('?' * len(tags))})"
        values += tags
    if not system:
        query += " AND tag NOT GLOB ?"
        values.append(f"{SYSTEM_PREFIX}*")
    make = ScalarSummary._make
    for row in _execute_for_ids(db, query, scalars, "AND", values):
        if row[0] in scalars:
            numbers = row[1:]
            if None in numbers:  # SQLite stores NaN as NULL
                numbers = [math.nan if value is None else value for value in numbers]
            scalars[row[0]].append(make(numbers))
    return scalars


def write_scalars(db: sqlite3.Connection, updates: Sequence[ScalarUpdate]) -> None:
    """Store the scalars of runs in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for update in updates:
            # Another process may have removed the run since, and reused its key.
            query = "SELECT 1 FROM runs WHERE key = ? AND id = ?"
            if db.execute(query, update[:2]).fetchone():
                _put_scalars(db, update)
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


def _put_scalars(db: sqlite3.Connection, update: ScalarUpdate) -> None:
    db.execute(
        "INSERT OR REPLACE INTO scalar_files VALUES (?, ?, ?)",
        (update.key, update.stamp, update.scalars.to_json()),
    )
    db.execute("DELETE FROM scalars WHERE key = ?", (update.key,))
    db.executemany(
        f"INSERT OR REPLACE INTO scalars VALUES ({','.join('?' * 14)})",  # noqa: S608
        [
            (update.key, _to_utf8(row.prefix), _to_utf8(row.tag), *row[2:])
            for row in update.scalars.summaries()
        ],
    )


def _to_utf8(string: str) -> str:
    """Replace the characters that UTF-8 cannot encode."""
    return string.encode("utf-8", "replace").decode()


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _rows(rows: Iterator[Any]) -> list[RunRow]:
    return list(map(RunRow._make, rows))


def _execute_for_ids(
    db: sqlite3.Connection,
    query: str,
    ids: Collection[str],
    keyword: str = "WHERE",
    values: Sequence[str] = (),
) -> Iterator[Any]:
    """Run `query` for the runs `ids`. For many ids the result may contain other runs, too."""
    if len(ids) > CHUNK:
        yield from db.execute(query, values)
    else:
        marks = ",".join("?" * len(ids))
        yield from db.execute(f"{query} {keyword} runs.id IN ({marks})", [*values, *ids])
