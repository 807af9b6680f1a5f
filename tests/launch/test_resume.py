"""Batches that are stopped or killed go on; several processes drain one."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guild.base import processes
from guild.launch.objective import Objective
from guild.launch.trial_runs import trial_id
from guild.run import Run
from guild.testing.project import Project

Make = Callable[..., Project]

# It records each start in a file outside of its run.
SCRIPT = """
import os, time
x = 1.0
with open(os.environ["STARTS"], "a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(0.1)
print("loss:", (x - 0.3) ** 2)
"""


@pytest.fixture
def work(project: Make, tmp_path: Path) -> Project:
    made = project({"f.py": SCRIPT, "slow.py": "import time\nx = 1\nprint(x)\ntime.sleep(60)\n"})
    made.env["STARTS"] = str(tmp_path / "starts")
    return made


def staged(project: Project, *words: str) -> Run:
    project.run("run", *words, "--stage", "-y").assert_ok()
    return project.runs()[0]


def results(project: Project, batch: Run) -> list[tuple[object, object, str]]:
    """Return flag, objective and status of each trial in order; no other runs may exist."""
    trials = []
    while (path := project.home / "runs" / trial_id(batch.id, len(trials))).exists():
        run = Run(path.name, path)
        trials.append((run.get("flags")["x"], Objective.parse("loss").loss(run), run.status))
    assert len(list((project.home / "runs").iterdir())) == len(trials) + 1
    return trials


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def has_started(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


def start(project: Project, batch: Run, *options: str) -> subprocess.Popen[bytes]:
    return project.popen("run", "--start", batch.id, "-y", "-q", "--keep-batch", *options)


@pytest.mark.parametrize(
    "words",
    [
        ("x=linspace[0:1:5]",),
        ("x=linspace[0:1:5]", "--jobs", "2"),
        ("x=[0.0:1.0]", "-o", "gp", "-m", "5"),
    ],
)
def test_killed_batch_resumes_with_same_results(work: Project, words: tuple[str, ...]) -> None:
    jobs = words[words.index("--jobs") :] if "--jobs" in words else ()
    words = ("f.py", *words, "--random-seed", "4")
    moments = random.Random(1)
    batch = staged(work, *words)
    for _ in range(5):
        process = start(work, batch, *jobs)
        time.sleep(moments.uniform(0.15, 1.0))
        process.kill()
        process.communicate()
        if batch.status == "completed":  # starting it again would add new trials
            break
    else:
        assert start(work, batch, *jobs).wait(120) == 0
    disturbed = results(work, batch)
    assert batch.status == "completed"
    for run in work.runs():
        work.run("runs", "delete", run.id, "-y").assert_ok()
    undisturbed = staged(work, *words)
    assert start(work, undisturbed, *jobs).wait(120) == 0
    assert disturbed == results(work, undisturbed)
    assert len(disturbed) == 5


def test_processes_share_batch_and_take_over_from_killed_ones(
    work: Project, tmp_path: Path
) -> None:
    batch = staged(work, "f.py", "x=linspace[0:1:12]")
    processes = [start(work, batch) for _ in range(4)]
    until(lambda: has_started(tmp_path / "starts"))
    processes[1].kill()
    assert [process.wait(120) for process in processes] == [0, -signal.SIGKILL, 0, 0]
    assert [status for *_, status in results(work, batch)] == ["completed"] * 12
    assert batch.status == "completed"
    # No trial was started twice, except the one that was killed.
    assert len((tmp_path / "starts").read_text().split()) in (12, 13)


def test_last_process_records_end_if_first_was_killed(
    work: Project,
) -> None:
    batch = staged(work, "f.py", "x=linspace[0:1:5]")
    first = start(work, batch)
    until(lambda: batch.get("started"))
    second = start(work, batch)
    time.sleep(0.3)
    first.kill()
    first.wait()
    assert second.wait(120) == 0
    assert (batch.get("exit_status"), batch.status) == (0, "completed")


@contextmanager
def held(run: Run) -> Iterator[None]:
    """Hold the lock of `run` without a visible supervisor."""
    with open(run.guild_path("LOCK"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_joining_a_finishing_batch_succeeds(work: Project) -> None:
    batch = staged(work, "f.py", "x=[1,2]")
    with held(batch):
        work.run("run", "--start", batch.id, "-y", "-q", "--keep-batch").assert_ok()
    assert [status for *_, status in results(work, batch)] == ["completed"] * 2


def test_does_not_wait_for_deleted_trial(
    work: Project,
) -> None:
    work.run("run", "f.py", "x=[1,2]", "--stage-trials", "--keep-batch", "-y").assert_ok()
    (batch,) = [run for run in work.runs() if run.batch_proto is not None]
    first, second = (
        Run(name, work.home / "runs" / name) for name in (trial_id(batch.id, n) for n in (0, 1))
    )
    with held(first):
        process = start(work, batch)
        until(lambda: second.status == "completed")
        os.rename(first.path, work.home / "deleted")  # at once, as a run moves to the trash
        assert process.wait(60) == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_batch_and_its_trials(
    work: Project, jobs: str, number: signal.Signals
) -> None:
    batch = staged(work, "slow.py", "x=[1,2,3]")
    process = start(work, batch, "--jobs", jobs)
    trials = [Path(work.home, "runs", trial_id(batch.id, n)) for n in range(3)]
    for path in trials[: int(jobs)]:
        until(lambda path=path: has_started(path / ".guild" / "output"))
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert f"slow.py+ was stopped; 'guild run --start {batch.short_id}' resumes it" in (
        err.decode()
    )
    statuses = Counter(run.status for run in work.runs())
    assert statuses == {"terminated": 1 + int(jobs), "pending": 3 - int(jobs)}
    assert nothing_runs(work)


def nothing_runs(project: Project) -> bool:
    """Return whether no process has a run directory of the project as its working directory."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd").startswith(str(project.home)):
                return False
        except OSError:
            continue
    return True


def test_trial_with_killed_supervisor_fails(work: Project) -> None:
    command = work.popen("run", "slow.py", "x=[1,2]", "--jobs", "2", "-y")

    def started() -> list[Run]:
        return [run for run in work.runs() if run.batch_proto is None and run.lock_pid]

    until(lambda: len(started()) == 2 and all(run.get("started") for run in started()))
    for run in started():
        pid = run.lock_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 1
    why = "its supervisor was killed by signal 9"
    assert err.decode().splitlines()[-3:] == [
        "slow.py+: 2 of 2 trials failed",
        *(
            f"  [{run.short_id}]  x={n}  {why}"
            for n in (1, 2)
            for run in work.runs()
            if run.batch_proto is None and run.get("flags") == {"x": n}
        ),
    ]


def test_ctrl_c_stops_batch_that_can_resume(work: Project) -> None:
    for jobs in ("1", "2"):
        batch = staged(work, "slow.py", "x=[1,2,3]")
        terminal = work.terminal("run", "--start", batch.id, "-y", "--jobs", jobs, "--keep-batch")
        path = Path(work.home, "runs", trial_id(batch.id, 0), ".guild", "output")
        until(lambda path=path: has_started(path))
        time.sleep(0.3)
        terminal.sendintr()
        if jobs == "2":  # a trial that was stopped is still to be done
            terminal.expect("0 of 3 done · [12] stopped")
        terminal.expect_exact("was stopped")
        terminal.expect_exact("resumes it")
        terminal.wait()
        assert batch.status == "terminated"
        assert nothing_runs(work)


def test_batch_runs_in_background(work: Project, tmp_path: Path) -> None:
    result = work.run(
        *("run", "f.py", "x=[1,2]", "-y", "--keep-batch", "--pidfile", str(tmp_path / "pid"))
    ).assert_ok()
    batch = next(run for run in work.runs() if run.batch_proto is not None)
    result.assert_out(f"f.py+ started in background as {batch.id} (pidfile {tmp_path / 'pid'})")
    until(lambda: batch.get("exit_status") == 0)
    until(lambda: not (tmp_path / "pid").exists())
    assert sorted(run.status for run in work.runs()) == ["completed"] * 3
    output = Path(batch.guild_path("output")).read_text()
    assert output.count("Running trial") == 2
    assert output.count("loss: ") == 2


def test_background_batch_handles_signals_at_once(work: Project, tmp_path: Path) -> None:
    for _ in range(5):
        work.run("run", "slow.py", "x=[1,2]", "-y", "--pidfile", str(tmp_path / "pid")).assert_ok()
        batch = next(run for run in work.runs() if run.status == "running" and run.batch_proto)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
        until(lambda batch=batch: batch.get("exit_status") == -signal.SIGTERM)  # type: ignore[misc]


def test_signal_stops_background_batch(work: Project, tmp_path: Path) -> None:
    work.run(*("run", "slow.py", "x=[1,2]", "-y", "--pidfile", str(tmp_path / "pid"))).assert_ok()
    pid = int((tmp_path / "pid").read_text())
    until(lambda: len(work.runs()) == 3 and not nothing_runs(work))
    os.kill(pid, signal.SIGTERM)
    until(lambda: not processes.is_alive(pid))
    assert Counter(run.status for run in work.runs()) == {"terminated": 2, "pending": 1}
    assert nothing_runs(work)


def test_jobs_share_gpus(project: Make) -> None:
    made = project(
        {
            "f.py": """
                import os, time
                x = 1
                time.sleep(0.5)
                print(os.environ["CUDA_VISIBLE_DEVICES"])
            """
        }
    )
    made.run("run", "f.py", "x=[1,2,3,4]", "-y", "--jobs", "2", "--gpus", "0,1").assert_ok()
    seen = [Path(run.guild_path("output")).read_text().strip() for run in made.runs()]
    assert sorted(seen) == ["0", "0", "1", "1"]
    assert sorted(run.get("env")["CUDA_VISIBLE_DEVICES"] for run in made.runs()) == sorted(seen)


def test_prints_lines_for_parallel_trials_in_pipe(work: Project) -> None:
    result = work.run("run", "f.py", "x=[1,2,3]", "-y", "--jobs", "2").assert_ok()
    assert result.out == ""
    lines = result.err.splitlines()
    assert sum("Running trial" in line for line in lines) == 3
    assert sum(line.endswith("completed") for line in lines) == 3


def test_shows_table_for_parallel_trials_on_terminal(work: Project) -> None:
    terminal = work.terminal("run", "f.py", "x=[0.3,2]", "-y", "--jobs", "2", size=(30, 100))
    terminal.expect_exact("running")
    terminal.expect_exact("2 of 2 done")
    terminal.expect_exact("best loss 0 (x=0.3)")
    terminal.wait()
    assert terminal.exitstatus == 0


def test_jobs_accepts_number_or_auto(work: Project) -> None:
    result = work.run("run", "f.py", "x=[1,2]", "-y", "--jobs", "some")
    assert result.exit_code == 2
    assert "expected a positive number of jobs or 'auto' but got 'some'" in result.err
    work.run("run", "f.py", "x=[1,2]", "-y", "-q", "--jobs", "auto").assert_ok()
