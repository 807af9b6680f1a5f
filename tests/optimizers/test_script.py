"""Scripts as optimizers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from guild.base.errors import GuildError
from guild.extend.optimizer import Optimizer, Trial
from guild.extend.search_space import Space
from guild.flags.functions import LogUniform, Uniform
from guild.optimizers.randomness import new_rng
from guild.optimizers.registry import find_optimizer, make_optimizer, option_values
from guild.optimizers.script import ScriptOptimizer
from guild.optimizers.suggestion import next_trial
from guild.testing.optimizers import OptimizerContract

SPACE = Space.of({"lr": LogUniform(0.001, 0.1), "n": 3, "opt": ["sgd", "adam"]})

RANDOM = """
    import json, math, random, sys

    request = json.load(sys.stdin)
    rng = random.Random(request["seed"])

    def draw(item):
        if "values" in item:
            return rng.choice(item["values"])
        low, high = item["low"], item["high"]
        if item["integer"]:
            return rng.randint(low, high)
        if item["distribution"] == "loguniform":
            return min(high, max(low, math.exp(rng.uniform(math.log(low), math.log(high)))))
        return rng.uniform(low, high)

    trials = [trial for trial in request["history"] if trial["in_batch"]]
    for trial in trials:
        print(json.dumps(trial["flags"]))
    flags = {name: draw(item) for name, item in request["space"].items()}
    if not trials:
        initial = {name: item.get("initial") for name, item in request["space"].items()}
        flags.update({name: value for name, value in initial.items() if value is not None})
    print(json.dumps(flags))
"""


def script(folder: Path, text: str, **options: object) -> Optimizer:
    (folder / "trials.py").write_text(dedent(text))
    kind = find_optimizer("trials.py", folder, os.environ)
    return make_optimizer(kind, option_values(kind, options))


class TestRandomScript(OptimizerContract):
    """The contract suite for a script that draws values at random."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self) -> Optimizer:
        return script(self.folder, RANDOM)


def test_fixed_list_of_trials(tmp_path: Path):
    optimizer = script(
        tmp_path,
        """
        import json
        for lr in (0.01, 0.02):
            print(json.dumps({"lr": lr, "opt": "sgd"}))
        """,
    )
    history: list[Trial] = [Trial({"lr": 0.5, "opt": "sgd", "n": 3}, 1.0, in_batch=False)]
    rng = new_rng(1)
    while flags := next_trial("trials.py", optimizer, SPACE, history, rng):
        history.append(Trial(flags, None, "error"))
    assert [trial.flags for trial in history[1:]] == [
        {"lr": 0.01, "n": 3, "opt": "sgd"},
        {"lr": 0.02, "n": 3, "opt": "sgd"},
    ]


def test_script_reads_space_and_history(tmp_path: Path):
    optimizer = script(
        tmp_path,
        "import sys; open('told.json', 'w').write(sys.stdin.read())",
        **{"with-care": True},
    )
    history = [
        Trial({"lr": 0.01}, float("nan"), in_batch=False, seconds=1.5),
        Trial({"lr": 0.02}, 0.5),
    ]
    space = Space.of({"a": Uniform(1, 5, 2), "lr": LogUniform(0.001, 0.1), "n": 3, "z": ["s", 1]})
    assert optimizer.suggest(space, history, new_rng(1)) is None
    told = json.loads((tmp_path / "told.json").read_text())
    assert isinstance(told.pop("seed"), int)
    assert told == {
        "space": {
            "a": {
                "distribution": "uniform",
                "low": 1,
                "high": 5,
                "integer": True,
                "initial": 2,
            },
            "lr": {
                "distribution": "loguniform",
                "low": 0.001,
                "high": 0.1,
                "integer": False,
                "initial": None,
            },
            "z": {"values": ["s", 1]},
        },
        "fixed": {"n": 3},
        "history": [
            {
                "flags": {"lr": 0.01},
                "objective": None,
                "status": "completed",
                "in_batch": False,
                "seconds": 1.5,
            },
            {
                "flags": {"lr": 0.02},
                "objective": 0.5,
                "status": "completed",
                "in_batch": True,
                "seconds": None,
            },
        ],
        "options": {"with-care": True},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "raise ValueError('no idea')",
            "optimizer trials.py failed with exit status 1: ValueError: no idea",
        ),
        ("raise SystemExit(3)", "optimizer trials.py failed with exit status 3: no error output"),
        (
            "print('lr=1')",
            "optimizer trials.py printed 'lr=1'; expected one JSON object of flag values per line",
        ),
        (
            "print('[1]')",
            "optimizer trials.py printed '[1]'; expected one JSON object of flag values per line",
        ),
    ],
)
def test_reports_script_errors(tmp_path: Path, text: str, message: str):
    with pytest.raises(GuildError) as error:
        script(tmp_path, text).suggest(SPACE, [], new_rng(1))
    assert error.value.message == message


def test_missing_program(tmp_path: Path):
    optimizer = ScriptOptimizer(["no-such-program"], tmp_path, os.environ, {})
    with pytest.raises(GuildError) as error:
        optimizer.suggest(SPACE, [], new_rng(1))
    assert error.value.message == (
        "cannot start optimizer no-such-program: No such file or directory"
    )
