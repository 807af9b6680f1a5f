"""The built-in operation `queue`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from guild.testing.project import Project

Make = Callable[..., Project]


@pytest.fixture
def work(project: Make) -> Project:
    return project({"f.py": "import os\nx = 1\nprint('GPU', os.getenv('CUDA_VISIBLE_DEVICES'))\n"})


def staged(work: Project, *words: str) -> str:
    work.run("run", "f.py", *words, "--stage", "-y").assert_ok()
    return work.runs()[0].id


def test_starts_staged_runs_in_order(work: Project) -> None:
    ids = [staged(work, "x=1"), staged(work, "x=2")]
    result = work.run("run", "queue", "run-once=yes", "-y").assert_ok()
    assert result.out.count("GPU None") == 2
    assert re.findall(r"Starting staged run (\w+)", result.err) == ids
    lines = [
        re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", line) for line in result.err.splitlines()
    ]
    assert lines[:2] == [
        "INFO: [guild] TIME Starting queue",
        "INFO: [guild] TIME Processing staged runs",
    ]
    assert lines[-1] == "INFO: [guild] TIME Stopping queue"
    assert {run.status for run in work.runs()} == {"completed"}
    (queue,) = [run for run in work.runs() if run.opref and run.opref.op == "queue"]
    assert not (work.home / "runs" / queue.id / "f.py").exists()
    assert queue.get("label") == "poll-interval=10 run-once=yes wait-for-running=no"


def test_starts_only_runs_for_its_gpus(work: Project) -> None:
    other = staged(work, "--gpus", "1")
    any_gpu = staged(work)
    same = staged(work, "--gpus", "0")
    result = work.run("run", "queue", "run-once=yes", "gpus=0", "-y").assert_ok()
    assert re.findall(r"Starting staged run (\w+)", result.err) == [any_gpu, same]
    assert result.out.count("GPU 0") == 2
    assert [run.id for run in work.runs() if run.status == "staged"] == [other]


def test_queue_of_the_project_takes_precedence(work: Project) -> None:
    work.write({"guild.yml": "queue: {exec: echo mine}"})
    work.run("run", "queue", "-y").assert_ok().assert_out("mine")
