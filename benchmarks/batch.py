"""The overhead of batches over their scripts.

GUILD_AI is an executable of Guild AI 0.9 to compare with; by default this row is omitted.
MANY_TRIALS is the size of the batch whose first and last trials are compared.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import Row, command
from benchmarks.startup import GUILD
from guild.run import Run

ROOT = Path(__file__).parents[1]
TRIALS = 100
SCRIPTS = {
    "trivial.py": "x = 1\nprint('loss:', x)\n",
    "working.py": """
import time
x = 1
until = time.process_time() + 1
while time.process_time() < until:
    x += 1
""",
    "branin.py": """
import math
x, y = 1.0, 1.0
a = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
print("loss:", a**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)
""",
    "guild.yml": "nothing: {exec: 'true ${x}', flags: {x: 1}}\n",
}
SKOPT_ALONE = "from benchmarks.regret import BRANIN, by_skopt; by_skopt(BRANIN, 30, 1)"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SCRIPTS.items():
            Path(folder, name).write_text(text)
        project = _Project(Path(folder))
        yield from _grid(project)
        yield _two_jobs(project)
        yield _gp(project)
        yield _end_of_many(project)


class _Project:
    """A directory of scripts, with an empty home for each command."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = path.with_name(f"{path.name}-home")

    def measure_seconds(self, *args: str | Path, cwd: Path | None = None) -> float:
        """Return the wall time of a command."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        run = command(args, cwd or self.path, {"GUILD_HOME": str(self.home)})
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    def guild(self, *words: str, program: str | Path = GUILD) -> float:
        return self.measure_seconds(program, "run", *words, "-y")

    def python(self, script: str, times: int) -> float:
        """Return the wall time of `times` runs of a script without Guild."""
        code = "import subprocess as s, sys; [s.run(sys.argv[2:]) for _ in range(int(sys.argv[1]))]"
        return self.measure_seconds(sys.executable, "-c", code, str(times), sys.executable, script)


def _grid(project: _Project) -> Iterator[Row]:
    def trials(program: str | Path) -> float:
        """Return the wall time of the trials, without the fixed cost of a batch."""
        few, many = (
            project.guild("trivial.py", f"x=range[1:{count}]", "-m", "999", program=program)
            for count in (2, TRIALS + 2)
        )
        return many - few

    bare = project.python("trivial.py", TRIALS)
    ours = trials(GUILD)
    yield Row(f"{TRIALS} trials, one job", "the script alone", ours, bare, 3.0)
    if theirs := os.environ.get("GUILD_AI"):
        overhead = trials(theirs) - bare
        yield Row(f"{TRIALS} trials less scripts", "Guild AI 0.9", ours - bare, overhead, 1 / 15)


def _two_jobs(project: _Project) -> Row:
    one, two = (project.guild("working.py", "x=[1,2,3,4]", "--jobs", jobs) for jobs in ("1", "2"))
    return Row("4 trials of 1 s, --jobs 2", "--jobs 1", two, one, 1 / 1.7)


def _gp(project: _Project) -> Row:
    search = ("x=[-5.0:10.0]", "y=[0.0:15.0]", "-o", "gp", "-m", "30", "--random-seed", "1")
    scripts = project.python("branin.py", 30)
    ours = project.guild("branin.py", *search) - scripts
    alone = project.measure_seconds(sys.executable, "-c", SKOPT_ALONE, cwd=ROOT)
    return Row("30 gp trials less scripts", "gp_minimize", ours, alone, 1.5)


def _end_of_many(project: _Project) -> Row:
    """Compare the time between trials at the end of a large batch with that at its start."""
    count = int(os.environ.get("MANY_TRIALS", "1000"))
    project.guild("nothing", f"x=range[1:{count}]", "-m", str(count))
    runs = [Run(path.name, path) for path in (project.home / "runs").iterdir()]
    starts = sorted(run["started"] for run in runs)
    part = len(starts) // 10
    first, last = (_median_step(starts[at : at + part]) for at in (0, len(starts) - part))
    return Row(f"a trial at the end of {count}", "at the start", last, first, 1.2)


def _median_step(times: Sequence[int]) -> float:
    return statistics.median(b - a for a, b in pairwise(times)) / 1e6
