"""One run: staged, started, or staged again for a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.launch.run_restart import relabel
from guild.ops.plan.plan import Plan
from guild.ops.plan.request import RunRequest
from guild.ops.process.output_sinks import output_sinks
from guild.ops.process.start import DEFAULT_OPTIONS, StartOptions, start_and_wait
from guild.ops.stage.environment import run_environment
from guild.ops.stage.source_files import copy_sourcecode
from guild.ops.stage.stage import stage_run, write_dependencies
from guild.run import Run
from guild.runs import manifest

if TYPE_CHECKING:
    from guild.extend.executor import Executor
    from guild.launch.execution import ExecuteOptions

_POLL_INTERVAL = 0.2  # seconds between looks at signals


def stage(plan: Plan, run: Run, ctx: Context, marker: str = "PENDING") -> dict[str, str]:
    """Write `plan` into the new directory of `run`; return the environment to start it with.

    `marker` is the run's state until it is started. Raises GuildError.
    """
    return stage_run(plan, run, ctx, marker=marker)


def stage_proto(plan: Plan | None, run: Run, ctx: Context) -> None:
    """Write the prototype of the trials that `run` chooses, if it is an optimizer."""
    if plan is not None:
        stage_run(plan, Run(run.id, run.guild_path("proto")), ctx, is_proto=True)


def restage(plan: Plan, run: Run, ctx: Context, request: RunRequest) -> dict[str, str]:
    """Update the existing `run` to `plan` of `request`; return the environment to start it with.

    Command, environment and flags are updated, and label and tags if `request` sets them.
    Source code stays, unless the plan uses the project's. Raises GuildError.
    """
    env = run_environment(plan, run, ctx)
    try:
        if plan.source_run is None:
            replace_sourcecode(plan, run, ctx)
        run.set("cmd", list(plan.cmd))
        _forget_own_defaults(run, plan.operation.flags)
        run.set("env", env.recorded)
        flags_changed = plan.flags != run.get("flags")
        if flags_changed:
            run.set("flags", plan.flags)
            run.set("user_flags", plan.user_flags)
            if plan.label:
                run.set("label", plan.label)
            else:
                run.delete_attr("label")
        relabel(run, plan.label_template, plan.label, request)
        if request.batch.max_trials is not None:
            run.set("max_trials", request.batch.max_trials)
        if plan.operation.opdef.requires:
            write_dependencies(plan, run, run, ctx, flags_changed=flags_changed)
    except OSError as error:
        raise GuildError(f"cannot write run {run.short_id}: {error.strerror}") from None
    return env.full


def _forget_own_defaults(run: Run, flags: Mapping[str, FlagDef]) -> None:
    """Record which flags of `run` no longer have the script's own defaults. Raises OSError."""
    op = run.get("op")
    recorded = op.get("flags") if isinstance(op, dict) else None
    changed = False
    for name, flag in recorded.items() if isinstance(recorded, dict) else ():
        is_own = isinstance(flag, dict) and flag.get("own-default")
        if is_own and not (name in flags and flags[name].own_default):
            del flag["own-default"]
            changed = True
    if changed:
        run.set("op", op)


def replace_sourcecode(plan: Plan, run: Run, ctx: Context) -> None:
    """Replace the source code of the existing `run` by that of `plan`. Raises OSError."""
    dependencies = [entry for entry in manifest.read_entries(run.path) if entry.kind == "d"]
    digest = copy_sourcecode(plan, run, ctx)
    run.set("sourcecode_digest", digest)
    new = {entry.run_path for entry in manifest.read_entries(run.path)}
    missing = (entry for entry in dependencies if entry.run_path not in new)
    manifest.append_entries(run.path, missing)


def start_run(run: Run, environ: Mapping[str, str], options: StartOptions = DEFAULT_OPTIONS) -> int:
    """Start the staged `run`, wait for its end and return its exit code. Raises GuildError."""
    return start_and_wait(run, environ=environ, options=options, sinks=output_sinks(run))


def run_on(executor: Executor, run: Run, environ: Mapping[str, str], options: StartOptions) -> int:
    """Start the staged `run` on `executor`, wait for its end and return its exit code.

    A signal to this process asks the run to stop. Raises GuildError if the run cannot be started.
    """
    from guild.extend.executor import StartRequest
    from guild.ops.process.signals import SignalWatch

    request = StartRequest(run.id, run.path, environ, *options)
    with executor, SignalWatch() as signals:
        (handle,) = executor.submit([request])
        if handle is None:
            raise GuildError(f"run {run.short_id} is already running")
        while not (ended := executor.poll(_POLL_INTERVAL)):
            if signals.take():
                executor.cancel([handle])
    (end,) = ended
    if end.error:
        raise GuildError(f"run {run.short_id}: {end.error}", exit_code=end.exit_code)
    return end.exit_code


def start_in_background(run: Run, environ: Mapping[str, str], options: ExecuteOptions) -> int:
    """Start the staged `run` and return the id of the process that supervises it.

    Raises GuildError.
    """
    from guild.ops.process.background import start_in_background

    return start_in_background(
        run,
        environ=environ,
        options=options.start,
        sinks=output_sinks(run),
        pidfile=options.pidfile,
    )
