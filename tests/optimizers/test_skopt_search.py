"""Optimizers based on scikit-optimize: the contract and the documented values."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skopt
from skopt.utils import cook_estimator, normalize_dimensions

from guild.base.errors import GuildError
from guild.extend.optimizer import Optimizer, Trial
from guild.extend.search_space import Space
from guild.flags.functions import LogUniform, Uniform
from guild.optimizers.randomness import new_rng
from guild.optimizers.skopt_search import (
    ForestSearch,
    GaussianProcessSearch,
    GradientBoostingSearch,
    RandomSearch,
)
from guild.testing.optimizers import OptimizerContract


class TestRandom(OptimizerContract):
    def make(self) -> Optimizer:
        return RandomSearch()


class TestGaussianProcess(OptimizerContract):
    def make(self) -> Optimizer:
        return GaussianProcessSearch(random_starts=2)


class TestGaussianProcessPerSecond(OptimizerContract):
    def make(self) -> Optimizer:
        return GaussianProcessSearch(random_starts=2, acq_func="EIps")


class TestForest(OptimizerContract):
    def make(self) -> Optimizer:
        return ForestSearch(random_starts=2)


class TestGradientBoosting(OptimizerContract):
    def make(self) -> Optimizer:
        return GradientBoostingSearch(random_starts=2)


def search(
    optimizer: Optimizer,
    flags: dict[str, Any],
    objective: Callable[[dict[str, Any]], float],
    count: int,
    seed: int,
) -> tuple[list[dict[str, Any]], list[str | None]]:
    """Return the flags of `count` trials and the basis message of each."""
    space, rng = Space.of(flags), new_rng(seed)
    history: list[Trial] = []
    told = []
    for _ in range(count):
        told.append(optimizer.basis(space, history, count))
        suggested = optimizer.suggest(space, history, rng)
        assert suggested is not None
        history.append(Trial(suggested, objective(suggested)))
    return [dict(trial.flags) for trial in history], told


def a_plus_b(flags: dict[str, Any]) -> float:
    return float(flags["a"] + flags["b"])


A_AND_B = {"a": Uniform(-10, 10), "b": Uniform(-5, 5)}
FOUND = "Found {} previous trial(s) for use in optimization".format


def test_documented_values_of_random():
    flags, told = search(RandomSearch(), {"a": Uniform(0, 5), "b": 12}, a_plus_b, 3, seed=1)
    assert flags == [{"a": 3, "b": 12}, {"a": 4, "b": 12}, {"a": 0, "b": 12}]
    assert told == [None, None, None]


def test_documented_values_of_gp():
    optimizer = GaussianProcessSearch(random_starts=0, xi=0.02)
    flags, told = search(optimizer, A_AND_B, a_plus_b, 3, seed=1)
    assert flags == [{"a": -2, "b": 2}, {"a": 10, "b": -5}, {"a": 10, "b": 5}]
    assert told == [
        "Random start for optimization (missing previous trials)",
        FOUND(1),
        FOUND(2),
    ]


def test_documented_values_of_forest():
    optimizer = ForestSearch(random_starts=2, kappa=2.0, xi=0.05)
    flags, told = search(optimizer, A_AND_B, a_plus_b, 3, seed=1)
    assert flags == [{"a": 1, "b": 3}, {"a": 8, "b": 3}, {"a": 10, "b": -4}]
    assert told == [
        "Random start for optimization (1 of 2)",
        "Random start for optimization (2 of 2)",
        FOUND(2),
    ]


def test_documented_values_of_gbrt():
    optimizer = GradientBoostingSearch(random_starts=2, kappa=2.0)
    flags, told = search(optimizer, A_AND_B, a_plus_b, 4, seed=2)
    assert [(trial["a"], trial["b"]) for trial in flags] == [(-2, 3), (4, 0), (-4, 3), (-9, -5)]
    assert told[2:] == [FOUND(2), FOUND(3)]


def test_random_values_of_guild_ai():
    """Guild AI 0.9: `guild run x.py x=[1:30:2] n=[0:10] s=[a,b] --random-seed 1`."""
    flags = {"x": Uniform(1, 30, 2), "n": Uniform(0, 10), "s": ["a", "b"]}
    trials, _ = search(RandomSearch(), flags, lambda _: 0.0, 4, seed=1)
    assert [(trial["n"], trial["s"], trial["x"]) for trial in trials] == [
        (8, "a", 2),
        (5, "a", 17),
        (1, "a", 14),
        (6, "b", 21),
    ]
    trials, _ = search(RandomSearch(), {"x": LogUniform(1, 30)}, lambda _: 0.0, 3, seed=1)
    assert [trial["x"] for trial in trials] == pytest.approx(
        [29.714120424649693, 23.850654250202467, 1.5461632455929517]
    )


@pytest.mark.filterwarnings("ignore:The objective has been evaluated")
@pytest.mark.parametrize("acq_func", ["gp_hedge", "EI", "LCB"])
def test_gp_is_gp_minimize_one_point_at_a_time(acq_func: str):
    """The random states between trials equal those of scikit-optimize, draw by draw."""
    dimensions = [(-5.0, 10.0), (0.0, 15.0)]
    flags = {"x": Uniform(-5.0, 10.0), "y": Uniform(0.0, 15.0)}
    mine, theirs = new_rng(7), new_rng(7)
    optimizer = GaussianProcessSearch(random_starts=2, acq_func=acq_func)
    history: list[Trial] = []
    for number in range(6):
        suggested = optimizer.suggest(Space.of(flags), history, mine)
        assert suggested is not None
        earlier = {
            "x0": [list(trial.flags.values()) for trial in history],
            "y0": [trial.objective for trial in history],
        }
        result = skopt.gp_minimize(
            lambda _: 0.0,
            dimensions,
            base_estimator=cook_estimator(
                "GP",
                space=normalize_dimensions(dimensions),
                random_state=theirs,
                normalize_y=number >= 3,
            ),
            n_calls=1,
            n_initial_points=1 if number < 2 else 0,
            acq_func=acq_func,
            xi=0.05,
            random_state=theirs,
            **(earlier if number >= 2 else {}),
        )
        assert list(suggested.values()) == pytest.approx(result.x_iters[-1], rel=1e-6)
        assert mine.get_state()[2] == theirs.get_state()[2]
        assert np.array_equal(mine.get_state()[1], theirs.get_state()[1])
        point = [suggested["x"], suggested["y"]]
        history.append(Trial(suggested, float(np.sin(point[0]) + point[1] / 5)))


def test_pending_points_count_as_best_value_so_far():
    space = Space.of({"a": Uniform(-10.0, 10.0), "b": Uniform(-5.0, 5.0)})
    points = [(-2.0, 2.5), (9.0, -5.0), (3.0, 3.0), (-6.0, -1.0)]
    told = [Trial({"a": a, "b": b}, a + 2 * b) for a, b in points]
    pending = Trial({"a": -9.0, "b": 0.0}, None, "running")
    optimizer = GaussianProcessSearch(random_starts=0, acq_func="EI")

    def suggested(last: Trial) -> dict[str, Any] | None:
        return optimizer.suggest(space, [*told, last], new_rng(1))

    assert suggested(pending) == suggested(pending._replace(objective=-8.0, status="completed"))
    assert suggested(pending) != suggested(pending._replace(objective=-7.0, status="completed"))
    assert optimizer.basis(space, [*told, pending], None) == FOUND(4)


@pytest.mark.parametrize("status", ["completed", "error"])
def test_points_without_objective_are_not_suggested_again(status: str) -> None:
    """The objective decreases to the left, where trials log none."""
    space = Space.of({"x": Uniform(0.0, 1.0)})
    optimizer, rng = GaussianProcessSearch(), new_rng(1)
    history: list[Trial] = []
    for _ in range(10):
        flags = optimizer.suggest(space, history, rng)
        assert flags is not None
        fails = flags["x"] < 0.5
        history.append(
            Trial(flags, float("nan") if fails else flags["x"], status if fails else "completed")
        )
    failed = [trial.flags["x"] for trial in history if not trial.is_observed]
    assert len(failed) <= 5
    assert min(trial.flags["x"] for trial in history if trial.is_observed) < 0.65


def test_random_starts_count_only_trials_of_the_batch():
    space = Space.of(A_AND_B)
    optimizer = ForestSearch(random_starts=3)
    other = Trial({"a": 1, "b": 1}, 2.0, in_batch=False)
    failed = Trial({"a": 1, "b": 1}, None, "error")
    assert optimizer.basis(space, [other], 20) == "Random start for optimization (1 of 3)"
    assert optimizer.basis(space, [other, failed], 2) == "Random start for optimization (2 of 2)"
    assert optimizer.basis(space, [failed] * 3, 20) == (
        "Random start for optimization (missing previous trials)"
    )
    assert optimizer.basis(space, [other, *[failed] * 3], 20) == FOUND(1)


def test_noise_is_a_number_or_gaussian():
    GaussianProcessSearch(noise=0.1)
    with pytest.raises(GuildError) as error:
        GaussianProcessSearch(noise="loud")
    assert error.value.message == (
        "invalid value 'loud' for flag 'noise': use 'gaussian' or a number"
    )


def test_finding_an_optimizer_does_not_import_libraries():
    code = (
        "import sys, guild.optimizers.registry; "
        "print([m for m in ('skopt', 'numpy', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
