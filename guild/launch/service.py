"""The run service: everything that starts runs calls `prepare` and then `execute`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from guild.base.errors import GuildError
from guild.context import Context
from guild.launch import single_run
from guild.launch.execution import BACKGROUND, STAGE, ExecuteOptions, Outcome
from guild.launch.run_restart import check_not_running, is_managed_batch, is_unneeded
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import operation_of_run, resolve
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.plan import Plan, assign_flags, plan_run, warn_of_missing_runs
from guild.ops.plan.request import RunRequest
from guild.run import Run, new_run_id
from guild.runs.store import RunStore

if TYPE_CHECKING:
    from guild.extend.executor import Executor
    from guild.extend.observer import RunObserver
    from guild.flags.flagdef import FlagDef
    from guild.launch.prepared import Prepared, PreparedRun

# -- Preparing


def find_operation(request: RunRequest, ctx: Context) -> Operation:
    """Return the operation that `request` names, or that its prototype records.

    Raises GuildError if it does not exist.
    """
    recorded = request.restart or (request.proto if request.opspec is None else None)
    if recorded is None:
        operation = resolve(request.opspec, ctx)
        if request.proto is not None and not request.force_sourcecode:
            of_code = operation_of_run(request.proto.batch_proto or request.proto)
            operation = operation.with_defaults_of(of_code.flags)
    else:
        operation = operation_of_run(
            (is_managed_batch(recorded) and recorded.batch_proto) or recorded
        )
        if request.force_sourcecode:
            operation = operation.with_defaults_of(_flags_of_project(operation, ctx))
    if request.dependencies:
        operation = operation.requiring(request.dependencies, ctx.cwd)
    return operation


def _flags_of_project(operation: Operation, ctx: Context) -> Mapping[str, FlagDef]:
    """Return the flags that the project defines for `operation` today; none if it is gone."""
    try:
        return resolve(operation.name, ctx._replace(cwd=operation.project_dir)).flags
    except (GuildError, OSError):
        return {}


def find_flags(request: RunRequest, operation: Operation, ctx: Context) -> Assigned:
    """Return the flag values that `request` gives `operation`.

    Raises GuildError for invalid flags, and for runs that are required but do not exist.
    """
    return assign_flags(_with_prototype(request), operation, ctx)


def prepare(
    request: RunRequest, operation: Operation, ctx: Context, *, as_batch: bool = False
) -> Prepared:
    """Decide everything about `request` for `operation`, from `find_operation`; write nothing.

    With `as_batch`, a request for a single run becomes a batch of one trial.

    Raises GuildError for a request that cannot be fulfilled.
    """
    from guild.launch import prepared

    request = _with_prototype(request)
    if request.restart is not None and is_managed_batch(request.restart):
        from guild.launch.batch_service import resume_batch, with_batch_prototype

        resumed = resume_batch(request, request.restart, ctx)
        if resumed is not None:
            return resumed
        request = with_batch_prototype(request, request.restart)
    elif request.restart is not None:
        check_not_running(request.restart)
    if request.batch_files:
        from guild.launch.batch_service import with_batch_files

        request = with_batch_files(request, operation, ctx)
    assigned = assign_flags(request, operation, ctx)
    is_new = request.restart is None
    if is_new:
        warn_of_missing_runs(request, operation, assigned, ctx)
    if request.base_varies or (is_new and (as_batch or assigned.is_multiple or _is_batch(request))):
        from guild.launch.batch_service import prepare_batch

        return prepare_batch(request, operation, assigned, ctx)
    if request.run_dir is not None:
        _check_run_dir(request.run_dir)
    decided = plan_run(request, operation, assigned)
    if request.needed and request.restart is not None:
        if is_unneeded(request.restart) and decided.flags == request.restart.flags:
            return prepared.Skipped(request, operation.name, (request.restart,))
    elif request.needed:
        matches = _matching_runs(decided, request, ctx.home)
        if matches:
            return prepared.Skipped(request, operation.name, matches)
    return prepared.PreparedRun(request, decided, request.restart)


def _is_batch(request: RunRequest) -> bool:
    batch = request.batch
    return bool(batch.rows) or batch.is_search


def _with_prototype(request: RunRequest) -> RunRequest:
    """Return `request` with the flags of the run that it repeats or starts again."""
    run = request.restart or request.proto
    if run is None:
        return request
    if not is_managed_batch(run):
        return request._replace(proto=run, base=run.flags)
    if request.restart is not None:  # nothing about the batch can change
        return request
    from guild.launch.batch_service import with_batch_prototype

    return with_batch_prototype(request, run)


def _check_run_dir(path: Path) -> None:
    """Raise GuildError if `path` is neither an empty directory nor that of a run."""
    if path.exists() and (not path.is_dir() or os.listdir(path)) and not (path / ".guild").is_dir():
        raise GuildError(f"run directory '{path}' already exists and is not empty")


def _matching_runs(decided: Plan, request: RunRequest, home: Path) -> tuple[Run, ...]:
    from guild.ops.plan.matching import find_matching_runs

    visible = request.step.visible_ids() if request.step else None
    opref = decided.operation.opref
    return tuple(find_matching_runs(opref, decided.flags, RunStore(home), visible))


# -- Executing


def execute(
    prepared: Prepared,
    ctx: Context,
    options: ExecuteOptions = ExecuteOptions(),  # noqa: B008  # immutable
    *,
    executor: Executor | None = None,
    observer: RunObserver | None = None,
) -> Outcome:
    """Start what was prepared and, unless `options` specify otherwise, wait for its end.

    `executor` starts runs, by default on this machine; runs in the background start here.
    `observer` is notified of the progress of a batch. A run that fails is not an error: see
    `Outcome.exit_code`.
    Raises GuildError if a run cannot be staged or started.
    """
    from guild.launch.prepared import PreparedRun, Skipped

    if isinstance(prepared, Skipped):
        if prepared.request.step and prepared.runs:
            prepared.request.step.add_link(prepared.runs[0])
        return Outcome(None)
    if isinstance(prepared, PreparedRun):
        return _execute_run(prepared, ctx, options, executor)
    from guild.launch.batch_service import execute_batch

    return execute_batch(prepared, ctx, options, executor, observer)


def _execute_run(
    prepared: PreparedRun, ctx: Context, options: ExecuteOptions, executor: Executor | None
) -> Outcome:
    request = prepared.request
    run = prepared.restart or _new_run(request, ctx.home)
    if request.step:
        request.step.add_link(run)
    if options.mode == STAGE:
        single_run.stage(prepared.plan, run, ctx, marker="STAGED")
        single_run.stage_proto(prepared.trial_plan, run, ctx)
        return Outcome(run)
    # Secrets are not in the run directory: the start gets them from here.
    if prepared.restart:
        environ = single_run.restage(prepared.plan, run, ctx, request)
    else:
        environ = single_run.stage(prepared.plan, run, ctx)
        single_run.stage_proto(prepared.trial_plan, run, ctx)
    if options.mode == BACKGROUND:
        return Outcome(run, pid=single_run.start_in_background(run, environ, options))
    if executor is None:
        exit_code = single_run.start_run(run, environ, options.start)
    else:
        exit_code = single_run.run_on(executor, run, environ, options.start)
    keep = request.keep_run or request.run_dir is not None or prepared.restart is not None
    if exit_code == 0 and prepared.plan.operation.opdef.delete_on_success and not keep:
        RunStore(ctx.home).delete(run)
        return Outcome(run, exit_code, is_deleted=True)
    return Outcome(run, exit_code)


def _new_run(request: RunRequest, home: Path) -> Run:
    if request.run_dir is None:
        return RunStore(home).new(request.run_id)
    return Run(request.run_id or new_run_id(), request.run_dir)
