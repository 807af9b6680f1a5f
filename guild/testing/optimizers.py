"""The contract suite for implementations of `guild.extend.optimizer.Optimizer`.

A test class inherits `OptimizerContract` and implements `make`:

    class TestMyOptimizer(OptimizerContract):
        def make(self):
            return MyOptimizer()
"""

from __future__ import annotations

import copy
import json
import math
import warnings
from abc import ABC, abstractmethod
from typing import Any

import pytest

from guild.extend.optimizer import Optimizer, Trial
from guild.extend.search_space import Categorical, Space, contains
from guild.flags.functions import LogUniform, Uniform
from guild.optimizers.randomness import new_rng, rng_from_state, state_of
from guild.optimizers.suggestion import next_trial

ONE = {"x": Uniform(-1.0, 1.0), "fixed": "abc"}
MIXED = {
    "depth": Uniform(2, 10),
    "fixed": 3,
    "lr": LogUniform(1e-5, 1e-1),
    "momentum": Uniform(0.0, 0.99),
    "opt": ["sgd", "adam", None],
    "shuffle": [True, 1, 2.5],
}
CHOICES = {"a": ["x", "y", "z"], "b": [1, 2]}
FINITE = {"a": Uniform(0, 1), "b": ["x", "y"]}
SINGLE = {"a": Uniform(2, 2), "b": ["only"], "c": LogUniform(0.5, 0.5)}


def objective(flags: dict[str, Any]) -> float:
    """Return a value that differs from point to point."""
    return sum(
        math.sin(3 * value + place) if isinstance(value, (int, float)) else len(str(value))
        for place, value in enumerate(flags.values())
    )


def observed(flags: dict[str, Any], **fields: Any) -> Trial:
    return Trial(flags, objective(flags), seconds=1.0)._replace(**fields)


class OptimizerContract(ABC):
    """Tests that every optimizer must pass."""

    @abstractmethod
    def make(self) -> Optimizer:
        """Return a new optimizer, with few random starts if it has any."""

    def trials(self, space: Space, count: int, seed: int = 1) -> list[Trial]:
        """Return `count` sequential trials."""
        rng = new_rng(seed)
        history: list[Trial] = []
        for _ in range(count):
            history.append(observed(self.suggest(space, history, rng)))
        return history

    def suggest(self, space: Space, history: list[Trial], rng: Any) -> dict[str, Any]:
        flags = next_trial("this", self.make(), space, history, rng)
        assert flags is not None
        return flags

    @pytest.mark.parametrize("flags", [ONE, MIXED, CHOICES, FINITE], ids=str)
    def test_values_lie_in_the_space_and_have_its_types(self, flags: dict[str, Any]) -> None:
        space = Space.of(flags)
        for trial in self.trials(space, 6):
            assert set(trial.flags) == set(flags)
            for name, value in trial.flags.items():
                dimension = space.dimensions.get(name)
                if dimension is None:
                    assert value == flags[name]
                elif isinstance(dimension, Categorical):
                    assert (type(value), value) in [(type(item), item) for item in dimension.values]
                else:
                    assert contains(dimension, value)
                    is_int = isinstance(dimension, Uniform) and type(dimension.low) is int
                    assert type(value) is (int if is_int else float)

    def test_dimension_with_single_value_is_fixed(self) -> None:
        flags = self.suggest(Space.of(SINGLE), [], new_rng(1))
        assert flags == {"a": 2, "b": "only", "c": 0.5}

    def test_single_value_beside_other_dimensions(self) -> None:
        space = Space.of({**SINGLE, "x": Uniform(0, 9)})
        for trial in self.trials(space, 4):
            assert trial.flags["a"] == 2
            assert trial.flags["b"] == "only"

    def test_small_space_is_not_exhausted(self) -> None:
        assert len(self.trials(Space.of(FINITE), 7)) == 7

    def test_same_seed_repeats_values(self) -> None:
        space = Space.of(MIXED)
        assert self.trials(space, 5, seed=3) == self.trials(space, 5, seed=3)

    def test_seeds_differ(self) -> None:
        space = Space.of(MIXED)
        assert self.trials(space, 2, seed=1) != self.trials(space, 2, seed=2)

    def test_resumes_from_saved_state(self) -> None:
        space = Space.of(MIXED)
        undisturbed = self.trials(space, 6)
        rng = new_rng(1)
        history: list[Trial] = []
        while len(history) < 6:
            history.append(observed(self.suggest(space, list(history), rng)))
            rng = rng_from_state(json.loads(json.dumps(state_of(rng))))
        assert history == undisturbed

    def test_arguments_are_not_modified(self) -> None:
        space = Space.of(MIXED)
        history = self.trials(space, 4)
        before = copy.deepcopy((space, history))
        self.suggest(space, history, new_rng(1))
        assert (space, history) == before

    def test_failed_trials_and_missing_objectives_are_ignored(self) -> None:
        space = Space.of(MIXED)
        history = self.trials(space, 4)
        useless = [
            Trial(history[0].flags, None, "error"),
            Trial(history[1].flags, 1.0, "error"),
            Trial(history[1].flags, 1.0, "terminated"),
            Trial(history[2].flags, None),
            Trial(history[2].flags, math.nan),
            Trial(history[3].flags, math.inf),
            Trial(history[3].flags, -math.inf),
        ]
        useless = [trial._replace(in_batch=False) for trial in useless]
        assert self.suggest(space, [*useless, *history], new_rng(1)) == self.suggest(
            space, history, new_rng(1)
        )

    def test_only_failed_trials(self) -> None:
        space = Space.of(MIXED)
        history = [trial._replace(status="error") for trial in self.trials(space, 4)]
        self.suggest(space, history, new_rng(1))

    def test_trials_of_another_space_are_ignored(self) -> None:
        space = Space.of(MIXED)
        history = self.trials(space, 4)
        flags = history[0].flags
        others = [
            {},
            {**flags, "lr": 10.0},
            {**flags, "lr": "fast"},
            {**flags, "depth": 2.5},
            {**flags, "depth": True},
            {**flags, "opt": "lbfgs"},
            {name: value for name, value in flags.items() if name != "momentum"},
        ]
        foreign = [observed(other, in_batch=False) for other in others]
        assert self.suggest(space, [*foreign, *history], new_rng(1)) == self.suggest(
            space, history, new_rng(1)
        )

    def test_pending_trials_are_not_suggested_again(self) -> None:
        space = Space.of(ONE)
        history, rng = self.trials(space, 4, seed=1), new_rng(2)
        for _ in range(3):
            flags = self.suggest(space, history, rng)
            assert all(flags["x"] != trial.flags["x"] for trial in history)
            history.append(Trial(flags, None, "pending"))

    @pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e300])
    def test_objectives_of_any_magnitude(self, scale: float) -> None:
        space = Space.of(ONE)
        history = [
            trial._replace(objective=objective(dict(trial.flags)) * scale)
            for trial in self.trials(space, 4)
        ]
        self.suggest(space, history, new_rng(1))

    def test_equal_objectives(self) -> None:
        space = Space.of(ONE)
        history = [trial._replace(objective=1.0) for trial in self.trials(space, 4)]
        self.suggest(space, history, new_rng(1))

    def test_first_trial_has_the_initial_values(self) -> None:
        space = Space.of({"x": Uniform(1, 30, 2), "y": Uniform(0.0, 1.0)})
        plain = Space.of({"x": Uniform(1, 30), "y": Uniform(0.0, 1.0)})
        first = self.suggest(space, [], new_rng(1))
        assert first == {**self.suggest(plain, [], new_rng(1)), "x": 2}

    def test_emits_no_warnings(self, capfd: pytest.CaptureFixture[str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.trials(Space.of(FINITE), 5)
        assert capfd.readouterr() == ("", "")
