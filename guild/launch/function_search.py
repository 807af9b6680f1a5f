"""Searches over the arguments of a function, planned as batches."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base.errors import GuildError
from guild.extend.operation_kind import CommandTemplate
from guild.flags.functions import LogUniform, Uniform, distribution_from_slice
from guild.guildfile.opdef import OpDef
from guild.launch.batch_plan import GRID, BatchPlan, batch_opref
from guild.launch.grid import check_lists
from guild.launch.objective import Objective
from guild.opref import OpRef
from guild.ops.define.operation import Operation
from guild.ops.functions.function_call import FunctionCall, bind_call
from guild.ops.plan.label import default_label
from guild.ops.plan.plan import Plan
from guild.run import Run

if TYPE_CHECKING:
    from guild.optimizers.registry import OptimizerKind


class SearchOptions(NamedTuple):
    """Options for a search over the arguments of a function.

    Attributes:
        optimizer: the optimizer's name. By default, a grid is searched, or at random
            if an argument is a range.
        optimizer_options: values of the optimizer's own flags.
        minimize: the column to minimize (default: `loss`).
        maximize: the column to maximize instead.
        max_trials: the largest number of trials (default: 20 in a search, all in a grid).
        random_seed: the seed of the search; None for a new one.
        project_dir: the directory with the project's own optimizers (default: the current one).
    """

    optimizer: str | None = None
    optimizer_options: Mapping[str, Any] = {}  # read-only
    minimize: str | None = None
    maximize: str | None = None
    max_trials: int | None = None
    random_seed: int | None = None
    project_dir: Path | None = None

    @property
    def objective(self) -> str:
        """Return the column to minimize, with a leading `-` to maximize."""
        if self.minimize is not None and self.maximize is not None:
            raise GuildError("only one of minimize and maximize can be the objective")
        if self.maximize is not None:
            return f"-{self.maximize}"
        return "loss" if self.minimize is None else self.minimize


class FunctionSearch(NamedTuple):
    """A search that is ready to run.

    Attributes:
        call: the function and its arguments.
        plan: the plan of the batch. Its flags are the arguments to search.
        objects: lists of arguments that are not flag values, by name. In the plan, their
            indices stand for them.
        jobs: the number of calls to run at a time.
        restart: the batch to resume; None for a new one.
    """

    call: FunctionCall
    plan: BatchPlan
    objects: Mapping[str, list[Any]]
    jobs: int
    restart: Run | None

    def call_with(self, flags: Mapping[str, Any]) -> FunctionCall:
        """Return the call with the arguments that `flags` stand for."""
        return self.call.replace(
            {
                name: self.objects[name][value] if name in self.objects else value
                for name, value in flags.items()
            }
        )


def plan_search(
    call: FunctionCall,
    options: SearchOptions,
    *,
    name: str | None = None,
    jobs: int = 1,
    restart: Run | None = None,
) -> FunctionSearch | None:
    """Plan a search over the arguments of `call`, or return None for a single call.

    A list contains values to try; a slice or a distribution is a range to search.
    Raises GuildError for unknown optimizers, invalid options and invalid ranges.

    Args:
        name: the operation's name (default: the function's name).
        jobs: the number of calls to run at a time, in threads of this process if above 1.
        restart: an unfinished batch to resume, which keeps its own arguments and options.
    """
    if options.max_trials is not None and options.max_trials < 1:
        raise GuildError(f"invalid number of trials {options.max_trials}: it must be at least 1")
    if jobs < 1:
        raise GuildError(f"invalid number of jobs {jobs}: it must be at least 1")
    values = {
        name: distribution_from_slice(value, name) if isinstance(value, slice) else value
        for name, value in call.arguments.items()
        if name in call.explicit
    }
    searched = {n: v for n, v in values.items() if isinstance(v, (list, Uniform, LogUniform))}
    has_ranges = any(not isinstance(value, list) for value in searched.values())
    if not searched and options.optimizer is None and restart is None:
        return None
    objects = {
        name: value
        for name, value in searched.items()
        if isinstance(value, list) and not all(_is_plain(call, name, item) for item in value)
    }
    flags = {name: _with_indices(searched[name], name in objects) for name in searched}
    plan = _batch_plan(call, flags, options, name or call.name)
    if restart is None and (options.optimizer is not None or has_ranges):
        plan = _with_optimizer(plan, {**values, **flags}, options)
    elif restart is None:
        check_lists(plan.proto.flags)  # rejects an invalid grid before anything is written
    return FunctionSearch(call, plan, objects, jobs, restart)


def _is_plain(call: FunctionCall, name: str, value: Any) -> bool:
    """Return whether the run's flags record `value` unchanged."""
    flags = call.replace({name: value}).flags()
    return name in flags and type(flags[name]) is type(value)


def _with_indices(value: Any, is_object_list: bool) -> Any:
    return list(range(len(value))) if is_object_list else value


def _batch_plan(
    call: FunctionCall, flags: dict[str, Any], options: SearchOptions, name: str
) -> BatchPlan:
    project_dir = options.project_dir or Path()
    operation = Operation(
        opref=OpRef("func", "", "", "", name),
        kind="function",
        opdef=OpDef(name=name),
        command=CommandTemplate((), {}, "args"),
        project_dir=project_dir,
        source_root=project_dir,
    )
    seed = options.random_seed
    seed = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    proto = Plan(
        operation=operation,
        flags=flags,
        user_flags=flags,
        cmd=(),
        env={},
        label_template=None,
        label="",
        tags=(),
        comment=None,
        random_seed=seed,
        source_run=None,
        attrs={},
        params={},
    )
    return BatchPlan(
        opref=batch_opref(GRID),
        proto=proto,
        rows=(),
        options={},
        user_options={},
        objective=options.objective,
        max_trials=options.max_trials,
        random_seed=seed,
        label="",
        tags=(),
        comment=None,
    )


def _with_optimizer(
    plan: BatchPlan, values: Mapping[str, Any], options: SearchOptions
) -> BatchPlan:
    from guild.extend.search_space import Space
    from guild.optimizers import registry

    kind = registry.find_optimizer(options.optimizer or "random", plan.proto.operation.project_dir)
    optimizer_options = registry.option_values(kind, _optimizer_options(kind, options))
    # Each of these rejects invalid values before anything is written.
    registry.make_optimizer(kind, optimizer_options)
    Space.of(values)
    Objective.parse(plan.objective)
    return plan._replace(
        opref=batch_opref(kind.name),
        options=optimizer_options,
        user_options=dict(options.optimizer_options),
        label=default_label(optimizer_options, {}),
    )


def _optimizer_options(kind: OptimizerKind, options: SearchOptions) -> dict[str, Any]:
    """Return the given options; by default, no trials start at random before the model is used."""
    random_starts = [flag.name for flag in kind.options or () if flag.name == "random-starts"]
    return {**dict.fromkeys(random_starts, 0), **options.optimizer_options}


def bind_restart(
    function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any], batch: Run
) -> FunctionCall:
    """Bind the arguments of a batch to resume; missing ones come from its record.

    Raises TypeError as `bind_call` does, and GuildError if `batch` is not a batch of functions.
    """
    proto = batch.batch_proto
    if proto is None or proto.opref is None or proto.opref.type != "func":
        raise GuildError(f"run {batch.short_id} is not a batch of function calls")
    bound = inspect.signature(function).bind_partial(*args, **keywords).arguments
    recorded = {name: value for name, value in proto.flags.items() if name not in bound}
    return bind_call(function, args, {**recorded, **keywords})
