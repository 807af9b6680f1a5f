"""Failures of a run: one clear error message and a readable run directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Staged, eventually


def _error(result: Any) -> str:
    text: str = result.stderr.decode()
    assert text.startswith("guild: "), text
    assert text.count("\n") == 1, text
    return text[len("guild: ") : -1]


def test_report_incomplete_output_on_full_disk(script: Any) -> None:
    run = script("print('lost'); open('done', 'w').close()")
    os.symlink("/dev/full", run.run.guild_path("output"))
    result = run.start()
    assert (result.returncode, result.stdout) == (1, b"lost\n")
    assert _error(result) == (
        f"run {run.run.short_id}: output is incomplete: "
        f"No space left on device ({run.run.guild_path('output')})"
    )
    assert Path(run.run.path, "done").exists()
    assert run.ending == (0, "completed")


def test_report_relay_error_on_full_disk(script: Any) -> None:
    run = script("print('kept')")
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            run.args({}), env=run.env, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert process.returncode == 1
    assert "No space left on device" in _error(process)
    assert (run.output, run.ending) == (b"kept\n", (0, "completed"))


def test_report_deleted_run_directory(script: Any) -> None:
    run = script("import time; print('ready'); time.sleep(0.5); print('end')")
    process = run.popen()
    assert process.stdout.readline() == b"ready\n"
    shutil.rmtree(run.run.path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"end\n")
    assert (
        err.decode() == f"guild: run {run.run.short_id} was deleted while it ran ({run.run.path})\n"
    )
    assert not os.path.exists(run.run.path)


def test_report_missing_run_directory(command: Any) -> None:
    run = command("true")
    shutil.rmtree(run.run.path)
    result = run.start()
    lock = run.run.guild_path("LOCK")
    assert (
        _error(result) == f"cannot start run {run.run.short_id}: No such file or directory ({lock})"
    )
    assert result.returncode == 1


def test_report_unwritable_run_directory(command: Any) -> None:
    run = command("true")
    shutil.rmtree(run.run.guild_path("attrs"))
    Path(run.run.guild_path("attrs")).symlink_to("/proc/self/attr")
    assert _error(run.start()).startswith(f"run {run.run.short_id}: ")


@pytest.mark.parametrize("cmd", [None, [], "true"])
def test_report_missing_command(command: Any, cmd: Any) -> None:
    run = command("true")
    run.run.set("cmd", cmd)
    assert _error(run.start()) == (
        f"cannot start run {run.run.short_id}: it has no command (attribute 'cmd')"
    )
    assert not os.path.exists(run.run.guild_path("LOCK"))


def test_report_program_not_found(command: Any) -> None:
    run = command("no-such-program", "x")
    result = run.start()
    assert (
        _error(result) == f"run {run.run.short_id}: cannot run 'no-such-program': command not found"
    )
    assert (result.returncode, run.ending) == (127, (127, "error"))


def test_report_program_not_executable(command: Any) -> None:
    run = command("./data")
    Path(run.run.path, "data").write_text("x")
    result = run.start()
    assert _error(result) == f"run {run.run.short_id}: cannot run './data': Permission denied"
    assert (result.returncode, run.ending) == (126, (126, "error"))


def test_report_nul_in_argument(command: Any) -> None:
    run = command("true", "a\0b")
    result = run.start()
    assert _error(result) == f"run {run.run.short_id}: cannot run 'true': Invalid argument"


def test_return_exit_code_of_script(script: Any) -> None:
    run = script("import sys; sys.exit(3)")
    assert (run.start().returncode, run.ending) == (3, (3, "error"))


def test_recorded_variables_override_environment(command: Any) -> None:
    run = command("sh", "-c", 'echo "$RECORDED $SECRET $(pwd -P)"')
    run.run.set("env", {"RECORDED": "recorded", "RUN_ID": run.run.id})
    run.env.update(RECORDED="given", SECRET="secret")
    assert run.start().stdout.decode() == f"recorded secret {os.path.realpath(run.run.path)}\n"


def test_start_with_closed_standard_streams(script: Any) -> None:
    run = script("print('kept')")
    words = " ".join(f"'{word}'" for word in run.args({}))
    subprocess.run(["sh", "-c", f"{words} <&- >&- 2>&-"], env=run.env, check=True)
    assert (run.output, run.ending) == (b"kept\n", (0, "completed"))


def test_script_does_not_inherit_descriptors(script: Any) -> None:
    run = script("import os; print(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:4])")
    alone = subprocess.run(
        [sys.executable, f"{run.run.path}/script.py"], stdout=subprocess.PIPE, check=True
    )
    assert run.start().stdout == alone.stdout


def _is_running(run: Staged) -> bool:
    return run.run.status == "running"


def test_status_is_running(script: Any) -> None:
    run = script("import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)")
    process = run.popen()
    eventually(lambda: _is_running(run))
    Path(run.run.path, "go").touch()
    process.wait(120)
    assert run.ending == (0, "completed")
