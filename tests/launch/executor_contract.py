"""The rules of `guild.launch.executor.Executor`, checked of any executor.

A test class inherits `ExecutorContract` and gives `make`:

    class TestMine(ExecutorContract):
        def make(self):
            return MyExecutor()
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from guild.launch.executor import Ended, Executor
from guild.ops.process.lock import RunLock
from guild.run import Run

Stage = Callable[[str], Run]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """`stage("print(1)")` is a staged run of that Python code."""

    def make(code: str) -> Run:
        run_id = uuid.uuid4().hex
        run = Run(run_id, tmp_path / run_id)
        run.set("cmd", [sys.executable, "-c", code])
        run.set("env", {})
        run.set("flags", {})
        return run

    return make


class ExecutorContract(ABC):
    """See the module."""

    @abstractmethod
    def make(self) -> Executor:
        """A new executor."""

    def test_tells_each_run_once_and_how_it_ended(self, stage: Stage) -> None:
        runs = [stage(f"raise SystemExit({code})") for code in (0, 3, 0)]
        ended = run_all(self.make(), runs)
        assert {(end.run.id, end.exit_code) for end in ended} == {
            (run.id, code) for run, code in zip(runs, (0, 3, 0), strict=True)
        }
        assert len(ended) == 3
        assert [run.status for run in runs] == ["completed", "error", "completed"]

    def test_records_output_and_scalars(self, stage: Stage) -> None:
        run = stage("print('loss: 0.5')")
        run_all(self.make(), [run])
        assert Path(run.guild_path("output")).read_bytes() == b"loss: 0.5\n"
        assert list(Path(run.guild_path()).glob("events.out.tfevents.*"))

    def test_hands_over_what_is_secret(self, stage: Stage) -> None:
        run = stage("import os; print(os.environ['SECRET_OF_MINE'])")
        run_all(self.make(), [run], {**os.environ, "SECRET_OF_MINE": "s"})
        assert Path(run.guild_path("output")).read_bytes() == b"s\n"

    def test_tells_why_a_run_could_not_be_started(self, stage: Stage) -> None:
        run = stage("")
        run.set("cmd", ["no-such-program"])
        (ended,) = run_all(self.make(), [run])
        assert ended.exit_code == 127
        assert ended.error
        assert "command not found" in ended.error

    def test_lets_go_of_the_lock(self, stage: Stage) -> None:
        run = stage("")
        run_all(self.make(), [run])
        assert not os.path.exists(run.guild_path("LOCK"))

    def test_holds_the_lock_while_a_run_goes(self, stage: Stage) -> None:
        run = stage(
            "import fcntl, os\n"
            "fd = os.open('.guild/LOCK', os.O_RDWR)\n"
            "try:\n    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
            "except BlockingIOError:\n    print('held')\n"
        )
        run_all(self.make(), [run])
        assert Path(run.guild_path("output")).read_bytes() == b"held\n"

    def test_stops_what_runs_when_asked_to_stop(self, stage: Stage) -> None:
        run = stage("import time; open('here', 'w'); time.sleep(60)")
        _when(lambda: os.path.exists(os.path.join(run.path, "here")), signal.SIGTERM)
        executor = self.make()
        with executor:
            _submit(executor, run, os.environ)
            ended: list[Ended] = []
            while not ended:
                ended = executor.wait()
            assert executor.stopped
        assert run.get("exit_status") == -signal.SIGTERM
        assert run.status == "terminated"

    def test_is_not_stopped_by_itself(self, stage: Stage) -> None:
        executor = self.make()
        with executor:
            _submit(executor, stage(""), os.environ)
            while not executor.wait():
                pass
            assert not executor.stopped

    def test_waits_no_longer_than_it_is_told(self) -> None:
        with self.make() as executor:
            assert executor.wait(0.01) == []


def run_all(
    executor: Executor, runs: list[Run], environ: Mapping[str, str] = os.environ
) -> list[Ended]:
    """What `executor` tells of `runs`, each submitted when there is room for it."""
    left, going, ended = list(runs), 0, []
    with executor:
        while left or going:
            while left and going < executor.slots:
                _submit(executor, left.pop(0), environ)
                going += 1
            told = executor.wait()
            going -= len(told)
            ended += told
        assert executor.wait() == []
    return ended


def _submit(executor: Executor, run: Run, environ: Mapping[str, str]) -> None:
    lock = RunLock(run)
    lock.acquire()
    executor.submit(run, lock, environ)


def _when(condition: Callable[[], bool], number: signal.Signals) -> None:
    """Send this process a signal once `condition` holds."""

    def watch() -> None:
        until = time.monotonic() + 60
        while not condition() and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=watch, daemon=True).start()
