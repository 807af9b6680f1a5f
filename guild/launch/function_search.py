"""Which arguments a function is called with next: those of a grid, or what an optimizer
suggests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from guild.base import log
from guild.base.errors import GuildError
from guild.flags.functions import LogUniform, Uniform, distribution_from_slice
from guild.launch.grid import DEFAULT_MAX_TRIALS, Grid, sample
from guild.launch.objective import Objective
from guild.ops.functions.function_call import FunctionCall
from guild.run import Run

if TYPE_CHECKING:
    from guild.extend.optimizer import Trial
    from guild.optimizers.registry import OptimizerKind


class SearchOptions(NamedTuple):
    """How the arguments of several calls are chosen.

    Attributes:
        optimizer: its name; None for a grid, or for random search where an argument is
            a range.
        optimizer_options: values of the optimizer's own flags.
        minimize, maximize: the objective, a column; `loss` is minimized without.
        max_trials: None for 20.
        random_seed: None for a new one.
        project_dir: where optimizers of one's own are looked for; None for the current
            directory.
    """

    optimizer: str | None = None
    optimizer_options: Mapping[str, Any] = {}  # never written to
    minimize: str | None = None
    maximize: str | None = None
    max_trials: int | None = None
    random_seed: int | None = None
    project_dir: Path | None = None

    @property
    def objective(self) -> str:
        """The column that is minimized, with `-` in front to maximize."""
        if self.minimize is not None and self.maximize is not None:
            raise GuildError("only one of minimize and maximize can be the objective")
        if self.maximize is not None:
            return f"-{self.maximize}"
        return "loss" if self.minimize is None else self.minimize


class Search(Protocol):
    """Chooses arguments, one call after the other.

    Attributes:
        most: how many calls there will be at the most.
    """

    most: int

    def next(self, trials: Sequence[Run]) -> dict[str, Any] | None:
        """Arguments of the call that follows `trials`; None if there are no more."""


def search(call: FunctionCall, options: SearchOptions) -> Search | None:
    """How the arguments of `call` are searched; None if it is one call and no more.

    Of what was passed, a list is the values to try, and a slice or a distribution a range to
    search in. Raises GuildError for an optimizer that does not exist, its options, and
    ranges that are none.
    """
    if options.max_trials is not None and options.max_trials < 1:
        raise GuildError(f"invalid number of trials {options.max_trials}: it must be at least 1")
    values = {
        name: distribution_from_slice(value, name) if isinstance(value, slice) else value
        for name, value in call.arguments.items()
        if name in call.explicit
    }
    ranges = any(isinstance(value, (Uniform, LogUniform)) for value in values.values())
    if options.optimizer is not None or ranges:
        return _Suggested({**call.arguments, **values}, call.explicit, options)
    if any(isinstance(value, list) for value in values.values()):
        return _Listed(
            {name: value for name, value in values.items() if isinstance(value, list)}, options
        )
    return None


class _Listed:
    """All combinations of the lists."""

    def __init__(self, lists: Mapping[str, Any], options: SearchOptions) -> None:
        grid = Grid(lists)
        seed = _seed(options)
        self._trials = sample(grid, options.max_trials, seed)
        self.most = len(self._trials)
        if options.max_trials is None and self.most < len(grid):
            log.warning(
                f"running {self.most} of {len(grid)} combinations, chosen at random - "
                "the maximum number of trials is what says how many"
            )

    def next(self, trials: Sequence[Run]) -> dict[str, Any] | None:
        return self._trials[len(trials)] if len(trials) < self.most else None


class _Suggested:
    """The suggestions of an optimizer."""

    def __init__(
        self, values: Mapping[str, Any], given: frozenset[str], options: SearchOptions
    ) -> None:
        from guild.extend.search_space import Space
        from guild.optimizers import registry
        from guild.optimizers.randomness import new_rng

        folder = options.project_dir or Path(os.getcwd())
        kind = registry.find_optimizer(options.optimizer or "random", folder)
        own_options = registry.option_values(kind, _own_options(kind, options))
        if own_options.get("prev-trials", "batch") != "batch":
            raise GuildError("functions are searched from the trials of their own batch alone")
        self._name = kind.name
        self._optimizer = registry.make_optimizer(kind, own_options)
        self._space = Space.of({name: values[name] for name in values if name in given})
        self._objective = Objective.parse(options.objective)
        self._rng = new_rng(_seed(options))
        self._history: list[Trial] = []
        self._is_checked = False
        self.most = DEFAULT_MAX_TRIALS if options.max_trials is None else options.max_trials

    def next(self, trials: Sequence[Run]) -> dict[str, Any] | None:
        from guild.extend.optimizer import Trial
        from guild.optimizers.suggestion import next_trial

        if len(trials) >= self.most:
            return None
        for run in trials[len(self._history) :]:
            self._check_objective(run)
            trial = Trial(run.flags, self._objective.loss(run), run.status)
            self._history.append(trial)
        if basis := self._optimizer.basis(self._space, self._history, self.most):
            log.info(basis)
        return next_trial(self._name, self._optimizer, self._space, self._history, self._rng)

    def _check_objective(self, run: Run) -> None:
        """Tell at the first trial that completed if it has no objective."""
        if self._is_checked or run.status != "completed" or not self._optimizer.learns:
            return
        self._is_checked = True
        missing = self._objective.describe_missing(run)
        if missing is not None:
            log.warning(missing)


def _own_options(kind: OptimizerKind, options: SearchOptions) -> dict[str, Any]:
    """What is said of the optimizer's flags. Functions are searched by its model from the
    second trial on, unless a number of random starts is given."""
    starts = [flag.name for flag in kind.options or () if flag.name == "random-starts"]
    return {**dict.fromkeys(starts, 0), **options.optimizer_options}


def _seed(options: SearchOptions) -> int:
    if options.random_seed is not None:
        return options.random_seed
    return int.from_bytes(os.urandom(4), "big")
