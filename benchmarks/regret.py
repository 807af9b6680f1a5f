"""The regret of `gp`, compared with scikit-optimize.

`python -m benchmarks.regret [--seeds 20] [--trials 30]` prints the regret for each function: the
best true value of the trials minus the minimum. A row is marked `worse` if the mean of the paired
differences over the seeds exceeds two standard errors.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tabulate import tabulate

from guild.extend.optimizer import Trial
from guild.extend.search_space import Space
from guild.flags.functions import Uniform
from guild.optimizers.randomness import new_rng, rng_from_state, state_of
from guild.optimizers.skopt_search import GaussianProcessSearch


class Problem(NamedTuple):
    """A function to minimize.

    Attributes:
        name: the name in the table.
        bounds: the lowest and the highest value of each argument.
        value: the true value at a point.
        minimum: the lowest value.
        noise: the standard deviation of the normal noise of an observation.
    """

    name: str
    bounds: list[tuple[float, float]]
    value: Callable[[Sequence[float]], float]
    minimum: float
    noise: float = 0.0


def branin(x: Sequence[float]) -> float:
    """Return the Branin function (Dixon and Szego, 1978)."""
    a = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return a**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann6(x: Sequence[float]) -> float:
    """Return the Hartmann function in six dimensions (Dixon and Szego, 1978)."""
    return -sum(
        weight * math.exp(-sum(a * (xi - p) ** 2 for a, xi, p in zip(row, x, at, strict=True)))
        for weight, row, at in zip(_WEIGHTS, _SCALES, _CENTERS, strict=True)
    )


def wave(x: Sequence[float]) -> float:
    """Return sin(5x) (1 - tanh(x**2)), the example in the documentation of scikit-optimize."""
    return math.sin(5 * x[0]) * (1 - math.tanh(x[0] ** 2))


_WEIGHTS = (1.0, 1.2, 3.0, 3.2)
_SCALES = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
_CENTERS = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)

BRANIN = Problem("Branin", [(-5.0, 10.0), (0.0, 15.0)], branin, 0.39788736)
HARTMANN6 = Problem("Hartmann 6", [(0.0, 1.0)] * 6, hartmann6, -3.32236801)
NOISY_WAVE = Problem("noisy wave", [(-2.0, 2.0)], wave, -0.93037, noise=0.1)
PROBLEMS = (BRANIN, HARTMANN6, NOISY_WAVE)


def by_guild(problem: Problem, trials: int, seed: int) -> list[float]:
    """Return the true values of trials, with the random state saved and restored for each."""
    space = Space.of({f"x{i}": Uniform(*bounds) for i, bounds in enumerate(problem.bounds)})
    optimizer = GaussianProcessSearch()
    observe = observer(problem, seed)
    state = state_of(new_rng(seed))
    history: list[Trial] = []
    for _ in range(trials):
        rng = rng_from_state(json.loads(json.dumps(state)))
        flags = optimizer.suggest(space, history, rng)
        state = state_of(rng)
        assert flags is not None
        history.append(Trial(flags, observe(list(flags.values()))))
    return [problem.value(list(trial.flags.values())) for trial in history]


def by_skopt(problem: Problem, trials: int, seed: int) -> list[float]:
    """Return the true values of `gp_minimize` with the same number of random starts."""
    import skopt

    starts = GaussianProcessSearch().random_starts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = skopt.gp_minimize(
            observer(problem, seed),
            problem.bounds,
            n_calls=trials,
            n_initial_points=starts,
            random_state=seed,
        )
    return [problem.value(point) for point in result.x_iters]


def observer(problem: Problem, seed: int) -> Callable[[Sequence[float]], float]:
    """Return a function that observes the problem, with its noise."""
    noise = new_rng(1000 + seed)
    return lambda x: float(problem.value(x) + problem.noise * noise.normal())


def regrets(problem: Problem, trials: int, seed: int) -> tuple[float, float]:
    """Return the regrets of Guild and of scikit-optimize."""
    mine, theirs = (
        min(method(problem, trials, seed)) - problem.minimum for method in (by_guild, by_skopt)
    )
    return mine, theirs


def row(problem: Problem, pairs: list[tuple[float, float]]) -> list[Any]:
    mine, theirs = zip(*pairs, strict=True)
    differences = [a - b for a, b in pairs]
    mean = statistics.mean(differences)
    error = statistics.stdev(differences) / math.sqrt(len(pairs)) if len(pairs) > 1 else 0.0
    return [
        problem.name,
        f"{statistics.mean(mine):.4f}",
        f"{statistics.median(mine):.4f}",
        f"{statistics.mean(theirs):.4f}",
        f"{statistics.median(theirs):.4f}",
        f"{mean:+.4f} ± {error:.4f}",
        "worse" if mean > 2 * error else "ok",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Regret of gp against scikit-optimize alone.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=30)
    args = parser.parse_args()
    rows = [
        row(problem, [regrets(problem, args.trials, seed) for seed in range(args.seeds)])
        for problem in PROBLEMS
    ]
    header = ["function", "mean", "median", "skopt mean", "median", "difference", ""]
    print(f"regret of gp after {args.trials} trials, {args.seeds} seeds")
    print(tabulate(rows, header, disable_numparse=True))
    return int(any(cells[-1] == "worse" for cells in rows))


if __name__ == "__main__":
    sys.exit(main())
