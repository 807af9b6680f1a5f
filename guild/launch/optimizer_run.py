"""Operations of the project that choose the trials of a batch themselves."""

from __future__ import annotations

from guild.base.errors import GuildError
from guild.context import Context
from guild.launch.batch_plan import first_values, optimizer_name, recorded_flags
from guild.launch.prepared import PreparedRun
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import resolve
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.plan import assign_flags, plan_run
from guild.ops.plan.request import BatchRequest, RunRequest


def find_optimizer_operation(
    request: BatchRequest, operation: Operation, assigned: Assigned, ctx: Context
) -> Operation | None:
    """Return the operation that chooses the trials of a batch of `operation`.

    Return None for a grid and for an optimizer of another kind. A script is an operation if it
    uses `guild.batch_util`. Raises GuildError for an unknown name.
    """
    name = optimizer_name(request, operation, assigned)
    if name is None:
        return None
    from guild.optimizers.registry import UnknownOptimizerError, find_optimizer

    project_dir = operation.project_dir
    path = project_dir / name
    if name.endswith(".py") and path.is_file():
        if b"batch_util" not in path.read_bytes():
            return None
    else:
        try:
            find_optimizer(name, project_dir)
        except UnknownOptimizerError:
            pass
        else:
            return None
    return resolve(name, ctx._replace(cwd=project_dir))


def prepare_optimizer_run(
    request: RunRequest,
    operation: Operation,
    assigned: Assigned,
    optimizer: Operation,
    ctx: Context,
) -> PreparedRun:
    """Plan a run of `optimizer` for trials of `operation`. Raises GuildError."""
    batch = request.batch
    own = RunRequest(
        optimizer.name,
        batch.optimizer_words,
        {**_defined_flags(batch, operation, optimizer), **batch.optimizer_values},
        label=batch.label,
        tags=batch.tags,
        comment=batch.comment,
        run_id=request.run_id,
        step=request.step,
        force_flags=request.force_flags,
        random_seed=batch.random_seed,
        params=request.params,
    )
    plan = plan_run(own, optimizer, assign_flags(own, optimizer, ctx))
    max_trials = batch.max_trials or optimizer.opdef.default_max_trials
    if max_trials is not None:
        plan = plan._replace(attrs={**plan.attrs, "max_trials": max_trials})
    # Each flag that a trial gets is passed on.
    trial_operation = operation.with_own_defaults(frozenset())
    trial_plan = plan_run(request, trial_operation, first_values(assigned))
    trial_plan = trial_plan._replace(
        flags=recorded_flags(assigned.for_batch().flags),
        user_flags=recorded_flags(assigned.user_flags),
    )
    return PreparedRun(own, plan, trial_plan=trial_plan)


def _defined_flags(
    batch: BatchRequest, operation: Operation, optimizer: Operation
) -> dict[str, object]:
    """Return the flags that the guild.yml sets for the optimizer, unless it is named itself."""
    for entry in operation.opdef.optimizers:
        is_default = batch.optimizer is None and entry.algorithm == optimizer.name
        if entry.name == batch.optimizer or is_default:
            return dict(entry.flags)
    return {}


def cannot_stage_trials(prepared: PreparedRun) -> GuildError:
    """Return the error for staging the trials of an operation that runs them itself."""
    name = prepared.plan.operation.name
    return GuildError(f"operation '{name}' does not support --stage-trials")  # Guild AI 0.9 wording
