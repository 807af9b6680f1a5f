"""The contract suite for implementations of `guild.extend.executor.Executor`.

A test class inherits `ExecutorContract` and names the executor's class:

    class TestMyExecutor(ExecutorContract):
        executor = "my_package:MyExecutor"
        slots = 2
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import pytest

from guild.context import Context
from guild.extend.executor import Executor, JobEnd, StartRequest
from guild.extend.observer import RunObserver
from guild.launch.batch_directory import read_batch
from guild.launch.batch_start import start_batch
from guild.ops.process.lock import RunLock
from guild.run import Run
from guild.runs.claim import is_claimed, read_claim
from guild.runs.store import RunStore

StageRun = Callable[[str], Run]

_TIMEOUT = 120.0

_LOOP = """
import os, sys
from pathlib import Path
from guild.context import Context
from guild.extend.observer import RunObserver
from guild.launch.batch_directory import read_batch
from guild.launch.batch_start import start_batch
from guild.runs.store import RunStore
from guild.testing.executors import load_executor
executor, slots, home, batch_id = sys.argv[1:]
start_batch(
    read_batch(RunStore(Path(home)).get(batch_id)),
    Context(Path(home), Path.cwd(), os.environ),
    executor=load_executor(executor, int(slots)),
    observer=RunObserver(),
)
"""

_TRIAL = """
import os, sys, time
x = 1
print("loss:", x, flush=True)
folder = os.getenv("TEST_FOLDER")
open(f"{folder}/started-{x}", "w").close()
while not os.path.exists(f"{folder}/continue"):
    time.sleep(0.02)
with open(f"{folder}/finished", "a") as file:
    file.write(f"{x}\\n")
"""


def load_executor(name: str, slots: int) -> Executor:
    """Return a new executor of the class `name`, written as `MODULE:CLASS`."""
    module, _, attr = name.partition(":")
    executor: Executor = getattr(import_module(module), attr)(slots)
    return executor


class ExecutorContract:
    """Tests that every executor must pass.

    Attributes:
        executor: the executor's class as `MODULE:CLASS`.
        slots: the number of slots to test with.
    """

    executor: ClassVar[str]
    slots: ClassVar[int] = 2

    def make(self) -> Executor:
        """Return a new executor."""
        return load_executor(self.executor, self.slots)

    @pytest.fixture
    def stage_run(self, tmp_path: Path) -> StageRun:
        """Return a function that stages a run of the given Python code."""

        def stage(code: str) -> Run:
            run_id = os.urandom(16).hex()
            run = Run(run_id, tmp_path / run_id)
            run.set("cmd", [sys.executable, "-c", code])
            run.set("env", {})
            run.set("flags", {})
            return run

        return stage

    @pytest.fixture
    def batch(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
        """Stage a batch of three trials that wait for the file `continue` in `tmp_path`."""
        monkeypatch.setenv("TEST_FOLDER", str(tmp_path))
        (tmp_path / "trial.py").write_text(_TRIAL)
        home = tmp_path / "home"
        home.mkdir()
        command = [sys.executable, "-m", "guild", "-H", str(home)]
        words = ["run", "trial.py", "x=[1,2,3]", "--stage", "--keep-batch", "-y"]
        subprocess.run([*command, *words], cwd=tmp_path, check=True, capture_output=True)
        (run_id,) = RunStore(home).ids()
        return RunStore(home).get(run_id)

    def test_reports_each_run_once_with_exit_code(self, stage_run: StageRun) -> None:
        runs = [stage_run(f"raise SystemExit({code})") for code in (0, 3, 0)]
        ended = run_all(self.make(), runs)
        assert sorted((end.handle, end.exit_code) for end in ended) == sorted(
            (handle, code) for handle, code in zip(handles(ended, runs), (0, 3, 0), strict=True)
        )
        assert [run.status for run in runs] == ["completed", "error", "completed"]

    def test_records_output_and_scalars(self, stage_run: StageRun) -> None:
        run = stage_run("print('loss: 0.5')")
        run_all(self.make(), [run])
        assert Path(run.guild_path("output")).read_bytes() == b"loss: 0.5\n"
        assert list(Path(run.guild_path()).glob("events.out.tfevents.*"))

    def test_passes_secrets_in_environment(self, stage_run: StageRun) -> None:
        run = stage_run("import os; print(os.environ['MY_SECRET'])")
        run_all(self.make(), [run], {**os.environ, "MY_SECRET": "s"})
        assert Path(run.guild_path("output")).read_bytes() == b"s\n"

    def test_requests_are_plain_values(self, stage_run: StageRun) -> None:
        request = start_request(stage_run(""), os.environ)
        assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301  # our own data
        assert StartRequest(**json.loads(json.dumps(request._asdict()))) == request

    def test_reports_why_a_run_cannot_start(self, stage_run: StageRun) -> None:
        run = stage_run("")
        run.set("cmd", ["no-such-program"])
        (end,) = run_all(self.make(), [run])
        assert end.exit_code == 127
        assert end.error
        assert "command not found" in end.error

    def test_claims_a_run_until_it_ends(self, stage_run: StageRun) -> None:
        run = stage_run("import os\nwhile not os.path.exists('continue'): pass")
        with self.make() as executor:
            executor.submit([start_request(run, os.environ)])
            assert is_claimed(run)
            Path(run.path, "continue").touch()
            wait_for_end(executor)
        assert not is_claimed(run)
        assert not os.path.exists(run.guild_path("LOCK"))

    def test_does_not_start_a_claimed_run(self, stage_run: StageRun) -> None:
        run = stage_run("")
        with self.make() as executor:
            holder = subprocess.Popen(
                [sys.executable, "-c", _HOLD_LOCK, run.path], stdout=subprocess.PIPE
            )
            assert holder.stdout is not None
            holder.stdout.readline()
            assert executor.submit([start_request(run, os.environ)]) == [None]
            holder.kill()
            holder.communicate()
            assert executor.submit([start_request(run, os.environ)]) != [None]
            assert wait_for_end(executor).exit_code == 0

    def test_polling_without_runs_returns_at_once(self) -> None:
        with self.make() as executor:
            assert executor.poll() == []

    def test_cancel_stops_runs(self, stage_run: StageRun) -> None:
        if self.make().slots == 1:
            pytest.skip("runs in this process, which receives signals itself")
        run = stage_run("import time; open('started', 'w'); time.sleep(60)")
        with self.make() as executor:
            (handle,) = executor.submit([start_request(run, os.environ)])
            wait_until(lambda: os.path.exists(os.path.join(run.path, "started")))
            assert handle is not None
            assert executor.poll(0.01) == []
            executor.cancel([handle])
            wait_for_end(executor)
            executor.cancel([handle])
        assert run.exit_status == -signal.SIGTERM
        assert run.status == "terminated"

    def test_killed_supervisor_is_reported(self, stage_run: StageRun) -> None:
        run = stage_run("import time; open('started', 'w'); time.sleep(60)")
        with self.make() as executor:
            if executor.slots == 1:
                pytest.skip("runs in this process")
            executor.submit([start_request(run, os.environ)])
            wait_until(lambda: os.path.exists(os.path.join(run.path, "started")))
            claim = read_claim(run)
            assert claim is not None
            assert claim.pid != os.getpid()
            os.kill(claim.pid, signal.SIGKILL)
            end = wait_for_end(executor)
            assert end.exit_code != 0
            assert end.error
        wait_until(lambda: not is_claimed(run))
        with RunLock(run):
            assert is_claimed(run)

    def test_next_loop_completes_batch_of_killed_loop(self, batch: Run, tmp_path: Path) -> None:
        home = tmp_path / "home"
        loop = subprocess.Popen(
            [sys.executable, "-c", _LOOP, self.executor, str(self.slots), str(home), batch.id],
            cwd=tmp_path,
        )
        started = min(self.slots, 2)
        wait_until(lambda: len(list(tmp_path.glob("started-*"))) >= started)
        loop.kill()
        loop.wait()
        (tmp_path / "continue").touch()
        end = start_batch(
            read_batch(batch),
            Context(home, tmp_path, os.environ),
            executor=self.make(),
            observer=RunObserver(),
        )
        assert (end.trials, end.failed, end.stopped) == (3, (), False)
        trials = [RunStore(home).get(run_id) for run_id in RunStore(home).ids()]
        assert [trial.status for trial in trials] == ["completed"] * len(trials)
        assert sorted((tmp_path / "finished").read_text().split()) == ["1", "2", "3"]


_HOLD_LOCK = """
import sys, time
from guild.ops.process.lock import RunLock
from guild.run import Run
with RunLock(Run("0" * 32, sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def start_request(run: Run, environ: Mapping[str, str]) -> StartRequest:
    """Return a request to start `run` quietly."""
    return StartRequest(run.id, run.path, dict(environ), quiet=True)


def run_all(
    executor: Executor, runs: list[Run], environ: Mapping[str, str] = os.environ
) -> list[JobEnd]:
    """Run all `runs` and return their ends in the order of `runs`."""
    remaining, submitted, ended = list(runs), list[str](), list[JobEnd]()
    with executor:
        while len(ended) < len(runs):
            while remaining and len(submitted) - len(ended) < executor.slots:
                (handle,) = executor.submit([start_request(remaining.pop(0), environ)])
                assert handle is not None
                submitted.append(handle)
            ended += executor.poll()
        assert executor.poll() == []
    return sorted(ended, key=lambda end: submitted.index(end.handle))


def handles(ended: list[JobEnd], runs: list[Run]) -> Iterator[str]:
    """Yield the handles of `ended`, one for each of `runs`."""
    assert len(ended) == len(runs)
    yield from (end.handle for end in ended)


def wait_for_end(executor: Executor) -> JobEnd:
    """Wait for a run to end and return its end."""
    ended: list[JobEnd] = []
    deadline = time.monotonic() + _TIMEOUT
    while not ended:
        assert time.monotonic() < deadline, "no run ended"
        ended = executor.poll(1.0)
    (end,) = ended
    return end


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + _TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.01)
