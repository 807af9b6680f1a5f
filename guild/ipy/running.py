"""Running functions: one call, or a search over arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guild import config
from guild.base.errors import GuildError
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
from guild.runs.store import RunStore


class RunResult(NamedTuple):
    """A run and what its function returned."""

    run: Run
    result: Any

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _repr_html_(self) -> str:
        return rich_display.run_html(self.run)


class BatchResult(NamedTuple):
    """The runs of a batch in the order of their start, and what each returned."""

    runs: list[Run]
    results: list[Any]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _repr_html_(self) -> str:
        return rich_display.runs_html(self.runs)


def run(op: Callable[..., Any], /, *args: Any, **kw: Any) -> RunResult | BatchResult:
    """Call `op` in a new run directory; the run and what it returned.

    `args` and `kw` are its arguments, which are recorded as the run's flags. A list is
    several values to try, a slice or `uniform` or `loguniform` a range to search in; the
    runs and what they returned are then a list each. Names that begin with `_` are options:

    - `_label`, `_tag`, `_tags`, `_comment`, `_op_name` describe the run;
    - `_optimizer` (`random`, `gp`, `forest`, `gbrt` or one of your own), `_minimize` or
      `_maximize` (a column, `loss`), `_max_trials`, `_random_seed` say how to search;
      `_opt_NAME` is a flag of the optimizer;
    - `_jobs` is the number of calls to run at a time, each in a thread of its own;
    - `_restart` is an interrupted batch, or its ID, to resume with its own arguments.

    Raises RunError for what `op` raises, RunTerminated for Ctrl-C, TypeError for arguments
    that it does not take, options and optimizers that do not exist, and GuildError.
    """
    arguments = {name: value for name, value in kw.items() if not name.startswith("_")}
    run_options, search_options = _options(
        {name[1:]: value for name, value in kw.items() if name.startswith("_")}
    )
    home = config.guild_home(must_exist=False)
    restart = _find_batch(kw["_restart"], home) if "_restart" in kw else None
    call = bind_restart(op, args, arguments, restart) if restart else bind_call(op, args, arguments)
    try:
        search = plan_search(
            call,
            search_options,
            name=run_options.op_name,
            jobs=kw.get("_jobs", 1),
            restart=restart,
        )
    except UnknownOptimizerError:
        raise TypeError(f"optimizer {search_options.optimizer!r} is not supported") from None
    if search is None:
        return RunResult(*run_function(call, home=home, options=run_options))
    observer = rich_display.observer(search_options)
    ctx = Context(home, Path.cwd(), os.environ)
    batch = run_function_batch(search, observer, ctx, run_options)
    return BatchResult(batch.runs, batch.results)


_RUN_OPTIONS = ("label", "tag", "tags", "comment", "op_name")
_SEARCH_OPTIONS = ("optimizer", "minimize", "maximize", "max_trials", "random_seed")
_BATCH_OPTIONS = ("jobs", "restart")


def _find_batch(batch: Run | str, home: Path) -> Run:
    if isinstance(batch, Run):
        return batch
    matches = RunStore(home).find(batch)
    if len(matches) != 1:
        raise GuildError(f"{'several runs match' if matches else 'no run matches'} '{batch}'")
    return matches[0]


def _options(given: Mapping[str, Any]) -> tuple[FunctionRunOptions, SearchOptions]:
    """The options of run and search that `given` are. Raises TypeError for any other."""
    known = (*_RUN_OPTIONS, *_SEARCH_OPTIONS, *_BATCH_OPTIONS)
    for name in given:
        if name not in known and not name.startswith("opt_"):
            near = did_you_mean(f"_{name}", [f"_{option}" for option in known])
            raise TypeError(f"run() got an unexpected option '_{name}'{near}")
    return (
        FunctionRunOptions(
            op_name=given.get("op_name"),
            label=given.get("label"),
            tags=_tags(given),
            comment=given.get("comment"),
        ),
        SearchOptions(
            **{name: given[name] for name in _SEARCH_OPTIONS if name in given},
            optimizer_options={
                name[len("opt_") :].replace("_", "-"): value
                for name, value in given.items()
                if name.startswith("opt_")
            },
            project_dir=Path.cwd(),
        ),
    )


def _tags(given: Mapping[str, Any]) -> tuple[str, ...]:
    several = given.get("tags") or ()
    several = [several] if isinstance(several, str) else several
    one = given.get("tag")
    return tuple(dict.fromkeys([*([] if one is None else [one]), *several]))


def uniform(low: float, high: float, initial: float | None = None) -> Uniform | LogUniform:
    """Numbers from `low` to `high`, both included: integers if both are, else floats.

    `initial` is the value of the first trial. Raises GuildError for bounds in wrong order.
    """
    return _distribution("uniform", low, high, initial)


def loguniform(low: float, high: float, initial: float | None = None) -> Uniform | LogUniform:
    """Floats from `low`, which is above zero, to `high`, whose logarithms are equally likely.

    `initial` is the value of the first trial. Raises GuildError for other bounds.
    """
    return _distribution("loguniform", low, high, initial)


def _distribution(
    name: str, low: float, high: float, initial: float | None
) -> Uniform | LogUniform:
    bounds = [low, high, *([] if initial is None else [initial])]
    return make_distribution(name, bounds, name)
