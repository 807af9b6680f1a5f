"""Runs and searches of operations and functions, through the run service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from guild.base import log
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.observer import RunObserver
from guild.launch import service
from guild.launch.execution import ExecuteOptions, Outcome
from guild.launch.function_batch import run_function_batch
from guild.launch.function_search import SearchOptions, bind_restart, plan_search
from guild.launch.prepared import PreparedBatch, ResumedBatch, Skipped
from guild.launch.trial_runs import Trials
from guild.ops.functions import function_run
from guild.ops.functions.function_call import bind_call
from guild.ops.functions.function_run import FunctionRunOptions
from guild.ops.plan.request import RunRequest
from guild.run import Run
from guild.runs.store import RunStore


def run_operation(request: RunRequest, ctx: Context, options: ExecuteOptions) -> Run:
    """Execute a request for one run and return the run.

    If an earlier run makes it unnecessary (`needed`), the newest of them is returned.
    Raises GuildError for an operation that does not exist, invalid flags, and flags that
    expand to several runs.
    """
    operation = service.find_operation(request, ctx)
    prepared = service.prepare(request, operation, ctx)
    if isinstance(prepared, (PreparedBatch, ResumedBatch)):
        raise GuildError(f"the flags of {operation.name} expand to several runs; use search()")
    if isinstance(prepared, Skipped):
        return prepared.runs[0]
    for warning in operation.warnings:
        log.warning(warning)
    run = service.execute(prepared, ctx, options).run
    assert run is not None
    return run


def search_operation(request: RunRequest, ctx: Context, options: ExecuteOptions) -> list[Run]:
    """Execute a request for a batch and return its trials in the order of their creation.

    Raises GuildError as `run_operation` does, and for an unknown optimizer.
    """
    operation = service.find_operation(request, ctx)
    prepared = service.prepare(request, operation, ctx, as_batch=True)
    for warning in operation.warnings:
        log.warning(warning)
    outcome = service.execute(prepared, ctx, options, observer=_Warnings())
    return _trials(outcome, ctx)


def _trials(outcome: Outcome, ctx: Context) -> list[Run]:
    if outcome.run is None:
        return []
    trials = Trials(outcome.run, RunStore(ctx.home))
    trials.refresh()
    return list(trials)


class _Warnings(RunObserver):
    """An observer that logs warnings only."""

    def on_warning(self, message: str) -> None:
        log.warning(message)


# -- Functions


def run_function(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    options: FunctionRunOptions,
    home: Path,
) -> Run:
    """Call `function` with `arguments` as a run, and return the run.

    Raises RunError if the function raises an exception, and TypeError for invalid arguments.
    """
    call = bind_call(function, (), arguments)
    return function_run.run_function(call, home=home, options=options)[0]


def search_function(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    search: SearchOptions,
    options: FunctionRunOptions,
    ctx: Context,
    *,
    jobs: int = 1,
    restart: Run | None = None,
) -> list[Run]:
    """Search over the `arguments` of `function` and return the runs of its calls.

    Raises what `run_function` raises, and GuildError as `plan_search` does.
    """
    if restart is None:
        call = bind_call(function, (), arguments)
    else:
        call = bind_restart(function, (), arguments, restart)
    planned = plan_search(call, search, name=options.op_name, jobs=jobs, restart=restart)
    if planned is None:
        raise GuildError(
            f"nothing to search in the arguments of {call.name}; pass a list or a range"
        )
    return run_function_batch(planned, _Warnings(), ctx, options).runs
