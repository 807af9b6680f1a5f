"""An unexpected error is reported in one line and in a file for an issue."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

from guild.testing.project import Project

# The command `guild` with a fault.
FAULTY = """
import os, sys
import guild.__main__, guild.config
def fail(*args, **kw):
    raise KeyError(f"{os.environ['DB_PASSWORD']} {sys.argv[-1]}")
sys.argv[0] = "guild"
guild.config.user_config = fail
guild.__main__.program()
"""


def crash(p: Project, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {**p.env, "DB_PASSWORD": "correct-horse", **environ}
    command = [sys.executable, "-c", FAULTY, *args]
    return subprocess.run(command, cwd=p.path, env=env, capture_output=True, text=True, timeout=60)


RUN = ("run", "train.py", "-y", "api_key=battery-staple")


def test_unexpected_error_writes_a_report_without_secrets(project) -> None:
    p = project({"train.py": "api_key = ''\n"})
    done = crash(p, *RUN)
    assert (done.returncode, done.stdout) == (3, "")
    start = r"guild: unexpected error: KeyError: '\*\*\* api_key=\*\*\*' "
    line = re.compile(start + r"\(report: (.+); please attach it to an issue\)\n")
    report = Path(line.fullmatch(done.stderr)[1])
    assert report.parent == p.home / "crashes"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "Command: guild run train.py -y 'api_key=***'\n" in text
    assert "in fail" in text
    assert "horse" not in text
    assert "staple" not in text


def test_debug_prints_the_traceback_instead(project) -> None:
    p = project({"train.py": "api_key = ''\n"})
    done = crash(p, "--debug", *RUN)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert not (p.home / "crashes").exists()


def test_report_without_a_usable_home(project, tmp_path) -> None:
    p = project({"train.py": "api_key = ''\n"})
    temp = tmp_path / "temp"
    temp.mkdir()
    (p.home / "crashes").parent.mkdir(exist_ok=True)
    (p.home / "crashes").write_text("not a directory")
    done = crash(p, *RUN, TMPDIR=str(temp))
    assert done.returncode == 3
    (report,) = temp.glob("guild-crash-*.txt")
    assert f"(report: {report}; " in done.stderr
