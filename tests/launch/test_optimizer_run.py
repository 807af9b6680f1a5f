"""Operations of the project that choose trials with `guild.batch_util`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guild.testing.project import Project

Make = Callable[..., Project]

OPTIMIZER = """
from guild import batch_util
k = 2
batch = batch_util.batch_run()
print(batch.batch_proto.get("flags"), batch.get("max_trials"))
for i in range(k):
    batch_util.run_trial(batch, {"x": i})
"""


@pytest.fixture
def work(project: Make) -> Project:
    return project(
        {
            "f.py": "x = 9\nprint('x is', x)\nassert x < 5\n",
            "opt.py": OPTIMIZER,
            "guild.yml": """
                f:
                  main: f
                  flags-import: all
                  optimizers: {few: {algorithm: opt, k: 1}}
                opt: {flags-import: all, default-max-trials: 7}
            """,
        }
    )


def test_operation_chooses_trials(work: Project) -> None:
    result = work.run("run", "f", "-o", "opt", "-y", "-l", "L${x}").assert_ok()
    assert result.out.splitlines() == ["{'x': 9} 7", "x is 0", "x is 1"]
    assert "Running trial" in result.err
    *trials, batch = work.runs()
    assert [run.get("label") for run in trials] == ["L1", "L0"]
    assert batch.get("label") == "k=2"
    assert batch.get("max_trials") == 7
    assert "f+opt" in work.run("runs").assert_ok().out
    work.run("run", "--restart", batch.id, "-m", "3", "-y").assert_ok()
    assert batch.get("max_trials") == 3
    assert len(work.runs()) == 5


def test_named_optimizer_sets_flags(work: Project) -> None:
    result = work.run("run", "f", "-o", "few", "-y").assert_ok()
    assert result.out.splitlines() == ["{'x': 9} 7", "x is 0"]
    result = work.run("run", "f", "-o", "few", "-Fo", "k=2", "-y").assert_ok()
    assert result.out.count("x is") == 2


def test_script_with_batch_util_is_an_optimizer(work: Project) -> None:
    result = work.run("run", "f.py", "x=[1:3]", "-o", "opt.py", "-Fo", "k=1", "-y").assert_ok()
    assert result.out.splitlines() == ["{'x': '[1:3]'} None", "x is 0"]


def test_trial_that_fails_ends_the_optimizer(work: Project) -> None:
    result = work.run("run", "f", "-o", "opt", "-Fo", "k=9", "-y")
    assert result.exit_code == 1
    assert result.out.count("x is") == 6


def test_optimizer_on_its_own_is_no_batch(work: Project) -> None:
    assert "CurrentRunNotBatchError" in work.run("run", "opt", "-y").err


def test_trials_of_an_operation_cannot_be_staged(work: Project) -> None:
    work.run("run", "f", "-o", "opt", "-y", "--stage-trials").assert_error(
        "operation 'opt' does not support --stage-trials"
    )
