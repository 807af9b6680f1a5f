"""The lock of a run: one starter at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.ops.process.lock import RunLock

from .conftest import eventually


def test_reject_second_starter(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    process = run.popen()
    eventually(lambda: run.run.status == "running")
    second = run.start()
    assert second.returncode == 1
    assert second.stderr.decode() == (
        f"guild: run {run.run.short_id} is already running (process {process.pid}); "
        f"stop it first with 'guild stop {run.run.short_id}'\n"
    )
    assert run.run.status == "running"
    process.terminate()
    process.wait(120)


def test_one_of_many_starters_wins(command: Any) -> None:
    run = command("sh", "-c", "echo once >>log; sleep 1")
    Path(run.run.guild_path("LOCK")).write_text(f"{_dead_pid()}\n")
    starters = [run.popen() for _ in range(8)]
    codes = sorted(process.wait(120) for process in starters)
    assert codes == [0] + [1] * 7
    assert Path(run.run.path, "log").read_text() == "once\n"


def test_take_over_lock_of_dead_process(command: Any) -> None:
    run = command("sh", "-c", "cat .guild/LOCK")
    Path(run.run.guild_path("LOCK")).write_text(str(_dead_pid()))
    process = run.popen()
    assert int(process.communicate(timeout=60)[0]) == process.pid
    assert not os.path.exists(run.run.guild_path("LOCK"))


def test_ignore_lock_with_reused_process_id(command: Any) -> None:
    run = command("true")
    lock = Path(run.run.guild_path("LOCK"))
    lock.write_text(str(os.getpid()))
    long_ago = time.time() - 10 * 365 * 86400
    os.utime(lock, (long_ago, long_ago))
    assert run.start().returncode == 0


def test_reject_lock_of_live_process_without_flock(command: Any) -> None:
    """Guild AI 0.9 writes the process id and does not use flock."""
    run = command("true")
    Path(run.run.guild_path("LOCK")).write_text(str(os.getpid()))
    assert b"already running" in run.start().stderr


def test_ignore_invalid_lock(command: Any) -> None:
    run = command("true")
    Path(run.run.guild_path("LOCK")).write_bytes(b"\xff garbage " * 10)
    assert run.start().returncode == 0


def test_start_clears_staging_markers(command: Any) -> None:
    run = command("sh", "-c", "ls .guild .guild/attrs", exit_status=1, stopped=5)
    for name in ("STAGED", "PENDING"):
        Path(run.run.guild_path(name)).touch()
    assert run.run.status == "pending"
    listed = run.start().stdout.decode().split()
    assert "LOCK" in listed
    assert not {"STAGED", "PENDING", "exit_status", "stopped"} & set(listed)
    assert run.run["started"] < run.run["stopped"]


def test_release_lock_if_process_id_cannot_be_written(
    command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*args: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = command("true").run
    with monkeypatch.context() as patch:
        patch.setattr("guild.ops.process.lock.RunLock._write_pid", full_disk)
        with pytest.raises(GuildError, match="No space left on device"):
            RunLock(run).acquire()
    assert not os.path.exists(run.guild_path("LOCK"))
    with RunLock(run):
        assert run.lock_pid == os.getpid()


def _dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid
