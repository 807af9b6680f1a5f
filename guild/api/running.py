"""Runs and searches of operations and functions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from guild import config
from guild.api.lookup import AnyRun
from guild.base import log
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.observer import RunObserver
from guild.flags.functions import values_with_ranges
from guild.index.query import IndexedRun
from guild.launch import function_search, service
from guild.launch.execution import BACKGROUND, RUN, STAGE, ExecuteOptions
from guild.launch.function_batch import run_function_batch
from guild.launch.function_search import SearchOptions
from guild.launch.prepared import PreparedBatch, ResumedBatch, Skipped
from guild.launch.trial_runs import Trials
from guild.ops.functions.function_call import bind_call
from guild.ops.functions.function_run import FunctionRunOptions, run_function
from guild.ops.functions.function_run import RunError as RunError
from guild.ops.functions.function_run import RunException as RunException
from guild.ops.functions.function_run import RunTerminated as RunTerminated
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.run import Run
from guild.runs.store import RunStore

Operation: TypeAlias = str | Callable[..., Any]
StrPath: TypeAlias = str | os.PathLike[str]


def run(
    operation: Operation | None = None,
    flags: Mapping[str, Any] | None = None,
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    proto: AnyRun | None = None,
    restart: AnyRun | None = None,
    needed: bool = False,
    stage: bool = False,
    background: bool = False,
    dependencies: Sequence[StrPath] = (),
    gpus: str | None = None,
    random_seed: int | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    run_dir: StrPath | None = None,
    cwd: StrPath | None = None,
    home: StrPath | None = None,
) -> Run:
    """Run `operation` with `flags`, wait for its end and return the run, even if it failed.

    A string is what `guild run` accepts in the directory `cwd` (default: the current one): an
    operation of its guild.yml, a script, a notebook. Output is recorded and not printed. None is
    the default operation, or that of `proto` or `restart`. A function is called in this process;
    only `label`, `tags`, `comment` and `home` apply to functions.

    Args:
        operation: an operation, a file, a module, or a function.
        flags: values by name.
        label, tags, comment: attributes of the run; a label may refer to flags as `${NAME}`.
        proto: a run whose operation, flags and source code are used.
        restart: a run to start again in its own directory.
        needed: return an earlier run with the same flags that has not failed, if any.
        stage: only write the run directory; start it later by `restart`.
        background: return when the run has started.
        dependencies: files and directories that the run requires.
        gpus: comma-separated ids of the GPUs to use; an empty string for none.
        random_seed: the run's random seed (default: a new one).
        stop_after: minutes after which the run is stopped.
        force_flags: accept unknown flags and invalid values.
        force_deps: continue if a requirement is missing.
        force_sourcecode: use the project's source code with `proto` or `restart`.
        run_dir: a run directory outside of the home.

    Raises GuildError for an operation that does not exist, invalid flags, and flags that
    expand to several runs; RunError if a function raises an exception, and RunTerminated if
    Ctrl-C interrupts it.
    """
    attrs = FunctionRunOptions(label=label, tags=tags, comment=comment)
    if callable(operation):
        call = bind_call(operation, (), flags or {})
        return run_function(call, home=find_home(home), options=attrs)[0]
    request = _make_request(operation, flags or {}, attrs, proto, restart, dependencies)._replace(
        needed=needed,
        is_staging=stage,
        run_dir=None if run_dir is None else Path(os.path.abspath(run_dir)),
        gpus=gpus,
        random_seed=random_seed,
        force_flags=force_flags,
        force_deps=force_deps,
        force_sourcecode=force_sourcecode,
    )
    ctx = _make_context(cwd, home)
    resolved = service.find_operation(request, ctx)
    prepared = service.prepare(request, resolved, ctx)
    if isinstance(prepared, (PreparedBatch, ResumedBatch)):
        raise GuildError(f"the flags of {resolved.name} expand to several runs; use search()")
    if isinstance(prepared, Skipped):
        return prepared.runs[0]
    for warning in resolved.warnings:
        log.warning(warning)
    execution = ExecuteOptions(_mode(stage, background), quiet=True, stop_after=stop_after)
    started = service.execute(prepared, ctx, execution).run
    assert started is not None
    return started


def search(
    operation: Operation | None,
    flags: Mapping[str, Any],
    options: SearchOptions = SearchOptions(),  # noqa: B008  # immutable
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    jobs: int = 1,
    proto: AnyRun | None = None,
    restart: AnyRun | None = None,
    needed: bool = False,
    stage: bool = False,
    background: bool = False,
    dependencies: Sequence[StrPath] = (),
    gpus: str | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    fail_on_trial_error: bool = False,
    cwd: StrPath | None = None,
    home: StrPath | None = None,
) -> list[Run]:
    """Run a trial of `operation` for each choice of flags, and return the trials in order.

    Each value of a list is tried. A slice `slice(LOW, HIGH)` or a distribution is a range
    from which the optimizer of `options` chooses. A trial that fails ends the search of a
    function, and that of an operation if `fail_on_trial_error` is set.

    Args:
        jobs: the number of trials to run at a time.
        proto: a batch, or a run, to repeat.
        restart: a batch to resume; it keeps its flags.
        stage: only write the batch; start it later by `restart`.

    The other arguments and the errors are those of `run`.
    """
    attrs = FunctionRunOptions(label=label, tags=tags, comment=comment)
    ctx = _make_context(cwd, home)
    if callable(operation):
        planned = _plan_search(operation, flags, options, jobs, _get_directory(restart))
        return run_function_batch(planned, LoggingObserver(), ctx, attrs).runs
    _ = options.objective  # raises an error for two objectives
    request = _make_request(operation, flags, attrs, proto, restart, dependencies)._replace(
        needed=needed,
        is_staging=stage,
        gpus=gpus,
        force_flags=force_flags,
        force_deps=force_deps,
        force_sourcecode=force_sourcecode,
        batch=BatchRequest(
            optimizer=options.optimizer,
            optimizer_values=options.optimizer_options,
            minimize=options.minimize,
            maximize=options.maximize,
            max_trials=options.max_trials,
            random_seed=options.random_seed,
        ),
    )
    execution = ExecuteOptions(
        _mode(stage, background),
        quiet=True,
        stop_after=stop_after,
        jobs=jobs,
        fail_on_trial_error=fail_on_trial_error,
    )
    resolved = service.find_operation(request, ctx)
    prepared = service.prepare(request, resolved, ctx, as_batch=True)
    for warning in resolved.warnings:
        log.warning(warning)
    started = service.execute(prepared, ctx, execution, observer=LoggingObserver()).run
    if started is None:
        return []
    trials = Trials(started, RunStore(ctx.home))
    trials.refresh()
    return list(trials)


def _plan_search(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    options: SearchOptions,
    jobs: int,
    restart: Run | None,
) -> function_search.FunctionSearch:
    if restart is None:
        call = bind_call(function, (), arguments)
    else:
        call = function_search.bind_restart(function, (), arguments, restart)
    planned = function_search.plan_search(call, options, jobs=jobs, restart=restart)
    if planned is None:
        raise GuildError(
            f"nothing to search in the arguments of {call.name}; pass a list or a range"
        )
    return planned


class LoggingObserver(RunObserver):
    """An observer that logs warnings."""

    def on_warning(self, message: str) -> None:
        log.warning(message)


def _make_request(
    operation: str | None,
    flags: Mapping[str, Any],
    attrs: FunctionRunOptions,
    proto: AnyRun | None,
    restart: AnyRun | None,
    dependencies: Sequence[StrPath],
) -> RunRequest:
    return RunRequest(
        opspec=operation,
        values=values_with_ranges(flags),
        label=attrs.label,
        tags=tuple(attrs.tags),
        comment=attrs.comment,
        proto=_get_directory(proto),
        restart=_get_directory(restart),
        dependencies=tuple(os.fspath(path) for path in dependencies),
    )


def _mode(stage: bool, background: bool) -> str:
    return STAGE if stage else BACKGROUND if background else RUN


def _make_context(cwd: StrPath | None, home: StrPath | None) -> Context:
    directory = Path(os.getcwd() if cwd is None else os.path.abspath(cwd))
    return Context(find_home(home), directory, os.environ)


def find_home(home: StrPath | None) -> Path:
    """Return the home as an absolute path (default: the current one).

    Raises GuildError if it does not exist.
    """
    if home is None:
        return config.guild_home()
    path = Path(os.path.abspath(home))
    if not path.is_dir():
        raise GuildError(f"Guild home '{path}' does not exist; create it or choose another")
    return path


def _get_directory(run: AnyRun | None) -> Run | None:
    return run.run if isinstance(run, IndexedRun) else run
