"""Functions as operations: one call, or a search over arguments."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guild import config
from guild.api.selection import select_one
from guild.base.text import did_you_mean
from guild.context import Context
from guild.flags.functions import LogUniform, Uniform, make_distribution
from guild.ipy import rich_display
from guild.launch.function_batch import run_function_batch
from guild.launch.function_search import SearchOptions, bind_restart, plan_search
from guild.ops.functions.function_call import bind_call
from guild.ops.functions.function_run import FunctionRunOptions, run_function
from guild.optimizers.registry import UnknownOptimizerError
from guild.run import Run


class RunResult(NamedTuple):
    """A run and the result of its function."""

    run: Run
    result: Any

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _repr_html_(self) -> str:
        return rich_display.render_run(self.run)


class BatchResult(NamedTuple):
    """The runs of a batch in the order of their start, and the result of each."""

    runs: list[Run]
    results: list[Any]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _repr_html_(self) -> str:
        return rich_display.render_runs(self.runs)


def run(
    op: Callable[..., Any],
    /,
    *args: Any,
    _label: str | None = None,
    _tag: str | None = None,
    _tags: str | Sequence[str] | None = None,
    _comment: str | None = None,
    _op_name: str | None = None,
    _optimizer: str | None = None,
    _minimize: str | None = None,
    _maximize: str | None = None,
    _max_trials: int | None = None,
    _random_seed: int | None = None,
    _jobs: int = 1,
    _restart: Run | str | None = None,
    **kw: Any,
) -> RunResult | BatchResult:
    """Call `op` as a run, and return the run and the result.

    Args:
        args, kw: the arguments of `op`, recorded as the run's flags. A list contains values to
            try; a slice, `uniform` or `loguniform` is a range to search. Each choice is a run;
            runs and results are then lists.
        _label, _tag, _tags, _comment: attributes of the run; a label may refer to flags as
            `${NAME}`.
        _op_name: the name of the operation (default: the function's name).
        _optimizer: `random`, `gp`, `forest`, `gbrt`, or your own.
        _minimize, _maximize: the objective, a column such as `loss`.
        _max_trials: the number of trials (default: 20 in a search, all in a grid).
        _random_seed: the seed of the search.
        _jobs: the number of calls to run at a time, each in its own thread.
        _restart: an interrupted batch, or its ID, to resume with its own arguments.
        _opt_NAME: a flag of the optimizer (in `kw`).

    Raises RunError if `op` raises an exception, RunTerminated for Ctrl-C, TypeError for invalid
    arguments, unknown options and unknown optimizers, and GuildError for invalid values.
    """
    several = [_tags] if isinstance(_tags, str) else _tags or ()
    run_options = FunctionRunOptions(
        op_name=_op_name,
        label=_label,
        tags=tuple(dict.fromkeys([*([] if _tag is None else [_tag]), *several])),
        comment=_comment,
    )
    search_options = SearchOptions(
        _optimizer, _take_optimizer_flags(kw), _minimize, _maximize, _max_trials, _random_seed
    )
    ctx = Context(config.guild_home(must_exist=False), Path.cwd(), os.environ)
    restart = select_one(ctx.home, _restart).run if isinstance(_restart, str) else _restart
    call = bind_restart(op, args, kw, restart) if restart else bind_call(op, args, kw)
    try:
        search = plan_search(
            call,
            search_options._replace(project_dir=ctx.cwd),
            name=_op_name,
            jobs=_jobs,
            restart=restart,
        )
    except UnknownOptimizerError:
        raise TypeError(f"optimizer {_optimizer!r} is not supported") from None
    if search is None:
        return RunResult(*run_function(call, home=ctx.home, options=run_options))
    observer = rich_display.make_observer(search_options)
    return BatchResult(*run_function_batch(search, observer, ctx, run_options))


def _take_optimizer_flags(arguments: dict[str, Any]) -> dict[str, Any]:
    """Remove `_opt_NAME` from `arguments` and return the values by name of the flag.

    Raises TypeError for other names that start with an underscore.
    """
    flags = {}
    for name in [name for name in arguments if name.startswith("_")]:
        if not name.startswith("_opt_"):
            options = [option for option in inspect.signature(run).parameters if option[0] == "_"]
            hint = did_you_mean(name, options)
            raise TypeError(f"run() got an unexpected option '{name}'{hint}")
        flags[name.removeprefix("_opt_").replace("_", "-")] = arguments.pop(name)
    return flags


def uniform(low: float, high: float, initial: float | None = None) -> Uniform | LogUniform:
    """Return the range from `low` to `high`, of integers if both are integers, else of floats.

    `initial` is the value of the first trial. Raises GuildError if `low` is above `high`.
    """
    return _make_distribution("uniform", low, high, initial)


def loguniform(low: float, high: float, initial: float | None = None) -> Uniform | LogUniform:
    """Return the range of floats from `low` to `high` whose logarithms are equally likely.

    `initial` is the value of the first trial. Raises GuildError unless `low` is above zero and
    at most `high`.
    """
    return _make_distribution("loguniform", low, high, initial)


def _make_distribution(
    name: str, low: float, high: float, initial: float | None
) -> Uniform | LogUniform:
    bounds = [low, high, *([] if initial is None else [initial])]
    return make_distribution(name, bounds, name)
