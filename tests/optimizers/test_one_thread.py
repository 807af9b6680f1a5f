"""Searches from the command line use one thread and do not limit scripts."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, os
from guild.optimizers.one_thread import load_skopt
load_skopt()
from threadpoolctl import threadpool_info
pools = {pool["num_threads"] for pool in threadpool_info()}
left = [os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")]
print(json.dumps([sorted(pools), *left]))
"""


def test_libraries_use_one_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "2"},
    )
    assert json.loads(done.stdout) == [[1], "2", None]


def test_scripts_keep_their_threads(project) -> None:
    p = project({
        "f.py": """
            import os
            x = 0.5
            print("loss:", x)
            print("threads", os.environ.get("OMP_NUM_THREADS"))
        """
    })  # fmt: skip
    p.env.pop("OMP_NUM_THREADS", None)
    p.run("run", "f.py", "x=[0.0:1.0]", "-o", "gp", "-m", "2", "-y", "-q").assert_ok()
    for run in p.runs():
        if run.batch_proto is None:
            assert "threads None" in p.run("cat", "--output", run.id).out
            assert "OMP_NUM_THREADS" not in run.get("env")
