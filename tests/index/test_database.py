"""The index when its files are damaged, locked, deleted or cannot be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from index.homes import add_run
from support.privileges import permissions_count

from guild.index.run_index import RunIndex


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def ids(index: RunIndex) -> list[str]:
    return [run.id for run in index.select()]


def database(home: Path) -> Path:
    (path,) = (home / "cache" / "index").glob("runs-*.db")
    return path


@pytest.mark.parametrize(
    "content", [b"", b"nonsense" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_rebuild_damaged_index(home: Path, content: bytes) -> None:
    run = add_run(home)
    with RunIndex(home) as index:
        index.select()
    database(home).write_bytes(content)
    with RunIndex(home) as index:
        assert ids(index) == [run.id]
    with RunIndex(home) as index:
        assert ids(index) == [run.id]


def test_rebuild_index_damaged_in_the_middle(home: Path) -> None:
    runs = [add_run(home, label="x" * 3000) for _ in range(50)]
    with RunIndex(home) as index:
        index.select()
    path = database(home)
    data = bytearray(path.read_bytes())
    data[4096:-1000] = os.urandom(len(data) - 5096)
    path.write_bytes(data)
    with RunIndex(home) as index:
        assert ids(index) == [run.id for run in reversed(runs)]


def test_delete_index_while_in_use(home: Path) -> None:
    with RunIndex(home) as index:
        runs = [add_run(home)]
        for _ in range(3):
            index.select()
            shutil.rmtree(home / "cache", ignore_errors=True)
            runs.append(add_run(home))
            assert ids(index) == [run.id for run in reversed(runs)]


def test_leave_index_of_a_newer_version_unchanged(home: Path) -> None:
    run = add_run(home)
    with RunIndex(home) as index:
        index.select()
    connection = sqlite3.connect(database(home))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = database(home).read_bytes()
    with RunIndex(home) as index:
        assert ids(index) == [run.id]
    assert database(home).read_bytes() == before


def test_cache_directory_cannot_be_created(home: Path) -> None:
    run = add_run(home)
    (home / "cache").write_text("a file")
    with RunIndex(home) as index:
        assert ids(index) == [run.id]


def test_index_stays_locked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guild.index.database._LOCK_TIMEOUT", 0.1)
    runs = [add_run(home)]
    with RunIndex(home) as index:
        index.select()
    other = sqlite3.connect(database(home), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    runs.append(add_run(home))
    with RunIndex(home) as index:
        assert ids(index) == [run.id for run in reversed(runs)]
    other.close()


def test_read_only_home(home: Path) -> None:
    runs = [add_run(home)]
    with RunIndex(home) as index:
        index.select()
    runs.append(add_run(home))
    folder = home / "cache" / "index"
    for path in (database(home), folder):
        path.chmod(0o500)
    try:
        with permissions_count(), RunIndex(home) as index:
            assert ids(index) == [run.id for run in reversed(runs)]
    finally:
        folder.chmod(0o700)
