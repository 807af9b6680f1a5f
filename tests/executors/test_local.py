"""The executors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from guild.base import processes
from guild.executors import job
from guild.extend.executor import JobEnd
from guild.runs.claim import is_claimed
from guild.testing.executors import (
    ExecutorContract,
    StageRun,
    run_all,
    start_request,
    wait_until,
)


class TestLocalWithOneSlot(ExecutorContract):
    executor = "guild.executors.local:LocalExecutor"
    slots = 1

    def test_cancelled_run_does_not_start(self, stage_run: StageRun) -> None:
        run = stage_run("open('started', 'w')")
        with self.make() as executor:
            executor.submit([start_request(run, os.environ)])
            executor.cancel([run.id])
            assert executor.poll() == [JobEnd(run.id, 143)]
        assert not is_claimed(run)
        assert not os.path.exists(os.path.join(run.path, "started"))


class TestDetached(ExecutorContract):
    executor = "guild.testing.detached_executor:DetachedExecutor"


class TestLocal(ExecutorContract):
    executor = "guild.executors.local:LocalExecutor"

    def test_runs_overlap(self, stage_run: StageRun) -> None:
        # Each run waits for the file that the other one writes.
        a, b = stage_run(""), stage_run("")
        for run, other in ((a, b), (b, a)):
            code = (
                "import os, time\n"
                "open('started', 'w')\n"
                f"while not os.path.exists({os.path.join(other.path, 'started')!r}):\n"
                "    time.sleep(0.01)\n"
            )
            run.set("cmd", [sys.executable, "-c", code])
        assert [end.exit_code for end in run_all(self.make(), [a, b])] == [0, 0]

    def test_reports_internal_errors(
        self, stage_run: StageRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> int:
            raise ValueError("bad value")

        monkeypatch.setattr(job, "start_locked", fail)
        [end] = run_all(self.make(), [stage_run("")])
        assert end[1:] == (1, "unexpected error: ValueError: bad value")

    def test_runs_stop_when_the_loop_is_killed(self, stage_run: StageRun) -> None:
        run = stage_run("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
        other = stage_run("import time; time.sleep(60)")
        code = f"""
import os
from guild.executors.local import LocalExecutor
from guild.extend.executor import StartRequest
with LocalExecutor(2) as executor:
    for id, path in {[(r.id, r.path) for r in (run, other)]!r}:
        executor.submit([StartRequest(id, path, dict(os.environ))])
    executor.poll()
"""
        process = subprocess.Popen([sys.executable, "-c", code])
        output = Path(run.guild_path("output"))
        wait_until(lambda: output.exists() and output.read_bytes().endswith(b"\n"))
        pid = int(output.read_bytes())
        wait_until(lambda: other.get("started"))
        process.kill()
        process.wait()
        wait_until(lambda: not processes.is_alive(pid))
        wait_until(lambda: run.status == other.status == "terminated")
        assert run.exit_status == -signal.SIGTERM
