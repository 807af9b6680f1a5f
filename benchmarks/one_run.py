"""The overhead of a run over its script.

PYTHONS is a list of Python executables, separated by colons, of environments into which Guild is
installed with `pip install .`. The CPU time of runs is measured with each. By default, this is
the Python of the benchmark.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Row, command, compare, cpu_time
from benchmarks.startup import GUILD

SCRIPT = """\
a = 1
b = 0.5
c = "x"
print(a, b, c)
"""
_TRIALS = 30
WRITES_TIME = """\
import os, time
a = 1
with open(os.environ["WHEN"], "w") as file:
    file.write(repr(time.time()))
"""


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        project, home = Path(folder, "project"), Path(folder, "home")
        project.mkdir()
        home.mkdir()
        Path(project, "three.py").write_text(SCRIPT)
        Path(project, "when.py").write_text(WRITES_TIME)
        env = {"GUILD_HOME": str(home), "WHEN": str(Path(folder, "when"))}
        run = command([GUILD, "run", "three.py", "-y"], project, env)
        bare = command([sys.executable, "three.py"], project)
        run()  # the first one finds the flags and the installed packages
        seconds, bare_seconds = compare(run, bare)
        yield Row(
            "guild run three.py, over the script", "python three.py",
            seconds - bare_seconds, bare_seconds, 8.0,
        )  # fmt: skip
        yield _first_line(project, env)
        for python in os.environ.get("PYTHONS", sys.executable).split(":"):
            yield from _cpu_times(python, project, env)


def _cpu_times(python: str, project: Path, env: dict[str, str]) -> Iterator[Row]:
    """Compare the CPU time of a run, and of a trial of a grid, with that of its script."""
    Path(project, "echo.py").write_text("x = 1\nprint(x)\n")

    def run(*words: str) -> Callable[[], object]:
        guild = Path(python).with_name("guild")
        return command([guild, "run", "echo.py", *words, "-y"], project, env)

    bare = command([python, "echo.py"], project)
    run()()  # as above
    version = subprocess.check_output([python, "-V"], text=True).split()[1]
    times = compare(run(), bare, clock=cpu_time)
    yield Row(f"guild run echo.py (CPU, {version})", "python echo.py", *times, 8.0)
    many, few = compare(
        run(f"x=range[1:{_TRIALS + 2}]", "-m", "999"), run("x=[1,2]"), repeat=3, clock=cpu_time
    )
    trial = (many - few) / _TRIALS
    yield Row(f"a trial of echo.py (CPU, {version})", "python echo.py", trial, times[1], 2.5)


def _first_line(project: Path, env: dict[str, str]) -> Row:
    """Compare the time from the start of the process to the script's first line, with Guild and
    with Python. Guild may take 20 ms longer."""
    from guild.ops.python.python_launch import prepare_launch

    def spawned(argv: list[str], extra: dict[str, str]) -> Callable[[], float]:
        start = command(argv, project, {**env, **extra})

        def until_first_line() -> float:
            start_time = time.time()
            start()
            return float(Path(env["WHEN"]).read_text()) - start_time

        return until_first_line

    bare = min(spawned([sys.executable, "when.py"], {})() for _ in range(15))
    cmd = [sys.executable, "-um", "guild.op_main", "when", "--", "--a", "2"]
    best = float("inf")
    for _ in range(15):
        launch = prepare_launch(cmd, project, {**os.environ, "FLAGS_DEST": "globals"}, {"a": 2})
        best = min(best, spawned(launch.argv, launch.env)())
        launch.remove_compiled()
    return Row("first line of a run's script", "python when.py", best, bare, (bare + 0.02) / bare)
