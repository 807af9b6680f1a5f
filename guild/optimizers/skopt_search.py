"""Random and sequential model-based search by scikit-optimize.

A model-based search returns the same values as scikit-optimize's `gp_minimize`,
`forest_minimize` or `gbrt_minimize` called for one more point, with all earlier points as `x0`
and `y0` and with the random state passed from call to call. Random search returns the
points of a single `dummy_minimize`.

scikit-optimize takes a second to import, so it is imported with the first suggestion.
"""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base.errors import GuildError
from guild.extend.optimizer import (
    PREV_TRIALS,
    Optimizer,
    Trial,
    count_in_batch,
)
from guild.extend.search_space import Categorical, Dimension, Space, index_of, is_integer
from guild.flags.flagdef import FlagChoice, FlagDef
from guild.flags.functions import LogUniform, Uniform

if TYPE_CHECKING:
    from numpy.random import RandomState

_KAPPA = FlagDef(
    "kappa",
    default=1.96,
    type="float",
    description="Degree to which variance in the predicted values is taken into account",
)
_RANDOM_STARTS = FlagDef(
    "random-starts",
    default=3,
    type="int",
    description="Number of trials using random values before optimizing",
    min=0,
)
_XI = FlagDef(
    "xi",
    default=0.05,
    type="float",
    description="Improvement to seek over the previous best values",
)
_ACQ_FUNC = FlagDef(
    "acq-func",
    default="gp_hedge",
    type="string",
    description="Function to minimize over the gaussian prior",
    choices=(
        FlagChoice("LCB", "Lower confidence bound"),
        FlagChoice("EI", "Negative expected improvement"),
        FlagChoice("PI", "Negative probability of improvement"),
        FlagChoice("gp_hedge", "Probabilistically use LCB, EI, or PI at every iteration"),
        FlagChoice("EIps", "Negative expected improvement per second"),
        FlagChoice("PIps", "Negative probability of improvement per second"),
    ),
)
_NOISE = FlagDef(
    "noise",
    default="gaussian",
    type=None,
    description=(
        "Level of noise associated with the objective\n\n"
        "Use 'gaussian' if the objective returns noisy observations, otherwise specify "
        "the expected variance of the noise."
    ),
)

_MIN_OBSERVED_TO_NORMALIZE = 3
_MAX_OBJECTIVE = 1e100  # models square the objective, which must not overflow


class RandomSearch(Optimizer):
    """Random search: each trial is independent of the others."""

    description = "Batch processor supporting random flag value generation."
    learns = False

    def suggest(
        self, space: Space, history: Sequence[Trial], rng: RandomState
    ) -> dict[str, Any] | None:
        """See `Optimizer.suggest`. Draws the same values as one `dummy_minimize` of all trials."""
        if not space.dimensions:
            return dict(space.fixed)
        with _quietly():
            import numpy as np
            import skopt

            if count_in_batch(history) == 0:
                # `dummy_minimize` draws the seed of a model here and never uses it.
                rng.randint(0, np.iinfo(np.int32).max)
            (point,) = skopt.Space(_skopt_dimensions(space)).rvs(random_state=rng)
        return _flags(space, history, point)


class _Observed(NamedTuple):
    """The points that a model learns from, in skopt's representation, and their objectives."""

    points: list[list[Any]]
    values: list[Any]


class _ModelSearch(Optimizer):
    """Random starts, followed by the most promising point of a model of all earlier trials.

    Pending points are passed to the model with an invented value: the best one so far. This is
    the *constant liar* (with the minimum) of Ginsbourger, Le Riche and Carraro, "Kriging is
    well-suited to parallelize optimization", 2010. The lie keeps the model from proposing
    the same point for two jobs. It is replaced by the trial's own value once that is available.

    Trials that failed or logged no objective do not inform the model, which may therefore
    propose the same point forever. In that case they are passed to the model with the worst
    value so far, and it proposes another point.
    """

    acq_func: str = "EI"

    def __init__(
        self,
        random_starts: int = _RANDOM_STARTS.default,
        kappa: float = _KAPPA.default,
        xi: float = _XI.default,
    ) -> None:
        self.random_starts = random_starts
        self.kappa = kappa
        self.xi = xi

    def suggest(
        self, space: Space, history: Sequence[Trial], rng: RandomState
    ) -> dict[str, Any] | None:
        """See `Optimizer.suggest`. Draws the same values as scikit-optimize's `*_minimize`."""
        if not space.dimensions:
            return dict(space.fixed)
        with _quietly():
            observed = self._observed(space, history)
            model = self._model(space, len(observed.points), rng)
            if self._starts_randomly(history, observed):
                (point,) = model.space.rvs(random_state=rng)
            else:
                data = self._with_lies(observed, space, history)
                model.tell(data.points, data.values)
                point = model.ask()
                unobserved = _unobserved_points(space, history)
                if any(_is_near(space, point, other) for other in unobserved):
                    model.tell(unobserved, [max(observed.values)] * len(unobserved))
                    point = model.ask()
            _advance_rng(model, point)
        return _flags(space, history, point)

    def basis(self, space: Space, history: Sequence[Trial], max_trials: int | None) -> str | None:
        """See `Optimizer.basis`."""
        started = count_in_batch(history)
        if started < self.random_starts:
            starts = min(self.random_starts, max_trials or self.random_starts)
            # Guild AI 0.9 wording, like the messages below
            return f"Random start for optimization ({started + 1} of {starts})"
        count = len(self._observed(space, history).points)
        if not count:
            return "Random start for optimization (missing previous trials)"
        return f"Found {count} previous trial(s) for use in optimization"

    @abstractmethod
    def _estimator(self, dimensions: list[Any], count_observed: int, rng: RandomState) -> Any:
        """Return the regressor that predicts the objective from `count_observed` trials."""

    def _model(self, space: Space, count_observed: int, rng: RandomState) -> Any:
        import skopt
        from skopt.utils import has_gradients

        dimensions = _skopt_dimensions(space)
        estimator = self._estimator(dimensions, count_observed, rng)
        return skopt.Optimizer(
            dimensions,
            estimator,
            # scikit-optimize's default, which it cannot derive for a wrapped estimator (`EIps`).
            acq_optimizer="auto" if has_gradients(estimator) else "sampling",
            n_initial_points=0,
            acq_func=self.acq_func,
            acq_func_kwargs={"xi": self.xi, "kappa": self.kappa},
            random_state=rng,
        )

    def _starts_randomly(self, history: Sequence[Trial], observed: _Observed) -> bool:
        return count_in_batch(history) < self.random_starts or not observed.points

    def _observed(self, space: Space, history: Sequence[Trial]) -> _Observed:
        observed = _Observed([], [])
        for trial in history:
            point = _skopt_point(space, trial)
            value = self._value(trial)
            if point is not None and value is not None:
                observed.points.append(point)
                observed.values.append(value)
        return observed

    @property
    def _is_per_second(self) -> bool:
        return self.acq_func.endswith("ps")

    def _value(self, trial: Trial) -> Any:
        """Return the value of `trial` for the model, with its seconds for the `ps` functions."""
        if trial.objective is None or not trial.is_observed:
            return None
        objective = min(max(trial.objective, -_MAX_OBJECTIVE), _MAX_OBJECTIVE)
        if not self._is_per_second:
            return objective
        return (objective, trial.seconds) if trial.seconds else None

    def _with_lies(self, observed: _Observed, space: Space, history: Sequence[Trial]) -> _Observed:
        pending = [_skopt_point(space, trial) for trial in history if trial.is_pending]
        points = [point for point in pending if point is not None]
        lie: Any = min(observed.values)
        if self._is_per_second:
            lie = (lie[0], min(seconds for _, seconds in observed.values))
        return _Observed(observed.points + points, observed.values + [lie] * len(points))


class GaussianProcessSearch(_ModelSearch):
    """Bayesian search with Gaussian processes, like `gp_minimize`.

    The objective is normalized, as in scikit-optimize, once three values exist; fewer have no
    meaningful spread. Guild AI 0.9 never normalizes, so it stays far from the minimum of an
    objective with large values such as Branin's.
    """

    description = (
        "Bayesian optimizer using Gaussian processes.\n\n"
        "Refer to https://scikit-optimize.github.io/#skopt.gp_minimize for details on "
        "this algorithm and its flags."
    )
    options = (_ACQ_FUNC, _KAPPA, _NOISE, PREV_TRIALS, _RANDOM_STARTS, _XI)

    def __init__(
        self,
        random_starts: int = _RANDOM_STARTS.default,
        kappa: float = _KAPPA.default,
        xi: float = _XI.default,
        acq_func: str = _ACQ_FUNC.default,
        noise: str | float = _NOISE.default,
    ) -> None:
        super().__init__(random_starts, kappa, xi)
        if isinstance(noise, str) and noise != "gaussian":
            raise GuildError(
                f"invalid value {noise!r} for flag 'noise': use 'gaussian' or a number"
            )
        self.acq_func = acq_func
        self.noise = noise

    def _estimator(self, dimensions: list[Any], count_observed: int, rng: RandomState) -> Any:
        from skopt.utils import cook_estimator, normalize_dimensions

        return cook_estimator(
            "GP",
            space=normalize_dimensions(dimensions),
            random_state=rng,
            noise=self.noise,
            normalize_y=count_observed >= _MIN_OBSERVED_TO_NORMALIZE,
        )


class ForestSearch(_ModelSearch):
    """Search with extra trees, like `forest_minimize`."""

    description = (
        "Sequential optimization using decision trees.\n\n"
        "Refer to https://scikit-optimize.github.io/#skopt.forest_minimize for details on "
        "this algorithm and its flags."
    )
    options = (_KAPPA, PREV_TRIALS, _RANDOM_STARTS, _XI)

    def _estimator(self, dimensions: list[Any], count_observed: int, rng: RandomState) -> Any:
        import numpy as np
        from skopt.utils import cook_estimator

        return cook_estimator("ET", random_state=rng.randint(0, np.iinfo(np.int32).max))


class GradientBoostingSearch(_ModelSearch):
    """Search with gradient boosted trees, like `gbrt_minimize`."""

    description = (
        "Sequential optimization using gradient boosted regression trees.\n\n"
        "Refer to https://scikit-optimize.github.io/#skopt.gbrt_minimize for details on "
        "this algorithm and its flags."
    )
    options = (_KAPPA, PREV_TRIALS, _RANDOM_STARTS, _XI)

    def _estimator(self, dimensions: list[Any], count_observed: int, rng: RandomState) -> Any:
        from sklearn.ensemble import GradientBoostingRegressor

        from guild.optimizers.skopt_adapter import QuantileRegressor

        trees = GradientBoostingRegressor(n_estimators=30, loss="quantile")
        return QuantileRegressor(base_estimator=trees, random_state=rng)


# -- scikit-optimize


@contextmanager
def _quietly() -> Iterator[None]:
    """Suppress warnings of the libraries, such as those of fits that did not converge.

    Also limit them to one thread: on matrices this small, threads cost more than they save.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import skopt  # noqa: F401  # only imported libraries can be limited
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            yield


def _advance_rng(model: Any, point: list[Any]) -> None:
    """Advance the random state as scikit-optimize does after trying `point`.

    scikit-optimize then fits again and proposes a point that is never used. This function makes
    the same draws without the proposal. With `gp_hedge` the draws depend on that fit, which
    assumes an objective of 0.
    """
    import numpy as np
    from sklearn.base import clone

    gains = np.zeros(len(model.cand_acq_funcs_))
    if model.acq_func == "gp_hedge" and model.models:
        refit = clone(model.base_estimator_)
        refit.fit(model.space.transform([*model.Xi, point]), [*model.yi, 0.0])
        gains = model.gains_ - refit.predict(np.vstack(model.next_xs_))
    model.space.rvs(n_samples=model.n_points, random_state=model.rng)
    if model.acq_func == "gp_hedge":
        odds = np.exp(model.eta * (gains - np.max(gains)))
        model.rng.multinomial(1, odds / np.sum(odds))


def _skopt_dimensions(space: Space) -> list[Any]:
    return [_skopt_dimension(dimension) for dimension in space.dimensions.values()]


def _skopt_dimension(dimension: Dimension) -> Any:
    """Convert `dimension`. Categories become indices, as scikit-optimize mixes up value types."""
    from skopt import space as skopt_space

    if isinstance(dimension, Categorical):
        return skopt_space.Categorical(range(len(dimension.values)))
    prior = "uniform" if isinstance(dimension, Uniform) else "log-uniform"
    if is_integer(dimension):
        return skopt_space.Integer(dimension.low, dimension.high, prior=prior)
    return skopt_space.Real(dimension.low, dimension.high, prior=prior)


def _skopt_point(space: Space, trial: Trial) -> list[Any] | None:
    values = space.point(trial.flags)
    if values is None:
        return None
    return [
        index_of(dimension, value) if isinstance(dimension, Categorical) else value
        for dimension, value in zip(space.dimensions.values(), values, strict=True)
    ]


def _unobserved_points(space: Space, history: Sequence[Trial]) -> list[list[Any]]:
    """Return the points of trials that ended without an objective."""
    points = [
        _skopt_point(space, trial)
        for trial in history
        if not trial.is_observed and not trial.is_pending
    ]
    return [point for point in points if point is not None]


_NEAR = 0.01  # of a dimension's range


def _is_near(space: Space, point: Sequence[Any], other: Sequence[Any]) -> bool:
    """Return whether the objectives at `point` and `other` are likely to be similar."""
    return all(
        _distance(dimension, a, b) <= _NEAR
        for dimension, a, b in zip(space.dimensions.values(), point, other, strict=True)
    )


def _distance(dimension: Dimension, a: Any, b: Any) -> float:
    """Return the distance of two values as a fraction of the dimension's range."""
    if isinstance(dimension, Categorical):
        return float(a != b)
    low, high = dimension.low, dimension.high
    if isinstance(dimension, LogUniform):
        low, high, a, b = (math.log(max(number, low)) for number in (low, high, a, b))
    return float(abs(a - b) / (high - low))


def _flags(space: Space, history: Sequence[Trial], point: Sequence[Any]) -> dict[str, Any]:
    """Return the flags of the trial at `point`; the first trial gets the initial values."""
    flags = dict(space.fixed)
    for (name, dimension), value in zip(space.dimensions.items(), point, strict=True):
        flags[name] = _value(dimension, value)
    return flags | (space.initial if count_in_batch(history) == 0 else {})


def _value(dimension: Dimension, value: Any) -> Any:
    if isinstance(dimension, Categorical):
        return dimension.values[int(value)]
    if is_integer(dimension):
        return int(value)
    # Rounding in skopt's transformations may leave the value just outside a bound.
    return min(max(float(value), float(dimension.low)), float(dimension.high))
