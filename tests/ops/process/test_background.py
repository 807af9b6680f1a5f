"""Runs in the background, which survive the terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from guild.base import processes
from guild.base.errors import GuildError
from guild.ops.process.background import run_detached, start_in_background

from .conftest import PROJECT, Staged, eventually

WAITS = "import os, time\nprint('ready')\nwhile not os.path.exists('go'): time.sleep(0.01)\n"


def _go(run: Staged) -> None:
    Path(run.run.path, "go").touch()
    eventually(lambda: run.ending == (0, "completed"))


def test_return_once_run_is_running(script: Any, tmp_path: Path) -> None:
    run = script(WAITS)
    pidfile = tmp_path / "pid"
    pid = start_in_background(run.run, environ=run.env, pidfile=pidfile)
    assert run.run.status == "running"
    assert run.run.lock_pid == pid == int(pidfile.read_text())
    assert os.getsid(pid) != os.getsid(0)
    _go(run)
    assert run.output == b"ready\n"
    eventually(lambda: not pidfile.exists())


def test_reject_second_start(script: Any) -> None:
    run = script(WAITS)
    start_in_background(run.run, environ=run.env)
    with pytest.raises(GuildError, match=f"run {run.run.short_id} is already running"):
        start_in_background(run.run, environ=run.env)
    _go(run)


def test_report_unwritable_pidfile(script: Any, tmp_path: Path) -> None:
    run = script(WAITS)
    with pytest.raises(GuildError, match=r"cannot write pidfile .*: No such file"):
        start_in_background(run.run, environ=run.env, pidfile=tmp_path / "no" / "pid")
    assert not os.path.exists(run.run.guild_path("LOCK"))


def test_report_unexpected_error() -> None:
    def work(on_started: Callable[[], None]) -> int:
        raise ValueError("no such thing")

    with pytest.raises(GuildError, match=r"^unexpected error: ValueError: no such thing$"):
        run_detached("run x", work)


def test_stop_with_sigterm(script: Any) -> None:
    run = script(WAITS)
    pid = start_in_background(run.run, environ=run.env)
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: run.ending == (-15, "terminated"))
    eventually(lambda: not processes.is_alive(pid))


def test_survive_closed_terminal(script: Any) -> None:
    run = script(WAITS)
    code = f"""
import os, sys
sys.path.insert(0, {str(PROJECT)!r})
from guild.ops.process.background import start_in_background
from guild.run import Run
start_in_background(Run({run.run.id!r}, {run.run.path!r}), environ=dict(os.environ))
print("back")
input()
"""
    terminal = pexpect.spawn(sys.executable, ["-c", code], env=run.env, timeout=60)
    terminal.expect_exact("back")
    terminal.close(force=True)
    assert run.run.status == "running"
    _go(run)
