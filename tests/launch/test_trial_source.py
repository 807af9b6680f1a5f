"""The choice of the next trial."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.launch.history import History
from guild.launch.objective import Objective
from guild.launch.trial_runs import OperationTrialMaker, Trials
from guild.launch.trial_source import trial_source
from guild.runs.store import RunStore
from guild.testing.project import Project

from .trial_source_contract import TrialSourceContract, complete, stage


class TestGrid(TrialSourceContract):
    def batch_arguments(self) -> tuple[str, ...]:
        return ("x=[1.0,2.0]", "y=[1,2]")


class TestRandom(TrialSourceContract):
    def batch_arguments(self) -> tuple[str, ...]:
        return ("x=[0.0:1.0]", "y=[1,2]", "-m", "4")


class TestGaussianProcess(TrialSourceContract):
    def batch_arguments(self) -> tuple[str, ...]:
        return ("x=[0.0:1.0]", "-o", "gp", "-m", "5", "-Fo", "random-starts=2")


def test_damaged_suggestion_is_an_error(project: Callable[..., Project]) -> None:
    _, batch = stage(project, "x=[0.0:1.0]")
    Path(batch.run.guild_path("suggestion")).write_text("[")
    store = RunStore(Path(batch.run.path).parent.parent)
    with pytest.raises(GuildError, match="suggestion is damaged"):
        trial_source(batch).next_flags(Trials(batch.run, store), lambda _: None)


def test_history_has_pending_and_failed_trials(
    project: Callable[..., Project],
) -> None:
    made, batch = stage(project, "x=[0.0:1.0]", "-o", "gp")
    store = RunStore(Path(batch.run.path).parent.parent)
    maker, trials = (
        OperationTrialMaker(batch, store, Context(store.home, made.path, {})),
        Trials(batch.run, store),
    )
    runs = [maker.make(trials.at(n), {"x": n / 4, "y": 2}, {}).run for n in range(3)]
    trials.refresh()
    complete(runs[0])
    runs[1].set("exit_status", 1)
    Path(runs[1].guild_path("PENDING")).unlink()
    history = History(batch)
    history_trials = history.trials(trials)
    assert [(trial.status, trial.is_observed) for trial in history_trials] == [
        *(("completed", True), ("error", False), ("pending", False))
    ]
    assert history_trials[0].objective == pytest.approx(2.09)
    complete(runs[2])
    assert [trial.status for trial in history.trials(trials)][2] == "completed"


@pytest.mark.parametrize("selection", ["operation", "sourcecode"])
def test_prev_trials_adds_earlier_runs(project: Callable[..., Project], selection: str) -> None:
    made, batch = stage(project, "x=[0.0:1.0]", "-o", "gp", "-Fo", f"prev-trials={selection}")
    made.run("run", "f.py", "x=0.5", "-y").assert_ok()
    made.write({"g.py": "x = 1.0\nprint('loss: 1')\n"})
    made.run("run", "g.py", "-y").assert_ok()
    history_trials = History(batch).trials([])
    assert [(trial.flags["x"], trial.in_batch) for trial in history_trials] == [(0.5, False)]


def test_objective_is_a_column_to_minimize_or_maximize(project: Callable[..., Project]) -> None:
    made = project(
        {
            "f.py": "x = 3\nfor step in range(3):\n    print('step:', step)\n"
            "    print('acc:', step / 2)\nprint('name: a')\n"
        }
    )
    made.run("run", "f.py", "-y").assert_ok()
    (run,) = made.runs()
    values = {
        text: Objective.parse(text).loss(run)
        for text in ("acc", "-acc", "min acc", "-max acc step", "=x", "-=x", "none", ".label")
    }
    assert values == {
        "acc": 1.0,
        "-acc": -1.0,
        "min acc": 0.0,
        "-max acc step": -2,
        "=x": 3,
        "-=x": -3,
        "none": None,
        ".label": None,
    }
