"""Processes that use one index at the same time, while runs are added and the index is deleted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from index.homes import add_run, add_scalars

from guild.index.run_index import RunIndex

ROUNDS = int(os.environ.get("GUILD_TEST_ROUNDS", "5"))
RUNS = 20

REFRESH = """
import os, sys
from guild.index.run_index import RunIndex
home = sys.argv[1]
while not os.path.exists(home + "/done"):
    with RunIndex(home) as index:
        index.read_scalars([run.id for run in index.select()])
        index.select(limit=5)
"""

DELETE = """
import os, shutil, sys, time
home = sys.argv[1]
while not os.path.exists(home + "/done"):
    shutil.rmtree(home + "/cache", ignore_errors=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("_", range(ROUNDS))
def test_concurrent_processes_get_correct_results(tmp_path: Path, _: int) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for code in (REFRESH, REFRESH, DELETE)
    ]
    runs = []
    for number in range(RUNS):
        run = add_run(tmp_path, label="before")
        add_scalars(run, loss=[float(number)])
        run.set("label", f"run {number}")
        runs.append(run)
    (tmp_path / "done").touch()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == [b"", b"", b""]
    for _ in range(2):
        with RunIndex(tmp_path) as index:
            found = index.select()
            assert [run.id for run in found] == [run.id for run in reversed(runs)]
            assert [run.label for run in found] == [f"run {n}" for n in reversed(range(RUNS))]
            scalars = index.read_scalars([run.id for run in found])
            assert [scalars[run.id][0].last_val for run in runs] == list(range(RUNS))
