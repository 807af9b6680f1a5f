"""What goes wrong is told in one clear line, and leaves every other run readable."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import GUILD, Project

Make = Callable[..., Project]

SLOW = "import sys, time\nprint('begun', flush=True)\nopen('ready', 'w').close()\ntime.sleep(60)\n"


def wait_for(found: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def started_slow(p: Project) -> tuple[subprocess.Popen[bytes], Path]:
    process = p.popen("run", "slow.py", "-y")
    wait_for(lambda: any(p.home.glob("runs/*/ready")))
    (run_dir,) = p.home.glob("runs/*")
    return process, run_dir


def script_pids(run_dir: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(run_dir):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_guild_killed(project: Make) -> None:
    p = project({"slow.py": SLOW, "ok.py": "print(1)"})
    process, run_dir = started_slow(p)
    process.kill()
    process.wait()
    wait_for(lambda: not script_pids(run_dir))  # no script outlives its supervisor
    p.run("runs", "-s").assert_out("[1]  slow.py  error")
    p.run("cat", "--output").assert_out("begun")
    p.run("run", "ok.py", "-y").assert_out("1")
    restarted = p.popen("run", "--restart", run_dir.name, "-y")
    wait_for(lambda: "running" in p.run("runs", "-s").out)
    restarted.send_signal(signal.SIGTERM)
    restarted.wait(timeout=60)
    wait_for(lambda: not script_pids(run_dir))
    assert "slow.py  terminated" in p.run("runs", "-s").out


def test_script_killed(project: Make) -> None:
    p = project({"slow.py": SLOW})
    process, run_dir = started_slow(p)
    for pid in script_pids(run_dir):
        os.kill(pid, signal.SIGKILL)
    assert process.wait(timeout=60) == 128 + signal.SIGKILL
    p.run("runs", "-s").assert_out("[1]  slow.py  terminated")
    p.run("cat", "--output").assert_out("begun")


def test_run_directory_deleted_while_it_runs(project: Make) -> None:
    p = project({"slow.py": SLOW.replace("60", "0.5"), "ok.py": "print(1)"})
    process, run_dir = started_slow(p)
    subprocess.run(["rm", "-r", run_dir], check=True)
    assert process.wait(timeout=60) == 1
    p.run("runs", "-s").assert_ok().assert_out("")
    p.run("run", "ok.py", "-y").assert_out("1")


def test_full_disk(project: Make) -> None:
    p = project(
        {"big.py": "for _ in range(2000):\n    print('x' * 999)\nopen('ended', 'w').close()"}
    )
    limited = f"ulimit -f 512; exec {shlex.join([str(GUILD), 'run', 'big.py', '-y', '-q'])}"
    done = subprocess.run(
        ["bash", "-c", limited], cwd=p.path, env=p.env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("guild: run ")
    assert "recorded in part only: File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (p.run_dir(1) / "ended").exists()
    p.run("runs", "-s").assert_out("[1]  big.py  completed")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that nobody can write to")
def test_home_that_cannot_be_written(project: Make) -> None:
    p = project({"ok.py": "print(1)"})
    result = p.run("run", "ok.py", "-y", env={"GUILD_HOME": "/proc/sys"})
    assert result.exit_code == 1
    assert result.err.startswith("guild: cannot ")
    assert "/proc/sys" in result.err
    assert "\n" not in result.err
    p.run("runs", env={"GUILD_HOME": "/proc/sys"}).assert_ok().assert_out("")


def test_home_that_is_named_but_missing(project: Make) -> None:
    p = project({"ok.py": "print(1)"})
    missing = p.path / "nowhere"
    result = p.run("run", "ok.py", "-y", env={"GUILD_HOME": str(missing)})
    assert result.exit_code == 1
    assert result.err == (
        f"guild: Guild home '{missing}' (from GUILD_HOME) does not exist - "
        f"create it or choose another with -H"
    )
    assert not missing.exists()


def test_home_on_a_symlink(project: Make) -> None:
    p = project({"ok.py": "import os\nprint(os.getcwd() == os.environ['RUN_DIR'])"})
    link = p.path / "link"
    link.symlink_to(p.home)
    env = {"GUILD_HOME": str(link)}
    p.run("run", "ok.py", "-y", env=env).assert_ok()
    p.run("runs", "-s", env=env).assert_out("[1]  ok.py  completed")
    p.run("runs", "-s").assert_out("[1]  ok.py  completed")


@pytest.mark.parametrize("name", ["flags", "label", "started", "op", "exit_status"])
@pytest.mark.parametrize(
    "garbage", [b"\xff\x00\x01", b"[" * 100_000, b"{a: [", b"", b"!!python/x 1"]
)
def test_garbage_in_an_attribute(project: Make, name: str, garbage: bytes) -> None:
    p = project({"x.py": "x = 1\nprint(x)"})
    p.run("run", "x.py", "-y").assert_ok()
    p.run("run", "x.py", "x=2", "-y").assert_ok()
    damaged = p.run_dir(2)
    (damaged / ".guild" / "attrs" / name).write_bytes(garbage)
    listed = p.run("runs", "-s").assert_ok().out
    assert "x.py  completed  x=2" in " ".join(listed.split("\n"))
    assert len(listed.splitlines()) == 2
    for command in (["runs", "info", damaged.name], ["run", "--proto", damaged.name, "-y"]):
        result = p.run(*command)
        assert result.exit_code in (0, 1)
        assert "Traceback" not in result.err
        assert "unexpected error" not in result.err


@pytest.mark.parametrize("name", ["opref", "manifest", "LOCK", "output.index"])
def test_garbage_in_a_file_of_ours(project: Make, name: str) -> None:
    p = project({"x.py": "x = 1\nprint(x)"})
    p.run("run", "x.py", "-y").assert_ok()
    damaged = p.run_dir(1)
    (damaged / ".guild" / name).write_bytes(b"\xff\x00'garbage\n\n")
    for command in (
        ["runs"],
        ["runs", "info"],
        ["ls"],
        ["cat", "--output"],
        ["run", "--restart", damaged.name, "-y"],
        ["run", "--proto", damaged.name, "-y"],
    ):
        result = p.run(*command)
        assert result.exit_code in (0, 1), command
        assert "Traceback" not in result.err
        assert "unexpected error" not in result.err


def test_odd_file_names(project: Make) -> None:
    p = project({"x.py": "import os\nprint(len(os.listdir('.')))"})
    for name in (b"a b.txt", b"new\nline.txt", b"\xff\xfe.txt", "ü.txt".encode()):
        with open(os.path.join(os.fsencode(p.path), name), "wb") as file:
            file.write(b"text\n")
    p.run("run", "x.py", "-y").assert_ok().assert_out("6")
    p.run("ls").assert_ok()
    p.run("ls", "--sourcecode", "-n").assert_ok()
    first = p.run_ids()[0]
    p.run("run", "--proto", first, "-y").assert_ok().assert_out("6")
    assert p.attr("sourcecode_digest", 1) == p.attr("sourcecode_digest", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
         "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
         "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]", "guild.yml:"),
        ("[" * 300_000, "guild.yml:"),
        ("a: {exec: [}", "guild.yml:1"),
        ("a:\n\tmain: x", "guild.yml:2"),
        ("train: {main: 1}", "guild.yml:1"),
        ("train: 3", "guild.yml:1"),
        ("- nope: x", "guild.yml:1"),
        ("train: {flags: {x: {min: a}}}", "guild.yml:1"),
    ],
)  # fmt: skip
def test_wrong_guild_yml(project: Make, text: str, message: str) -> None:
    p = project({"guild.yml": text})
    result = p.run("run", "train", "-y")
    assert result.exit_code == 1
    assert message in result.err
    assert "\n" not in result.err
    assert p.run_ids() == []


def test_many_runs_at_once(project: Make) -> None:
    p = project({"x.py": "x = 1\nprint('x:', x)"})
    count = 24
    started = [p.popen("run", "x.py", f"x={i}", "-y", "-q") for i in range(count)]
    assert [process.wait(timeout=120) for process in started] == [0] * count
    assert sorted(run.get("flags")["x"] for run in p.runs()) == list(range(count))
    listed = p.run("runs", "-a", "-s").assert_ok().out.splitlines()
    assert len(listed) == count
    assert all("completed" in line for line in listed)
    for run in p.runs():
        assert Path(run.guild_path("output")).read_text() == f"x: {run.get('flags')['x']}\n"
