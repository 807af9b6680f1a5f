"""Batches in the run service: prepared, staged, started, resumed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.executor import Executor, create_executor
from guild.extend.observer import BatchEnd, RunObserver
from guild.launch import batch_file
from guild.launch.batch_directory import StagedBatch, read_batch, stage_batch
from guild.launch.batch_plan import BatchPlan, known_trials, plan_batch
from guild.launch.batch_restart import is_finished, relabel_batch, restage_batch, stages_trials
from guild.launch.batch_start import exit_code, start_batch
from guild.launch.devices import VARIABLE
from guild.launch.execution import BACKGROUND, STAGE, STAGE_TRIALS, ExecuteOptions, Outcome
from guild.launch.loop import BatchOptions, stage_trials, trials_cannot_be_staged
from guild.launch.optimizer_run import find_optimizer_operation, prepare_optimizer_run
from guild.launch.prepared import PreparedBatch, PreparedRun, ResumedBatch, Skipped
from guild.launch.run_restart import check_not_running, is_unneeded
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.ops.process import lifecycle
from guild.run import Run
from guild.runs.store import RunStore

# -- Preparing


def with_batch_files(request: RunRequest, operation: Operation, ctx: Context) -> RunRequest:
    """Return `request` with the trials of its batch files. Raises GuildError.

    A single trial sets flags, as the command line does.
    """
    rows = tuple(
        row
        for path in request.batch_files
        for row in batch_file.read(path, operation.flags, ctx.cwd)
    )
    if len(rows) == 1:
        return request._replace(values={**request.values, **rows[0]})
    return request._replace(batch=request.batch._replace(rows=rows))


def with_batch_prototype(request: RunRequest, run: Run) -> RunRequest:
    """Return `request` completed by the batch `run`, which it repeats. Raises GuildError."""
    batch = read_batch(run)
    return request._replace(
        proto=batch.proto,
        base=batch.flags,
        base_varies=True,
        batch=_completed(request.batch, batch, keep_rows=not request.batch_files),
    )


def _completed(request: BatchRequest, proto: StagedBatch, keep_rows: bool) -> BatchRequest:
    """Return `request` with what it leaves open taken from the batch `proto`."""
    column = proto.objective
    has_objective = request.minimize is not None or request.maximize is not None
    if not has_objective and column.startswith("-"):
        request = request._replace(maximize=column[1:])
    elif not has_objective:
        request = request._replace(minimize=column)
    if not request.is_search:
        request = request._replace(
            optimizer=proto.optimizer,
            optimizer_values={**proto.options, **request.optimizer_values},
        )
    if keep_rows and request.rows is None:
        request = request._replace(rows=proto.rows)
    if request.max_trials is None:
        request = request._replace(max_trials=proto.run.get("max_trials"))
    if request.random_seed is None:
        request = request._replace(random_seed=proto.random_seed)
    return request


def prepare_batch(
    request: RunRequest, operation: Operation, assigned: Assigned, ctx: Context
) -> PreparedBatch | PreparedRun | Skipped:
    """Plan a batch of `operation` with the flags of `assigned`. Raises GuildError.

    It is a single run if an operation chooses the trials.
    """
    optimizer = find_optimizer_operation(request.batch, operation, assigned, ctx)
    if optimizer is not None:
        return prepare_optimizer_run(request, operation, assigned, optimizer, ctx)
    batch = plan_batch(request, operation, assigned.for_batch())
    if request.needed:
        batch = _without_matches(batch, request, ctx)
        if not batch.rows:
            return Skipped(request, batch.name)
    return PreparedBatch(request, batch)


def _without_matches(batch: BatchPlan, request: RunRequest, ctx: Context) -> BatchPlan:
    """Return `batch` without the trials that an earlier run has made unnecessary."""
    from guild.ops.plan.matching import find_matching_flags

    trials = known_trials(batch)
    if trials is None:
        raise GuildError(
            "--needed cannot be used with an optimizer: it chooses trials while it runs"
        )
    visible = request.step.visible_ids() if request.step else None
    done = find_matching_flags(batch.proto.operation.opref, RunStore(ctx.home), visible)
    missing = tuple(trial for trial in trials if trial not in done)
    flags = {
        name: value[0] if isinstance(value, list) else value
        for name, value in batch.proto.flags.items()
    }
    proto = batch.proto._replace(flags=flags)
    return batch._replace(proto=proto, rows=missing, max_trials=max(len(missing), 1))


def resume_batch(request: RunRequest, run: Run, ctx: Context) -> ResumedBatch | Skipped | None:
    """Prepare the existing batch `run` to start or to resume.

    Return None if all its trials run anew: it is finished, or gets other flags.
    Raises GuildError for a batch that cannot start.
    """
    batch = read_batch(run)
    if request.assignments or request.values or request.batch_files:
        check_not_running(run)
        return None
    if request.needed and is_unneeded(run):
        return Skipped(request, batch.name, (run,))
    if is_finished(batch, RunStore(ctx.home)):
        return None
    if request.gpus is not None:  # for this start only
        batch = batch._replace(env={**batch.env, VARIABLE: request.gpus})
    return ResumedBatch(request, batch)


# -- Executing


def execute_batch(
    prepared: PreparedBatch | ResumedBatch,
    ctx: Context,
    options: ExecuteOptions,
    executor: Executor | None,
    observer: RunObserver | None,
) -> Outcome:
    """Stage a new batch and start it, or start an existing one. Raises GuildError."""
    if isinstance(prepared, ResumedBatch):
        relabel_batch(prepared.batch, prepared.request)
        batch = read_batch(prepared.batch.run)._replace(env=prepared.batch.env)
    else:
        batch = _stage(prepared, ctx, options)
    is_start = prepared.request.restart is not None
    stages_later = is_start and stages_trials(batch, RunStore(ctx.home))
    if options.mode == STAGE_TRIALS or stages_later:
        return _stage_trials(batch, ctx, options)
    if options.mode == STAGE:
        return Outcome(batch.run)

    def run_batch(on_start: Callable[[], None]) -> Outcome:
        end = _run(batch, ctx, options, executor, observer or RunObserver(), on_start)
        return Outcome(batch.run, exit_code(end), batch_end=end)

    if options.mode == BACKGROUND:
        return Outcome(batch.run, pid=_run_in_background(batch.run, run_batch, options))
    return run_batch(lambda: None)


def _stage(prepared: PreparedBatch, ctx: Context, options: ExecuteOptions) -> StagedBatch:
    if options.mode == STAGE_TRIALS and known_trials(prepared.plan) is None:
        raise trials_cannot_be_staged(prepared.plan.optimizer)
    restart = prepared.request.restart
    run = restart or RunStore(ctx.home).new(prepared.request.run_id)
    if prepared.request.step:
        prepared.request.step.add_link(run)
    if restart is not None:
        restage_batch(prepared.plan, prepared.request, ctx)
        return read_batch(run)
    is_staged = options.mode in (STAGE, STAGE_TRIALS)
    stage_batch(
        prepared.plan,
        run,
        ctx,
        marker="STAGED" if is_staged else "PENDING",
    )
    return read_batch(run)


def _stage_trials(batch: StagedBatch, ctx: Context, options: ExecuteOptions) -> Outcome:
    """Stage the trials of `batch`, which then has nothing left to do."""
    trials = stage_trials(batch, ctx)
    outcome = Outcome(batch.run, trials=tuple(trials))
    lifecycle.mark_started(batch.run)
    lifecycle.mark_stopped(batch.run, 0)
    if not (options.keep_batch or _records(batch.run, "keep_batch")):
        RunStore(ctx.home).delete(batch.run)
    return outcome


def _run_in_background(
    run: Run, run_batch: Callable[[Callable[[], None]], Outcome], options: ExecuteOptions
) -> int:
    from guild.ops.process.background import run_detached

    def work(on_start: Callable[[], None]) -> int:
        _redirect_output(run)
        return run_batch(on_start).exit_code

    return run_detached(f"batch {run.short_id}", work, options.pidfile)


def _redirect_output(run: Run) -> None:
    """Write what this process prints to the run, where `guild cat --output` finds it."""
    fd = os.open(run.guild_path("output"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)


def _run(
    batch: StagedBatch,
    ctx: Context,
    options: ExecuteOptions,
    executor: Executor | None,
    observer: RunObserver,
    on_start: Callable[[], None],
) -> BatchEnd:
    return start_batch(
        batch,
        ctx,
        executor=executor or create_executor("local", options.jobs),
        observer=observer,
        options=BatchOptions(
            fail_on_trial_error=options.fail_on_trial_error,
            keep=options.keep_batch or _records(batch.run, "keep_batch"),
            start=options.start,
        ),
        started=on_start,
    )


def _records(run: Run, option: str) -> bool:
    params: Any = run.get("run_params")
    return isinstance(params, dict) and bool(params.get(option))
