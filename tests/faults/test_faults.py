"""Faults are reported in one line and leave all other runs readable."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.privileges import without_privileges

from guild.testing.project import GUILD, Project

Make = Callable[..., Project]

SLOW = (
    "import sys, time\nprint('started', flush=True)\nopen('ready', 'w').close()\ntime.sleep(60)\n"
)


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def start_slow(p: Project) -> tuple[subprocess.Popen[bytes], Path]:
    process = p.popen("run", "slow.py", "-y")
    wait_for(lambda: any(p.home.glob("runs/*/ready")))
    (run_dir,) = p.home.glob("runs/*")
    return process, run_dir


def script_pids(run_dir: Path) -> list[int]:
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(run_dir):
                    pids.append(int(entry.name))
            except OSError:
                continue
    return pids


def test_script_ends_when_guild_is_killed(project: Make) -> None:
    p = project({"slow.py": SLOW, "ok.py": "print(1)"})
    process, run_dir = start_slow(p)
    process.kill()
    process.wait()
    wait_for(lambda: not script_pids(run_dir))  # scripts end with their supervisor
    p.run("runs", "-s").assert_out("[1]  slow.py  error")
    p.run("cat", "--output").assert_out("started")
    p.run("run", "ok.py", "-y").assert_out("1")
    restarted = p.popen("run", "--restart", run_dir.name, "-y")
    wait_for(lambda: "running" in p.run("runs", "-s").out)
    restarted.send_signal(signal.SIGTERM)
    restarted.wait(timeout=60)
    wait_for(lambda: not script_pids(run_dir))
    assert "slow.py  terminated" in p.run("runs", "-s").out


def test_killed_script_is_terminated(project: Make) -> None:
    p = project({"slow.py": SLOW})
    process, run_dir = start_slow(p)
    for pid in script_pids(run_dir):
        os.kill(pid, signal.SIGKILL)
    assert process.wait(timeout=60) == 128 + signal.SIGKILL
    p.run("runs", "-s").assert_out("[1]  slow.py  terminated")
    p.run("cat", "--output").assert_out("started")


def test_run_directory_deleted_during_the_run(project: Make) -> None:
    p = project({"slow.py": SLOW.replace("60", "0.5"), "ok.py": "print(1)"})
    process, run_dir = start_slow(p)
    subprocess.run(["rm", "-r", run_dir], check=True)
    assert process.wait(timeout=60) == 1
    p.run("runs", "-s").assert_ok().assert_out("")
    p.run("run", "ok.py", "-y").assert_out("1")


def test_output_that_exceeds_the_file_size_limit(project: Make) -> None:
    p = project(
        {"big.py": "for _ in range(2000):\n    print('x' * 999)\nopen('ended', 'w').close()"}
    )
    limited = f"ulimit -f 512; exec {shlex.join([str(GUILD), 'run', 'big.py', '-y', '-q'])}"
    done = subprocess.run(
        ["bash", "-c", limited], cwd=p.path, env=p.env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("guild: run ")
    assert "output is incomplete: File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (p.run_dir(1) / "ended").exists()
    p.run("runs", "-s").assert_out("[1]  big.py  completed")


@pytest.mark.skipif(sys.platform != "linux", reason="requires a read-only file system")
def test_unwritable_home(project: Make) -> None:
    p = project({"ok.py": "print(1)"})
    result = p.run("run", "ok.py", "-y", env={"GUILD_HOME": "/proc/sys"})
    assert result.exit_code == 1
    assert result.err.startswith("guild: cannot ")
    assert "/proc/sys" in result.err
    assert "\n" not in result.err
    p.run("runs", env={"GUILD_HOME": "/proc/sys"}).assert_ok().assert_out("")


def test_missing_home(project: Make) -> None:
    p = project({"ok.py": "print(1)"})
    missing = p.path / "nowhere"
    result = p.run("run", "ok.py", "-y", env={"GUILD_HOME": str(missing)})
    assert result.exit_code == 1
    assert result.err == (
        f"guild: Guild home '{missing}' (from GUILD_HOME) does not exist; "
        f"create it or choose another with -H"
    )
    assert not missing.exists()


def test_home_that_is_a_symlink(project: Make) -> None:
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
def test_damaged_attribute(project: Make, name: str, garbage: bytes) -> None:
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
def test_damaged_file_of_guild(project: Make, name: str) -> None:
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


def test_unusual_file_names(project: Make) -> None:
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
def test_invalid_guild_yml_starts_no_run(project: Make, text: str, message: str) -> None:
    p = project({"guild.yml": text})
    result = p.run("run", "train", "-y")
    assert result.exit_code == 1
    assert message in result.err
    assert "\n" not in result.err
    assert p.run_ids() == []


def test_concurrent_runs(project: Make) -> None:
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


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_attribute_that_is_not_a_regular_file(project: Make, kind: str) -> None:
    p = project({"x.py": "x = 1\nprint(x)"})
    p.run("run", "x.py", "-y").assert_ok()
    damaged = p.run_dir() / ".guild" / "attrs" / "flags"
    damaged.unlink()
    os.mkfifo(damaged) if kind == "pipe" else damaged.mkdir()
    for command in (["runs", "-s"], ["runs", "info"], ["compare", "--table"]):
        p.run(*command, timeout=20).assert_ok()
    run_id = p.run_ids()[0]
    for option in ("--restart", "--proto"):
        p.run("run", option, run_id, "-y", timeout=20).assert_error(
            f"cannot read the flags of run {run_id[:8]} ({damaged})"
        )


def test_reused_process_id_is_not_a_running_run(project: Make) -> None:
    p = project({"x.py": "print(1)"})
    p.run("run", "x.py", "-y").assert_ok()
    lock = p.run_dir() / ".guild" / "LOCK"
    lock.write_text(f"{os.getpid()}\n")
    os.utime(lock, (0, 0))  # before this process started, as after a reboot
    p.run("runs", "-s").assert_out("[1]  x.py  completed")
    assert "status: completed" in p.run("runs", "info").out
    p.run("stop", "-y").assert_ok().assert_out("Nothing to stop.")
    os.utime(lock)
    p.run("runs", "-s").assert_out("[1]  x.py  running")


def test_clock_set_forward_during_a_run(project: Make) -> None:
    p = project({"slow.py": SLOW})
    process, run_dir = start_slow(p)
    os.utime(run_dir / ".guild" / "LOCK", (0, 0))
    p.run("runs", "-s").assert_out("[1]  slow.py  running")
    p.run("stop", "-y").assert_ok()
    process.wait(timeout=60)
    p.run("runs", "-s").assert_out("[1]  slow.py  terminated")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory on a disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("cannot mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_disk_that_the_script_fills(project: Make, small_disk: Path) -> None:
    p = project({
        "fill.py": """
            with open("fill", "wb", buffering=0) as file:
                for size in (4096, 1):
                    try:
                        while True:
                            file.write(b"x" * size)
                    except OSError as error:
                        print(error.strerror)
        """,
        "ok.py": "print(1)",
    })  # fmt: skip
    env = {"GUILD_HOME": str(small_disk)}
    result = p.run("run", "fill.py", "-y", env=env)
    assert result.exit_code == 1
    (run_dir,) = small_disk.glob("runs/*")
    message = "output is incomplete: No space left on device"
    full = f"run {run_dir.name[:8]}: {message} ({run_dir}/.guild/output)"
    assert result.err == f"guild: {full}"
    p.run("runs", "-s", env=env).assert_out("[1]  fill.py  completed")
    failed = p.run("run", "ok.py", "-y", env=env)
    assert (failed.exit_code, failed.err.count("\n")) == (1, 0)
    assert "No space left on device" in failed.err
    p.run("runs", "-s", env=env).assert_out("[1]  fill.py  completed")
    p.run("runs", "rm", "-p", "-y", env=env).assert_ok()
    p.run("run", "ok.py", "-y", env=env).assert_ok().assert_out("1")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("compare", "--csv"), "out.csv"),
        (("plot", "loss", "--out"), "out.svg"),
        (("plot", "loss", "--out"), "out.html"),
        (("plot", "loss", "--out"), "out.png"),
        (("tensorboard", "--export-scalars"), "out.csv"),
    ],
)
def test_export_to_full_disk_keeps_the_old_file(
    project: Make, small_disk: Path, command: tuple[str, ...], name: str
) -> None:
    p = project({"x.py": "for i in range(3): print(f'step: {i}\\nloss: {i}')"})
    p.run("run", "x.py", "-y").assert_ok()
    out = small_disk / name
    out.write_text("earlier")
    with open(small_disk / "fill", "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    p.run(*command, str(out)).assert_error(f"cannot write '{out}': No space left on device")
    assert out.read_text() == "earlier"
    assert sorted(os.listdir(small_disk)) == ["fill", name]


def test_export_to_stdout_and_symlinks(project: Make) -> None:
    p = project({"x.py": "print('loss: 1')"})
    p.run("run", "x.py", "-y").assert_ok()
    written = p.run("compare", "--csv", "-").out
    assert p.run("compare", "--csv", "/dev/stdout").assert_ok().out == written
    (p.path / "link.csv").symlink_to("linked.csv")
    (p.path / "linked.csv").write_text("earlier")
    (p.path / "linked.csv").chmod(0o640)
    p.run("compare", "--csv", "link.csv").assert_ok()
    assert (p.path / "link.csv").is_symlink()
    assert (p.path / "linked.csv").read_text().rstrip() == written
    assert (p.path / "linked.csv").stat().st_mode & 0o777 == 0o640


def test_closed_standard_streams(project: Make) -> None:
    p = project({"x.py": "print(1)"})
    for command in ("run x.py -y <&- >&- 2>&-", "runs >&-", "runs 2>&-", "label -s a 1 <&- -y"):
        line = f"{shlex.quote(str(GUILD))} {command}"
        done = subprocess.run(
            ["sh", "-c", line], cwd=p.path, env=p.env, stderr=subprocess.PIPE, check=False
        )
        assert (done.returncode, done.stderr) == (0, b""), command
    p.run("runs", "-s").assert_out("[1]  x.py  completed  a")
    assert (p.run_dir() / ".guild" / "output").read_bytes() == b"1\n"


def test_standard_output_on_full_disk(project: Make) -> None:
    p = project({"x.py": "print(1)"})
    p.run("run", "x.py", "-y").assert_ok()
    line = f"{shlex.quote(str(GUILD))} runs > /dev/full"
    done = subprocess.run(["sh", "-c", line], cwd=p.path, env=p.env, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"guild: No space left on device\n")


def test_deleted_current_directory(project: Make) -> None:
    p = project({"gone/x.py": "print(1)"})
    line = f"rm -r ../gone; exec {shlex.quote(str(GUILD))} run x.py -y"
    done = subprocess.run(
        ["sh", "-c", line], cwd=p.path / "gone", env=p.env, stderr=subprocess.PIPE, check=False
    )
    message = b"guild: the current directory no longer exists; change to another one\n"
    assert (done.returncode, done.stderr) == (1, message)


def test_read_only_home(project: Make) -> None:
    p = project({"x.py": "print('loss: 1')"})
    p.run("run", "x.py", "-y").assert_ok()
    run_id = p.run_ids()[0]
    directories = [path for path in (p.home, *p.home.rglob("*")) if path.is_dir()]
    modes = {path: path.stat().st_mode & 0o777 for path in directories}
    before = sorted(p.home.rglob("*"))

    def guild(*args: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [*without_privileges(), str(GUILD), *args],
            cwd=p.path,
            env=p.env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.rstrip(), done.stderr

    for path in directories:
        path.chmod(0o555)
    try:
        assert guild("runs", "-s") == (0, "[1]  x.py  completed", "")
        assert guild("select", "--min", "loss") == (0, run_id, "")
        assert guild("cat", "--output") == (0, "loss: 1", "")
        for command in (
            ["run", "x.py", "-y"],
            ["run", "x.py", "-y", "--background"],
            ["run", "--restart", run_id, "-y"],
            ["label", "-s", "a", "1", "-y"],
            ["mark", "1", "-y"],
            ["runs", "rm", "1", "-y"],
        ):
            code, out, err = guild(*command)
            assert (code, out, err.count("\n")) == (1, "", 1), command
            assert err.startswith("guild: cannot "), command
            assert "Permission denied" in err, command
    finally:
        for path in directories:
            path.chmod(modes[path])
    assert sorted(p.home.rglob("*")) == before
