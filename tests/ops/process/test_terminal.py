"""Terminals for scripts of a guild that runs in a terminal."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from guild.base import processes

from .conftest import Staged, eventually


def _end(terminal: Any) -> str:
    """Return the output that the terminal shows until the end."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    output: str = terminal.before.decode()
    return output


def test_streams_are_terminals_in_order(script: Any) -> None:
    run = script("""
import os, sys
print([os.isatty(fd) for fd in (0, 1, 2)], os.get_terminal_size())
for i in range(50):
    print("out", i); print("err", i, file=sys.stderr)
sys.stdout.write("crlf\\r\\n10%\\r")
""")
    terminal = run.terminal()
    output = _end(terminal)
    expected = "[True, True, True] os.terminal_size(columns=80, lines=24)\n"
    expected += "".join(f"out {i}\nerr {i}\n" for i in range(50)) + "crlf\r\n10%\r"
    assert run.output.decode() == expected
    assert output == expected.replace("\n", "\r\n")
    assert terminal.exitstatus == 0
    assert len(run.index) == 103


def test_read_visible_and_hidden_input(script: Any) -> None:
    run = script("""
import getpass
print("hello", input("name? "))
print(len(getpass.getpass()))
""")
    terminal = run.terminal()
    terminal.expect_exact("name? ")
    terminal.sendline("ann")
    terminal.expect_exact("hello ann")
    terminal.expect_exact("Password: ")
    terminal.sendline("secret")
    terminal.expect_exact("6")
    _end(terminal)
    assert b"secret" not in run.output


def test_pass_on_end_of_input(script: Any) -> None:
    run = script("import sys; print('ready'); print(repr(sys.stdin.read()))")
    terminal = run.terminal()
    terminal.expect_exact("ready")
    terminal.sendline("x")
    terminal.sendeof()
    assert "'x\\n'" in _end(terminal)


def test_edit_lines_in_debugger(script: Any) -> None:
    run = script("x = 41\nbreakpoint()\nprint('done')\n")
    terminal = run.terminal()
    terminal.expect_exact("(Pdb) ")
    terminal.send("x + 2\x7f1\r")
    terminal.expect_exact("42")
    terminal.expect_exact("(Pdb) ")
    terminal.sendintr()  # of the debugger's own, no request to stop
    terminal.sendline("")
    terminal.expect_exact("(Pdb) ")
    terminal.sendline("c")
    assert "done" in _end(terminal)
    assert run.ending[0] == 0


def test_ctrl_c_arrives_once(script: Any) -> None:
    run = script("""
import signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *args: got.append(1))
print("ready")
while not got:
    time.sleep(0.01)
time.sleep(0.3)
print("got", len(got))
sys.exit(7)
""")
    terminal = run.terminal()
    terminal.expect_exact("ready")
    terminal.sendintr()
    terminal.expect_exact("got 1")
    _end(terminal)
    assert terminal.exitstatus == 7
    assert run.ending == (-15, "terminated")


def test_kill_script_that_ignores_ctrl_c(script: Any) -> None:
    run = script("""
import signal, subprocess, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "60"], start_new_session=True).pid)
print("ready")
time.sleep(60)
""")
    terminal = run.terminal(kill_delay=0.3)
    terminal.expect_exact("ready")
    pid = int(run.output.split()[0])
    terminal.sendintr()
    _end(terminal)
    assert terminal.exitstatus == 128 + signal.SIGKILL
    assert run.ending == (-15, "terminated")
    assert not processes.is_alive(pid)


def test_ctrl_c_stops_signal_watch(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    code = f"""
import os
from guild.ops.process.lock import RunLock
from guild.ops.process.signals import SignalWatch
from guild.ops.process.start import DEFAULT_OPTIONS, start_locked
from guild.run import Run
run = Run({run.run.id!r}, {run.run.path!r})
with SignalWatch() as signals, RunLock(run):
    start_locked(run, signals, dict(os.environ), DEFAULT_OPTIONS, ())
    print("stopped", signals.stopped)
"""
    terminal = pexpect.spawn(sys.executable, ["-c", code], env=run.env, timeout=60)
    terminal.expect_exact("ready")
    terminal.sendintr()
    terminal.expect_exact("stopped True")
    _end(terminal)


def test_keys_after_ctrl_c_withdraw_kill(script: Any) -> None:
    run = script("""
import time
try:
    print("ready")
    time.sleep(60)
except KeyboardInterrupt:
    input("sure? ")
    time.sleep(1.2)
    print("continued")
""")
    terminal = run.terminal(kill_delay=1)
    terminal.expect_exact("ready")
    terminal.sendintr()
    terminal.expect_exact("sure? ")
    terminal.sendline("no")
    assert "continued" in _end(terminal)
    assert run.ending == (0, "completed")


def test_pass_on_window_size(script: Any) -> None:
    run = script("""
import os, signal
signal.signal(signal.SIGWINCH, lambda *args: None)
print("ready")
signal.pause()
print(os.get_terminal_size())
""")
    terminal = run.terminal()
    terminal.expect_exact("ready")
    eventually(lambda: _waits(run))
    terminal.setwinsize(40, 100)
    terminal.expect_exact("os.terminal_size(columns=100, lines=40)")
    _end(terminal)


def _waits(run: Staged) -> bool:
    """Return whether the script is in `signal.pause`."""
    for pid, process in processes.read_process_table().items():
        if process.session == pid and processes.read_environment(pid).get("RUN_ID") == run.run.id:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    return False


def test_closed_terminal_ends_run(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(60)")
    terminal = run.terminal()
    terminal.expect_exact("ready")
    os.close(terminal.child_fd)
    terminal.closed = True
    eventually(lambda: run.ending == (-15, "terminated"))
    terminal.wait()


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
def test_restore_terminal(script: Any, number: signal.Signals | None) -> None:
    run = script(f"import time; print('ready'); time.sleep({60 if number else 0})")
    words = " ".join(f"'{word}'" for word in run.args({}))
    # An interactive shell with job control.
    shell = pexpect.spawn("bash", ["--norc", "-i"], env={**run.env, "PS1": "$ "}, timeout=60)
    shell.sendline(
        "stty -g >before; echo go-${PWD:+on}".replace("before", f"{run.run.path}/before")
    )
    shell.expect_exact("go-on")
    shell.sendline(words)
    shell.expect_exact("ready")
    if number:
        os.kill(run.run.lock_pid or 0, number)
    eventually(lambda: run.ending[0] is not None and run.run.lock_pid is None)
    shell.sendline(f"stty -g >{run.run.path}/after; echo is-$((40 + 2))")
    shell.expect_exact("is-42")
    path = Path(run.run.path)
    assert (path / "before").read_text() == (path / "after").read_text()
    shell.close()


def test_suspend_and_resume(script: Any) -> None:
    run = script("""
import sys, time
print("ready")
while True:
    line = sys.stdin.readline()
    print("got", line.strip())
    if line == "end\\n":
        break
""")
    words = " ".join(f"'{word}'" for word in run.args({}))
    shell = pexpect.spawn("bash", ["--norc", "-i"], env={**run.env, "PS1": "$ "}, timeout=60)
    shell.sendline(words)
    shell.expect_exact("ready")
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.sendline("echo is-$((40 + 2))")
    shell.expect_exact("is-42")
    shell.sendline("fg")
    shell.sendline("more")
    shell.expect_exact("got more")
    shell.sendline("end")
    shell.expect_exact("got end")
    shell.sendline("echo code-$?")
    shell.expect_exact("code-0")
    shell.close()
    assert run.ending == (0, "completed")


@pytest.mark.parametrize(
    ("redirect", "kinds"), [("2>err", "[True, True, False]"), ("| cat", "[True, False, True]")]
)
def test_match_kind_of_each_stream(script: Any, redirect: str, kinds: str) -> None:
    run = script("import os; print([os.isatty(fd) for fd in (0, 1, 2)]); print(input('? '))")
    words = " ".join(f"'{word}'" for word in run.args({}))
    terminal = pexpect.spawn(
        "sh", ["-c", f"cd {run.run.path}; {words} {redirect}"], env=run.env, timeout=60
    )
    terminal.expect_exact(kinds)
    terminal.sendline("typed")
    terminal.expect_exact("typed\r\n")
    _end(terminal)
    assert kinds.encode() in run.output


def test_ctrl_c_arrives_once_in_shared_terminal(script: Any) -> None:
    run = script("""
import signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *args: got.append(1))
print("ready", file=sys.stderr)
while not got:
    time.sleep(0.01)
time.sleep(0.3)
print("got", len(got), file=sys.stderr)
""")
    words = " ".join(f"'{word}'" for word in run.args({}))
    # Not `| cat`, which Ctrl-C would interrupt, too.
    terminal = pexpect.spawn("sh", ["-c", f"{words} >{run.run.path}/o"], env=run.env, timeout=60)
    terminal.expect_exact("ready")
    terminal.sendintr()
    terminal.expect_exact("got 1")
    terminal.expect(pexpect.EOF)
    assert run.ending == (0, "completed")


def test_pass_on_signal_of_process_in_shared_terminal(script: Any) -> None:
    run = script("import sys, time; print('ready', file=sys.stderr); time.sleep(60)")
    words = " ".join(f"'{word}'" for word in run.args({}))
    terminal = pexpect.spawn("sh", ["-c", f"{words} >{run.run.path}/o"], env=run.env, timeout=60)
    terminal.expect_exact("ready")
    os.kill(run.run.lock_pid or 0, signal.SIGINT)
    terminal.expect_exact("KeyboardInterrupt")
    terminal.expect(pexpect.EOF)
    assert run.ending == (-15, "terminated")


def test_read_stdin_pipe_beside_terminal(script: Any) -> None:
    run = script("import os, sys; print(os.isatty(0), os.isatty(1), sys.stdin.read())")
    words = " ".join(f"'{word}'" for word in run.args({}))
    terminal = pexpect.spawn("sh", ["-c", f"printf data | {words}"], env=run.env, timeout=60)
    terminal.expect_exact("False True data\r\n")
    _end(terminal)
    assert run.output == b"False True data\n"


def test_run_progress_bars_and_full_screen_programs(script: Any) -> None:
    run = script("""
import curses, sys
def main(screen):
    screen.addstr(1, 2, f"size {curses.COLS}x{curses.LINES}")
    screen.refresh()
    assert screen.getch() == ord("q")
curses.wrapper(main)
from tqdm import tqdm
for _ in tqdm(range(3), ncols=40):
    pass
""")
    terminal = run.terminal()
    terminal.expect_exact("size 80x24")
    terminal.send("q")
    terminal.expect_exact("3/3")
    _end(terminal)
    assert run.ending == (0, "completed")


def test_output_equals_plain_python(script: Any) -> None:
    run = script("""
import sys
print("a", end="\\r", flush=True); print("b\\tc")
print("err", file=sys.stderr)
raise SystemExit(4)
""")
    alone = pexpect.spawn(
        sys.executable, ["-u", f"{run.run.path}/script.py"], env=run.env, timeout=60
    )
    ours = run.terminal()
    assert _end(ours) == _end(alone)
    assert ours.exitstatus == alone.exitstatus == 4


def test_use_pipes_without_terminal(script: Any) -> None:
    run = script("import os; print([os.isatty(fd) for fd in (0, 1, 2)])")
    assert run.start().stdout == b"[False, False, False]\n"
