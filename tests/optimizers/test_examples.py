"""The optimizers in `examples/own_optimizers`."""

from __future__ import annotations

import os
from pathlib import Path

import guild
from guild.extend.optimizer import Optimizer, Trial
from guild.extend.search_space import Space
from guild.flags.functions import Uniform
from guild.optimizers.randomness import new_rng
from guild.optimizers.registry import find_optimizer, make_optimizer, option_values
from guild.optimizers.suggestion import next_trial
from guild.testing.optimizers import OptimizerContract

EXAMPLE = Path(guild.__file__).parents[1] / "examples" / "own_optimizers"


def example(name: str) -> Optimizer:
    kind = find_optimizer(name, EXAMPLE, os.environ)
    return make_optimizer(kind, option_values(kind, {}))


class TestLocalSearch(OptimizerContract):
    def make(self) -> Optimizer:
        return example("local_search.py:LocalSearch")


def test_local_search_approaches_minimum():
    space, rng = Space.of({"x": Uniform(-2.0, 2.0), "y": Uniform(-2.0, 2.0)}), new_rng(1)
    history: list[Trial] = []
    for _ in range(40):
        flags = next_trial("local", example("local_search.py:LocalSearch"), space, history, rng)
        assert flags is not None
        history.append(Trial(flags, (flags["x"] - 0.5) ** 2 + (flags["y"] + 0.3) ** 2))
    assert min(trial.objective or 0.0 for trial in history) < 0.05


def test_corners_lists_all_corners():
    space, rng = Space.of({"x": Uniform(-2, 2), "y": ["a", "b"], "n": 1}), new_rng(1)
    history: list[Trial] = []
    while flags := next_trial("corners.py", example("corners.py"), space, history, rng):
        history.append(Trial(flags))
    assert [tuple(trial.flags.values()) for trial in history] == [
        (1, -2, "a"),
        (1, -2, "b"),
        (1, 2, "a"),
        (1, 2, "b"),
    ]
