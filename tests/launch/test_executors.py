"""Where trials run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guild.base import processes
from guild.launch import executor
from guild.launch.executor import Executor, InProcessExecutor, LocalExecutor
from guild.ops.process.start import StartOptions

from .executor_contract import ExecutorContract, Stage, run_all, stage

__all__ = ["stage"]


class TestInProcess(ExecutorContract):
    def make(self) -> Executor:
        return InProcessExecutor(StartOptions(quiet=True))


class TestLocal(ExecutorContract):
    def make(self) -> Executor:
        return LocalExecutor(2, StartOptions())

    def test_runs_are_side_by_side(self, stage: Stage) -> None:
        # Each waits for what the other one writes.
        a, b = stage(""), stage("")
        for run, other in ((a, b), (b, a)):
            code = (
                "import os, time\n"
                "open('here', 'w')\n"
                f"while not os.path.exists({os.path.join(other.path, 'here')!r}):\n"
                "    time.sleep(0.01)\n"
            )
            run.set("cmd", [sys.executable, "-c", code])
        assert [end.exit_code for end in run_all(self.make(), [a, b])] == [0, 0]

    def test_a_fault_of_ours_is_told(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        def fault(*_: object) -> int:
            raise ValueError("what now")

        monkeypatch.setattr(executor, "start_locked", fault)
        [end] = run_all(self.make(), [stage("")])
        assert end[1:] == (1, "unexpected error: ValueError: what now")

    def test_what_runs_ends_when_this_process_is_killed(self, stage: Stage) -> None:
        run = stage("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
        other = stage("import time; time.sleep(60)")
        code = f"""
import os
from guild.launch.executor import LocalExecutor
from guild.ops.lock import RunLock
from guild.ops.start import StartOptions
from guild.run import Run
with LocalExecutor(2, StartOptions()) as executor:
    for id, path in {[(one.id, one.path) for one in (run, other)]!r}:
        lock = RunLock(Run(id, path))
        lock.acquire()
        executor.submit(Run(id, path), lock, dict(os.environ))
    executor.wait()
"""
        process = subprocess.Popen([sys.executable, "-c", code])
        output = Path(run.guild_path("output"))
        _until(lambda: output.exists() and output.read_bytes().endswith(b"\n"))
        pid = int(output.read_bytes())
        _until(lambda: other.get("started"))
        process.kill()
        process.wait()
        _until(lambda: not processes.is_alive(pid))
        _until(lambda: run.status == other.status == "terminated")
        assert run.get("exit_status") == -signal.SIGTERM


def _until(condition: object) -> None:
    assert callable(condition)
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)
