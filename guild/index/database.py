"""The SQLite files of the index: they may be deleted, damaged or locked at any time.

A file is made aside and renamed into place under a name that is never used again, so
what a process leaves behind for a deleted file (SQLite's rollback journal, by name)
is never taken for that of another. Of several files, made by processes that started
together, all use the first by name. A file that is no database any more is removed.
Where there cannot be a file, or it cannot be written (a home that is read-only, or on
a file system without locks), the work is done in memory, from what the file has.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable

# Each is what brings the schema from one version (PRAGMA user_version) to the next.
MIGRATIONS = (
    (
        """
        CREATE TABLE runs (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            stamp INTEGER NOT NULL,
            final INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            data TEXT NOT NULL
        )
        """,
        "CREATE INDEX runs_in_order ON runs (timestamp DESC, id)",
        "CREATE INDEX runs_to_watch ON runs (final) WHERE NOT final",
        """
        CREATE TABLE scalar_files (
            key INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
            stamp INTEGER NOT NULL,
            files TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE scalars (
            key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            prefix TEXT NOT NULL,
            tag TEXT NOT NULL,
            first_val REAL,
            first_step INTEGER NOT NULL,
            last_val REAL,
            last_step INTEGER NOT NULL,
            min_val REAL,
            min_step INTEGER NOT NULL,
            max_val REAL,
            max_step INTEGER NOT NULL,
            avg_val REAL,
            count INTEGER NOT NULL,
            total REAL,
            PRIMARY KEY (key, prefix, tag)
        ) WITHOUT ROWID
        """,
        "CREATE TABLE seen (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    ),
)

_PATIENCE = 5.0  # seconds that another process may take to write


class Database:
    """One connection to a file `NAME-*.db` in `folder`, or to memory.

    Attributes:
        connection: the connection, in autocommit mode.
        in_memory: nothing is kept.
    """

    def __init__(self, folder: str | None, name: str) -> None:
        self._folder, self._name = folder, name
        self._path: str | None = None
        self._removed = False
        self.connection, self.in_memory = self._open()

    def close(self) -> None:
        self.connection.close()

    def recover(self, error: sqlite3.Error) -> None:
        """Go on after `error`: with a new file if this one is damaged, else in memory."""
        if self.in_memory:
            raise error
        before = self.connection
        if _is_damaged(error):
            self._remove()
            self.connection, self.in_memory = self._open()
        else:
            self.connection, self.in_memory = _memory(before), True
        with contextlib.suppress(sqlite3.Error):
            before.close()

    def _remove(self) -> None:
        """Remove the file; the second time, do without one."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        if self._removed:
            self._folder = None
        self._removed = True

    def _open(self) -> tuple[sqlite3.Connection, bool]:
        if self._folder is None:
            return _memory(), True
        try:
            self._path = self._find() or self._make()
            return _connect(self._path), False
        except OSError:
            return _memory(), True
        except sqlite3.Error as error:
            if not _is_damaged(error):
                return _memory(), True
            self._remove()
            return self._open()

    def _find(self) -> str | None:
        assert self._folder is not None
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return None
        mine = [name for name in names if name.startswith(f"{self._name}-")]
        mine = [name for name in mine if name.endswith(".db")]
        return os.path.join(self._folder, min(mine)) if mine else None

    def _make(self) -> str:
        assert self._folder is not None
        os.makedirs(self._folder, exist_ok=True)
        aside = os.path.join(self._folder, f".{os.urandom(16).hex()}")
        path = os.path.join(self._folder, f"{self._name}-{os.urandom(16).hex()}.db")
        try:
            connection = sqlite3.connect(aside, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = OFF")  # nothing in it is worth a wait yet
                _migrate(connection)
            finally:
                connection.close()
            os.rename(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
        first = self._find() or path
        if first != path:  # another process was faster
            os.unlink(path)
        return first


def _connect(path: str) -> sqlite3.Connection:
    """A connection to an existing file. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{_uri_path(os.path.abspath(path))}?mode=rw",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # The journal is not synced: a loss of power may cost the file, which costs time only.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _memory(source: sqlite3.Connection | None = None) -> sqlite3.Connection:
    """A database in memory, with what can be read from `source`."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if source is not None:
        try:
            source.backup(connection, progress=_until(time.monotonic() + _PATIENCE))
        except sqlite3.Error:
            connection.close()
            return _memory()
    connection.execute("PRAGMA foreign_keys = ON")
    _migrate(connection)
    return connection


def _until(deadline: float) -> Callable[[int, int, int], None]:
    """A callback that ends a backup that waits for a lock for ever."""

    def progress(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    return progress


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been faster
        if version > len(MIGRATIONS):
            raise sqlite3.NotSupportedError("the index was made by a newer Guild")
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    assert isinstance(version, int)
    return version


def _is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file is no good database; else it is only out of reach at the moment."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    text = str(error)
    # SQLite gives the same class to all errors, and Python 3.10 no code.
    return any(
        sign in text
        for sign in ("malformed", "not a database", "no such table", "no such column", "corrupt")
    )


def _uri_path(path: str) -> str:
    """`path` as SQLite takes it in a URI; urllib's own quoting takes long to import."""
    for character in "%?#":
        path = path.replace(character, f"%{ord(character):02x}")
    return path
