"""Signals to all processes of a run, and SIGKILL after the kill delay."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from guild.base import processes

from .conftest import Staged, eventually

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]


def _begun(run: Staged, **options: Any) -> Any:
    process = run.popen(**options)
    eventually(lambda: b"ready\n" in run.output)
    return process


@pytest.mark.parametrize("number", STOPS)
def test_stop_script(script: Any, number: signal.Signals) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    process = _begun(run)
    process.send_signal(number)
    assert process.wait(120) == 128 + number
    assert run.ending == (-15, "terminated")
    assert not os.path.exists(run.run.guild_path("LOCK"))


@pytest.mark.parametrize("number", STOPS)
def test_stop_all_processes(script: Any, number: signal.Signals) -> None:
    """They include a child in another session and an orphaned daemon that ignores signals."""
    run = script("""
import os, signal, subprocess, sys, time
ignoring = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]; "
ignoring += "print('on', flush=True); time.sleep(60)"
session = subprocess.Popen(["sleep", "60"], start_new_session=True)
orphan = subprocess.run(
    ["sh", "-c", f'{sys.executable} -c "{ignoring}" >on 2>&1 & echo $!'],
    start_new_session=True, capture_output=True)
while not os.path.getsize("on"):
    time.sleep(0.01)
print(session.pid, int(orphan.stdout))
print("ready")
time.sleep(60)
""")
    process = _begun(run, kill_delay=0.3)
    pids = [int(word) for word in run.output.split(b"\n")[0].split()]
    assert all(processes.is_alive(pid) for pid in pids)
    process.send_signal(number)
    assert process.wait(120) == 128 + number
    assert run.ending == (-15, "terminated")
    assert not any(processes.is_alive(pid) for pid in pids)


def test_kill_after_delay(script: Any) -> None:
    run = script("""
import signal, time
signal.signal(signal.SIGTERM, lambda *args: print("no"))
print("ready")
while True:
    time.sleep(60)
""")
    run.env["GUILD_KILL_DELAY"] = "0.3"
    process = _begun(run)
    process.terminate()
    assert process.wait(120) == 128 + signal.SIGKILL
    assert run.ending == (-15, "terminated")
    assert run.output == b"ready\nno\n"


def test_reject_invalid_kill_delay(project: Any, tmp_path: Path) -> None:
    made = project({"hello.py": "print('hello')"})
    made.run("run", "hello.py", "-y", env={"GUILD_KILL_DELAY": "soon"}).assert_error(
        "GUILD_KILL_DELAY: expected a number of seconds (0 or more) but got 'soon'"
    )
    configuration = tmp_path / "config.yml"
    configuration.write_text("kill-delay: -1")
    made.run("run", "hello.py", "-y", env={"GUILD_CONFIG": str(configuration)}).assert_error(
        "user configuration: kill-delay: expected a number of seconds (0 or more) but got -1"
    )


def test_stop_suspended_script(script: Any) -> None:
    run = script("import os, signal; print('ready'); os.kill(os.getpid(), signal.SIGSTOP)")
    process = _begun(run)
    process.terminate()
    assert process.wait(120) == 128 + signal.SIGTERM


def test_stop_while_output_is_blocked(script: Any) -> None:
    run = script("""
import time
print('ready')
while True:
    print('x' * 10_000)
""")
    process = _begun(run)
    time.sleep(0.2)  # for the pipe to fill
    process.terminate()
    assert process.wait(5) != 0  # the kill delay is 10 s
    assert run.ending == (-15, "terminated")


_HANDLES = """
import sys, time
try:
    print("ready")
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit({code})
"""


@pytest.mark.parametrize(
    ("code", "op", "exit_code", "ending"),
    [
        (0, {}, 0, (0, "completed")),
        (3, {}, 3, (-15, "terminated")),
        (3, {"handle-keyboard-interrupt": True}, 3, (3, "error")),
        (3, {"stoppable": True}, 0, (0, "completed")),
    ],
)
def test_script_handles_ctrl_c(
    script: Any, code: int, op: dict[str, bool], exit_code: int, ending: tuple[int, str]
) -> None:
    run = script(_HANDLES.format(code=code), op=op)
    process = _begun(run)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == exit_code
    assert run.ending == ending


def test_keep_ignoring_sighup(script: Any) -> None:
    run = script("""
import os, signal, time
print("ready")
while not os.path.exists("go"):
    time.sleep(0.01)
print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)
""")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = _begun(run)
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    Path(run.run.path, "go").touch()
    assert process.wait(120) == 0
    assert run.output == b"ready\nTrue\n"


def test_stop_after_time_limit(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    assert run.start(stop_after=0.5 / 60).returncode == 128 + signal.SIGTERM
    assert run.ending == (-15, "terminated")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_record_signal_that_ended_script(script: Any, number: signal.Signals) -> None:
    run = script(f"import os; os.kill(os.getpid(), {int(number)})")
    assert run.start().returncode == 128 + number
    assert run.ending == (-number, "terminated")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_pass_scheduler_signals_to_script(script: Any, number: signal.Signals) -> None:
    run = script("""
import signal, subprocess, sys, time
came = []
for number in (signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda number, frame: came.append(signal.Signals(number).name))
child = subprocess.Popen(["sleep", "60"])  # it would die
print("ready")
while not came:
    time.sleep(0.01)
print(came, child.poll())
child.kill()
""")
    process = _begun(run)
    process.send_signal(number)
    assert process.wait(120) == 0
    assert run.output.splitlines()[-1] == f"{[number.name]} None".encode()
    assert run.ending == (0, "completed")


def test_end_script_if_supervisor_is_killed(script: Any) -> None:
    run = script("import os, time; print(os.getpid()); print('ready'); time.sleep(60)")
    process = _begun(run)
    pid = int(run.output.split()[0])
    process.kill()
    eventually(lambda: not processes.is_alive(pid))
    process.wait()
    assert run.ending == (None, "error")
    assert run.output.endswith(b"ready\n")


def test_script_has_default_signal_handling(script: Any) -> None:
    """No signal is blocked, and only those that Python itself ignores are ignored."""
    run = script("""
import signal
print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
print([n.name for n in signal.valid_signals()
       if isinstance(n, signal.Signals) and signal.getsignal(n) == signal.SIG_IGN])
""")
    run.start()
    assert run.output == b"set()\n['SIGPIPE', 'SIGXFSZ']\n"
