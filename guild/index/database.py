"""SQLite files of the index, which may be deleted, damaged or locked at any time.

A file is written under a temporary name and renamed to a name that is never reused. So the
rollback journal that a process leaves behind for a deleted file is never applied to another
one. If processes that start together create several files, all use the first one by name. A
damaged file is removed. If a file cannot be created or written (for example, because the home
is read-only or its file system has no locks), the index is kept in memory, starting with the
content of the existing file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable

# The statements that migrate the schema from one version (PRAGMA user_version) to the next.
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

_LOCK_TIMEOUT = 5.0  # seconds to wait for another process that writes


class Database:
    """A connection to a file `NAME-*.db` in `folder`, or to a database in memory.

    Attributes:
        connection: the connection, in autocommit mode.
        in_memory: whether the database is in memory and ends with the process.
    """

    def __init__(self, folder: str | None, name: str) -> None:
        self._folder, self._name = folder, name
        self._path: str | None = None
        self._removed = False
        self.connection, self.in_memory = self._open()

    def close(self) -> None:
        self.connection.close()

    def recover(self, error: sqlite3.Error) -> None:
        """Replace the connection after `error`, by a new file or a database in memory.

        Raises `error` if the database is already in memory.
        """
        if self.in_memory:
            raise error
        before = self.connection
        if _is_damaged(error):
            self._remove()
            self.connection, self.in_memory = self._open()
        else:
            self.connection, self.in_memory = _connect_memory(before), True
        with contextlib.suppress(sqlite3.Error):
            before.close()

    def _remove(self) -> None:
        """Remove the file. After the second time, use memory only."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        if self._removed:
            self._folder = None
        self._removed = True

    def _open(self) -> tuple[sqlite3.Connection, bool]:
        if self._folder is None:
            return _connect_memory(), True
        try:
            self._path = self._find() or self._create()
            return _connect(self._path), False
        except OSError:
            return _connect_memory(), True
        except sqlite3.Error as error:
            if not _is_damaged(error):
                return _connect_memory(), True
            self._remove()
            return self._open()

    def _find(self) -> str | None:
        assert self._folder is not None
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return None
        files = [n for n in names if n.startswith(f"{self._name}-") and n.endswith(".db")]
        return os.path.join(self._folder, min(files)) if files else None

    def _create(self) -> str:
        assert self._folder is not None
        os.makedirs(self._folder, exist_ok=True)
        temporary = os.path.join(self._folder, f".{os.urandom(16).hex()}")
        path = os.path.join(self._folder, f"{self._name}-{os.urandom(16).hex()}.db")
        try:
            connection = sqlite3.connect(temporary, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = OFF")  # an empty file is not worth syncing
                _migrate(connection)
            finally:
                connection.close()
            os.rename(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        first = self._find() or path
        if first != path:  # another process created one at the same time
            os.unlink(path)
        return first


def _connect(path: str) -> sqlite3.Connection:
    """Connect to an existing file. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{_uri_path(os.path.abspath(path))}?mode=rw",
        uri=True,
        timeout=_LOCK_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # Without syncing, a power loss may damage the file, but it can be built again.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_memory(source: sqlite3.Connection | None = None) -> sqlite3.Connection:
    """Create a database in memory with the readable content of `source`."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if source is not None:
        try:
            source.backup(connection, progress=_stop_at(time.monotonic() + _LOCK_TIMEOUT))
        except sqlite3.Error:
            connection.close()
            return _connect_memory()
    connection.execute("PRAGMA foreign_keys = ON")
    _migrate(connection)
    return connection


def _stop_at(deadline: float) -> Callable[[int, int, int], None]:
    """Return a progress callback that cancels a backup after `deadline`."""

    def progress(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    return progress


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have migrated it meanwhile
        if version > len(MIGRATIONS):
            raise sqlite3.NotSupportedError("the index was written by a newer version of Guild")
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
    """Return whether the database file is damaged, not just temporarily inaccessible."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    # All these errors have the same class, and Python 3.10 does not report SQLite's error code.
    message = str(error)
    return any(
        part in message
        for part in ("malformed", "not a database", "no such table", "no such column", "corrupt")
    )


def _uri_path(path: str) -> str:
    """Quote `path` for an SQLite URI. Importing urllib would be slow."""
    for character in "%?#":
        path = path.replace(character, f"%{ord(character):02x}")
    return path
