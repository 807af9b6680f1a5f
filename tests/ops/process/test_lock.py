"""A run has one starter at a time."""

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


def test_second_starter_is_refused(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    process = run.popen()
    eventually(lambda: run.run.status == "running")
    second = run.start()
    assert second.returncode == 1
    assert second.stderr.decode() == (
        f"guild: run {run.run.short_id} is already running (process {process.pid}) - "
        f"stop it first with 'guild stop {run.run.short_id}'\n"
    )
    assert run.run.status == "running"
    process.terminate()
    process.wait(120)


def test_of_many_starters_one_starts(command: Any) -> None:
    run = command("sh", "-c", "echo once >>log; sleep 1")
    Path(run.run.guild_path("LOCK")).write_text(f"{_dead_pid()}\n")
    starters = [run.popen() for _ in range(8)]
    codes = sorted(process.wait(120) for process in starters)
    assert codes == [0] + [1] * 7
    assert Path(run.run.path, "log").read_text() == "once\n"


def test_lock_of_a_dead_process_is_taken_over(command: Any) -> None:
    run = command("sh", "-c", "cat .guild/LOCK")
    Path(run.run.guild_path("LOCK")).write_text(str(_dead_pid()))
    process = run.popen()
    assert int(process.communicate(timeout=60)[0]) == process.pid
    assert not os.path.exists(run.run.guild_path("LOCK"))


def test_lock_of_a_process_id_that_was_given_away(command: Any) -> None:
    run = command("true")
    lock = Path(run.run.guild_path("LOCK"))
    lock.write_text(str(os.getpid()))
    long_ago = time.time() - 10 * 365 * 86400
    os.utime(lock, (long_ago, long_ago))
    assert run.start().returncode == 0


def test_lock_of_a_living_process_without_flock(command: Any) -> None:
    """As Guild AI 0.9 writes it."""
    run = command("true")
    Path(run.run.guild_path("LOCK")).write_text(str(os.getpid()))
    assert b"already running" in run.start().stderr


def test_garbage_in_the_lock(command: Any) -> None:
    run = command("true")
    Path(run.run.guild_path("LOCK")).write_bytes(b"\xff garbage " * 10)
    assert run.start().returncode == 0


def test_start_of_a_staged_run(command: Any) -> None:
    run = command("sh", "-c", "ls .guild .guild/attrs", exit_status=1, stopped=5)
    for name in ("STAGED", "PENDING"):
        Path(run.run.guild_path(name)).touch()
    assert run.run.status == "pending"
    listed = run.start().stdout.decode().split()
    assert "LOCK" in listed
    assert not {"STAGED", "PENDING", "exit_status", "stopped"} & set(listed)
    assert run.run["started"] < run.run["stopped"]


def test_lock_that_cannot_be_written_is_let_go(
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
