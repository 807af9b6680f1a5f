"""`guild stop`, `guild watch`, and deleting what runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.runs import with_runs

from guild.base import processes

SLOW = """
import sys, time
print("started", flush=True)
for line in sys.stdin: pass
end = time.time() + 60
while time.time() < end:
    time.sleep(0.02)
"""


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture
def running(project) -> Iterator[Callable[[], object]]:
    """A project in which `slow.py` runs in the background."""
    made = project({"slow.py": SLOW, "quick.py": "", "stubborn.py": STUBBORN})
    made.run("run", "slow.py", "-y", "--background").assert_ok()
    wait_for(lambda: b"started" in output(made.run_dir()))
    yield made
    made.run("stop", "-y", ":", timeout=60)


def output(run_dir: Path) -> bytes:
    path = run_dir / ".guild/output"
    return path.read_bytes() if path.exists() else b""


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stop(running):
    run = running.runs()[0]
    pid = run.lock_pid
    running.run("stop", "-y").assert_ok().assert_err(f"Stopping {run.id} (pid {pid})")
    assert run.status == "terminated"
    assert run["exit_status"] == -15
    running.run("stop").assert_ok().assert_out("Nothing to stop.")


def test_stop_asks(running):
    run = running.runs()[0]
    started = running.run("select", "--attr", "started").out
    result = running.run("stop", run.short_id, stdin="\n")
    assert result.exit_code == 4
    result.assert_out(
        f"""
        You are about to stop the following runs:
          [{run.short_id}]  slow.py  {started}  running
        Stop 1 run(s)? (y/N)
        """
    )
    assert run.status == "running"


def test_stop_without_waiting(running):
    run = running.runs()[0]
    running.run("stop", "-n", "-y").assert_ok()
    wait_for(lambda: run.status == "terminated")


def test_stop_counts_runs_as_the_list_of_runs_does(running):
    """Index 1 is a run that has ended, and the running run is number 2."""
    run = running.runs()[0]
    running.run("run", "quick.py", "-y").assert_ok()
    ended = next(other for other in running.runs() if other != run)
    result = running.run("stop", "1", "-y").assert_ok()
    result.assert_out("").assert_err(f"Run {ended.id} is not running")
    assert run.status == "running"
    running.run("stop", "2", "-y").assert_ok()
    assert run.status == "terminated"


def test_only_running_runs_can_be_stopped(project):
    project, make = with_runs(project)
    run = make()
    project.run("stop").assert_ok().assert_out("Nothing to stop.")
    project.run("stop", ":", "-y").assert_ok().assert_out("Nothing to stop.")
    for spec in ("1", run.id):
        project.run("stop", spec, "-y").assert_ok().assert_err(f"Run {run.id} is not running")
    project.run("stop", "9", "-y").assert_error(
        "could not find a run matching '9'; run 'guild runs' for a list"
    )


def test_stop_reports_processes_that_do_not_stop(running):
    run = running.runs()[0]
    running.run("run", "stubborn.py", "-y", "--background").assert_ok()
    stubborn = next(other for other in running.runs() if other != run)
    wait_for(lambda: b"started" in output(Path(stubborn.path)))
    result = running.run("stop", "1", "--timeout", "0.2", "-y")
    assert result.exit_code == 1
    message = "The following processes did not stop as expected: "
    assert result.err.startswith(f"Stopping {stubborn.id} (pid {stubborn.lock_pid})\n{message}")
    assert stubborn.status == "running"
    result = running.run("stop", "1", "--timeout", "0.2", "--force", "-y").assert_ok()
    assert stubborn.status == "terminated"
    assert run.status == "running"


def test_stop_what_runs_elsewhere(project):
    project, make = with_runs(project)
    make(files={".guild/LOCK.remote": "gpu-box\n"}, exit_status=None)
    project.run("stop", "-y").assert_error("run c4ca4238 runs on gpu-box; stop it there")


def test_a_process_that_only_has_the_number_is_left_alone(project):
    """A run that was killed leaves its lock; its process id may be given to another."""
    project, make = with_runs(project)
    run = make(exit_status=None)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        make.write(run, ".guild/LOCK", str(stranger.pid))
        os.utime(run.guild_path("LOCK"), (1_000_000, 1_000_000))
        project.run("stop", "-y")
        project.run("runs", "rm", "-y").assert_ok()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_delete_stops_first(running):
    pid = running.runs()[0].lock_pid
    running.run("runs", "rm", "-y").assert_ok().assert_out("Deleted 1 run(s)")
    running.run("runs", "-d", "-s").assert_out("[1]  slow.py  terminated")
    wait_for(lambda: not processes.is_alive(pid))


# -- watch


def test_watch_until_the_end(running):
    run = running.runs()[0]
    watch = running.popen("watch")
    assert watch.stdout.readline() == f"Watching run {run.id}\n".encode()
    assert watch.stdout.readline() == b"started\n"
    running.run("stop", "-y").assert_ok()
    out, err = watch.communicate(timeout=60)
    assert out.decode().endswith(f"Run {run.id} stopped with a status of 'terminated'\n")
    assert (watch.returncode, err) == (0, b"")


def test_ctrl_c_leaves_the_run_alone(running):
    run = running.runs()[0]
    child = running.terminal("watch")
    child.expect_exact("started")
    child.sendintr()
    child.expect_exact(f"Stopped watching {run.id} (still running)")
    assert run.status == "running"


def test_watch_by_process(running):
    run = running.runs()[0]
    (running.path / "PID").write_text(f"{run.lock_pid}\n")
    for pid in (str(run.lock_pid), "PID"):
        watch = running.popen("watch", "--pid", pid)
        assert watch.stdout.readline() == f"Watching run {run.id}\n".encode()
        watch.terminate()
        watch.communicate(timeout=60)


def test_watch_a_run_that_has_ended(project):
    project, make = with_runs(project)
    run = make(output=b"one\n\xfftwo\n")
    project.run("watch", "1").assert_ok().assert_out(
        f"Watching run {run.id}\none\n\udcfftwo\nRun {run.id} stopped with a status of 'completed'"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "nothing to watch; 'guild watch RUN' shows the output of any run"),
        (("9",), "could not find a run matching '9'; run 'guild runs' for a list"),
        (("--pid", "99999999"), "cannot find a run for process 99999999"),
        (("--pid", "none"), "'none' is neither a process id nor a file"),
        (("--pid", "text"), "cannot read a process id from 'text'"),
    ],
)
def test_watch_errors(project, args, message):
    made, make = with_runs(project)
    make()
    made.write({"text": "text"})
    made.run("watch", *args).assert_error(message)


def test_watch_usage(project):
    project().run("watch", "--pid", "1", "1").assert_error(
        "--pid cannot be used with RUN or filters\nTry 'guild watch --help' for more information.",
        exit_code=2,
    )
