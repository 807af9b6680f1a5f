"""Running operations and functions, once or as often as a search says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from guild.base import log
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.observer import RunObserver
from guild.flags.functions import distribution_from_slice
from guild.launch import function_batch, single_run
from guild.launch.batch_directory import stage_batch
from guild.launch.batch_plan import BatchRequest, plan_batch
from guild.launch.batch_start import start_batch
from guild.launch.executor import InProcessExecutor
from guild.launch.function_search import SearchOptions
from guild.launch.function_search import search as function_search
from guild.launch.trial_runs import Trials
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import resolve
from guild.ops.functions import function_run
from guild.ops.functions.function_call import bind_call
from guild.ops.functions.function_run import FunctionRunOptions
from guild.ops.plan.plan import assigned_flags, plan
from guild.ops.plan.request import RunRequest
from guild.ops.process.start import StartOptions
from guild.run import Run
from guild.runs.store import RunStore

_QUIET = StartOptions(quiet=True)


def run_operation(
    opspec: str, flags: Mapping[str, Any], options: FunctionRunOptions, cwd: Path, home: Path
) -> Run:
    """The run of the operation `opspec` of the folder `cwd`, when it has ended.

    Raises GuildError for an operation that does not exist, flags that it does not take, and
    flags that stand for several values.
    """
    request = _request(opspec, flags, options)
    operation = _operation(opspec, cwd, home)
    assigned = assigned_flags(request, operation, home)
    if assigned.many:
        raise GuildError(f"flags of {operation.name} stand for several runs - search them")
    run = RunStore(home).new()
    single_run.run_plan(
        plan(request, operation, assigned),
        run,
        environ=os.environ,
        home=home,
        cwd=cwd,
        options=_QUIET,
    )
    return run


def search_operation(
    opspec: str,
    flags: Mapping[str, Any],
    search: SearchOptions,
    options: FunctionRunOptions,
    cwd: Path,
    home: Path,
) -> list[Run]:
    """The trials of a batch of the operation `opspec` of the folder `cwd`, in their order.

    Raises GuildError as `run_operation` does, and for an optimizer that does not exist.
    """
    _ = search.objective  # is it one?
    request = _request(opspec, flags, options)
    operation = _operation(opspec, cwd, home)
    batch = plan_batch(
        BatchRequest(
            optimizer=search.optimizer,
            optimizer_values=dict(search.optimizer_options),
            minimize=search.minimize,
            maximize=search.maximize,
            max_trials=search.max_trials,
            random_seed=search.random_seed,
        ),
        request,
        operation,
        assigned_flags(request, operation, home),
    )
    run = RunStore(home).new()
    stage_batch(batch, run, environ=os.environ, home=home, cwd=cwd)
    start_batch(
        run,
        executor=InProcessExecutor(_QUIET),
        observer=_Warnings(),
        environ=os.environ,
        home=home,
        cwd=cwd,
    )
    trials = Trials(run, RunStore(home))
    trials.refresh()
    return list(trials)


def _operation(opspec: str, cwd: Path, home: Path) -> Operation:
    return resolve(opspec, Context(home, cwd, os.environ))


def _request(opspec: str, flags: Mapping[str, Any], options: FunctionRunOptions) -> RunRequest:
    values = {
        name: distribution_from_slice(value, name) if isinstance(value, slice) else value
        for name, value in flags.items()
    }
    return RunRequest(
        opspec=opspec,
        values=values,
        label=options.label,
        tags=tuple(options.tags),
        comment=options.comment,
    )


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
    """The run of a call of `function` with `arguments`, as they are.

    Raises RunError for what it raises, TypeError for arguments that it does not take.
    """
    call = bind_call(function, (), arguments)
    return function_run.run_function(call, home=home, options=options)[0]


def search_function(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    search: SearchOptions,
    options: FunctionRunOptions,
    home: Path,
) -> list[Run]:
    """The runs of calls of `function` with what is searched in `arguments`.

    Raises what `run_function` does, and GuildError as `function_search.search` does.
    """
    call = bind_call(function, (), arguments)
    chosen = function_search(call, search)
    if chosen is None:
        raise GuildError(f"there is nothing to search in the arguments of {call.name}")
    return function_batch.run_batch(call, chosen, RunObserver(), home=home, options=options).runs
