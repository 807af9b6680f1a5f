"""The index returns what is in the run directories, whatever happens to its files."""

from __future__ import annotations

import logging
import math
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from index.homes import add_run, add_scalars

from guild.index import record, run_cache
from guild.index.query import RunQuery
from guild.index.run_index import RunIndex
from guild.run import Run
from guild.runs import restarts
from guild.runs.store import RunStore


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def index(home: Path) -> Iterator[RunIndex]:
    home.mkdir()
    with RunIndex(home) as index:
        yield index


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat runs as settled immediately; use `tick` to separate changes."""
    monkeypatch.setattr(record, "SETTLING_TIME_NS", 0)
    monkeypatch.setattr(run_cache, "SETTLING_TIME_NS", 0)


def tick() -> None:
    time.sleep(0.02)  # longer than the granularity of file system timestamps


def record_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the ids of the runs that are opened."""
    opened: list[str] = []

    def read(path: str, id: str) -> Any:
        opened.append(id)
        return record.read_record(path, id)

    monkeypatch.setattr(run_cache, "read_record", read)
    return opened


def ids(index: RunIndex, **query: Any) -> list[str]:
    return [run.id for run in index.select(RunQuery(**query))]


def test_list_runs_newest_first(home: Path, index: RunIndex) -> None:
    runs = [add_run(home) for _ in range(5)]
    newest_first = [run.id for run in reversed(runs)]
    assert ids(index) == newest_first
    assert [run.id for run in index.select(limit=2)] == newest_first[:2]
    assert index.count() == 5


def test_home_without_runs(home: Path, index: RunIndex) -> None:
    assert index.select() == []
    assert index.count() == 0
    assert not (home / "cache").exists()


def test_fields_of_a_run(home: Path, index: RunIndex) -> None:
    run = add_run(home, model="m", label="best", flags={"lr": 0.1, "n": 3}, mine=[1, "a"])
    (indexed,) = index.select()
    assert (indexed.id, indexed.path, indexed.status) == (run.id, run.path, "completed")
    assert (indexed.operation, indexed.label) == ("m:train", "best")
    assert indexed.flags == {"lr": 0.1, "n": 3}
    assert indexed.attrs["mine"] == [1, "a"]
    assert indexed.started == run["started"]
    assert indexed.run == run


@pytest.mark.parametrize("value", [{"when": "2026-01-01"}, {1: "a"}, float("nan"), b"\x00"])
def test_values_that_json_cannot_represent(home: Path, index: RunIndex, value: Any) -> None:
    run = add_run(home)
    run.set("mine", value)
    (indexed,) = index.select()
    assert repr(indexed.attrs["mine"]) == repr(run["mine"])


@pytest.mark.usefixtures("settled")
def test_do_not_reopen_finished_runs(
    home: Path, index: RunIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [add_run(home) for _ in range(3)]
    tick()
    index.select()
    opened = record_reads(monkeypatch)
    index.select()
    index.select(limit=2)
    new = add_run(home)
    assert ids(index)[0] == new.id
    assert opened == [new.id]
    tick()
    runs[0].set("label", "changed")
    opened.clear()
    assert ids(index, labels=("changed",)) == [runs[0].id]
    assert set(opened) <= {runs[0].id, new.id}


@pytest.mark.usefixtures("settled")
def test_notice_changes(home: Path, index: RunIndex) -> None:
    first, second = add_run(home), add_run(home)
    tick()
    index.select()
    tick()
    first.set("label", "x")
    second.delete_attr("exit_status")
    assert [(run.label, run.status) for run in index.select()] == [
        ("", "error"),
        ("x", "completed"),
    ]
    tick()
    RunStore(home).delete(first)
    assert ids(index) == [second.id]
    assert ids(index, deleted=True) == [first.id]
    tick()
    RunStore(home).restore(RunStore(home).get(first.id, deleted=True))
    assert ids(index) == [second.id, first.id]
    assert ids(index, deleted=True) == []


@pytest.mark.usefixtures("settled")
def test_restarted_run_comes_first(home: Path, index: RunIndex) -> None:
    runs = [add_run(home) for _ in range(5)]
    tick()
    assert index.select(limit=1)[0].id == runs[-1].id
    tick()
    Path(runs[0].guild_path("LOCK")).write_text(str(os.getpid()))
    runs[0].set("started", runs[-1]["started"] + 1)
    restarts.note_restart(home, runs[0].id)
    (first,) = index.select(limit=1)
    assert (first.id, first.status) == (runs[0].id, "running")
    Path(runs[0].guild_path("LOCK")).unlink()
    assert index.select(limit=1)[0].status == "completed"


@pytest.mark.usefixtures("settled")
def test_status_of_a_running_run_is_current(home: Path, index: RunIndex) -> None:
    run = add_run(home)
    run.delete_attr("exit_status")
    lock = Path(run.guild_path("LOCK"))
    lock.write_text(str(os.getpid()))
    tick()
    assert index.select()[0].status == "running"
    lock.unlink()
    lock.write_text("0")
    assert index.select()[0].status == "error"
    for marker in ("PENDING", "STAGED"):
        Path(run.guild_path(marker)).touch()
        assert index.select()[0].status == marker.lower() == run.status
        Path(run.guild_path(marker)).unlink()


def test_folder_becomes_a_run(home: Path, index: RunIndex) -> None:
    folder = home / "runs" / ("0" * 32)
    folder.mkdir(parents=True)
    assert index.select() == []
    assert index.count() == 0
    (folder / ".guild" / "attrs").mkdir(parents=True)
    (folder / ".guild" / "PENDING").touch()
    assert index.select()[0].status == "pending"
    shutil.rmtree(folder)
    assert index.select() == []


def test_list_damaged_run_with_one_warning(
    home: Path,
    index: RunIndex,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = add_run(home, label="kept")
    Path(run.guild_path("opref")).write_bytes(b"\xff\x00 'x")
    Path(run.guild_path("attrs", "flags")).write_bytes(b"{: \xff[")
    caplog.set_level(logging.WARNING)
    assert index.select()[0].damage is None  # it may be half written
    monkeypatch.setattr(record, "SETTLING_TIME_NS", 0)
    for _ in range(2):
        tick()
        (indexed,) = index.select()
        assert (indexed.label, indexed.opref, indexed.flags) == ("kept", None, {})
    assert [entry.getMessage() for entry in caplog.records] == [
        f"run {run.short_id}: opref is invalid, attribute flags is invalid ({run.path})"
    ]


# -- Scalars


def scalar(index: RunIndex, run: Run, tag: str) -> Any:
    (summary,) = [row for row in index.read_scalars([run.id])[run.id] if row.tag == tag]
    return summary


@pytest.mark.usefixtures("settled")
def test_read_scalars_of_a_finished_run_once(
    home: Path, index: RunIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add_run(home)
    add_scalars(run, loss=[3, math.nan, 1], acc=[math.inf])
    tick()
    index.select()
    loss = scalar(index, run, "loss")
    assert (loss.first_val, loss.last_val, loss.min_val, loss.count) == (3, 1, 1, 3)
    assert math.isnan(loss.total)
    assert scalar(index, run, "acc").last_val == math.inf
    monkeypatch.setattr("guild.scalars.run_scalars.summarize", None)
    assert repr(scalar(index, run, "loss")) == repr(loss)


def test_follow_scalars_of_an_unfinished_run(home: Path, index: RunIndex) -> None:
    run = add_run(home)
    Path(run.guild_path("LOCK")).write_text(str(os.getpid()))
    for count in (1, 2):
        add_scalars(run, loss=[2.0])
        index.select()
        assert scalar(index, run, "loss").count == count


def test_read_damaged_event_file_up_to_the_damage(
    home: Path, index: RunIndex, caplog: pytest.LogCaptureFixture
) -> None:
    run = add_run(home)
    add_scalars(run, loss=[3, 2])
    (path,) = Path(run.guild_path()).glob("*tfevents*")
    path.write_bytes(path.read_bytes()[:-1] + b"x" + b"garbage" * 10)
    caplog.set_level(logging.WARNING)
    index.select()
    for _ in range(2):
        assert scalar(index, run, "loss").last_val == 3
    (entry,) = caplog.records
    assert entry.getMessage().startswith(f"run {run.short_id}: .guild/{path.name}: ")


def test_query_another_folder(home: Path, tmp_path: Path) -> None:
    run = add_run(tmp_path / "other")
    add_scalars(run, loss=[1])
    query = RunQuery(runs_dir=str(tmp_path / "other" / "runs"))
    with RunIndex(home) as index:
        assert [run.id for run in index.select(query)] == [run.id]
        assert index.read_scalars([run.id], query)[run.id][0].tag == "loss"
        assert [run.id for run in index.find(run.id[:5], query)] == [run.id]


@pytest.mark.usefixtures("settled")
def test_run_with_steps_has_their_scalars(home: Path) -> None:
    """They follow changes of the steps, and batches have none of their trials."""
    step = add_run(home, op="prep")
    add_scalars(step, loss=[3.0, 2.0])
    parent = add_run(home, op="all", steps=["prep"])
    batch = add_run(home, op="prep")
    for run in (parent, batch):
        Path(run.path, "prep").symlink_to(f"../{step.id}")
    Path(step.path, "self").symlink_to(f"../{step.id}")
    with RunIndex(home) as index:
        rows = index.read_scalars([parent.id, batch.id])
        assert [(row.prefix, row.last_val) for row in rows[parent.id]] == [("prep/.guild", 2.0)]
        assert not rows.get(batch.id)
        (match,) = index.select(RunQuery(expression="prep#loss < 3"))
        assert match.id == parent.id
        tick()
        add_scalars(step, loss=[1.0, 0.5, 0.25])
        assert index.read_scalars([parent.id])[parent.id][0].last_val == 0.25


def test_older_index_is_completed_with_scalars_of_steps(home: Path) -> None:
    step = add_run(home, op="prep")
    parent = add_run(home, op="all")
    Path(parent.path, "prep").symlink_to(f"../{step.id}")
    with RunIndex(home) as index:
        index.read_scalars([parent.id])
        add_scalars(step, loss=[3.0])
        Path(parent.guild_path("attrs", "steps")).write_text("- prep\n")
        (cache,) = index._caches.values()
        connection = cache._database.connection
        stamp = connection.execute("SELECT stamp FROM runs WHERE id = ?", (parent.id,)).fetchone()
        connection.execute("UPDATE scalar_files SET stamp = ?", stamp)
        connection.execute("DELETE FROM seen WHERE name = 'step_scalars'")
        assert index.read_scalars([parent.id])[parent.id][0].last_val == 3.0
