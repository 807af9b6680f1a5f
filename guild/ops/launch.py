"""From a plan to its end: stage, start, and what follows from how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from guild.base.errors import GuildError
from guild.ops.output import OutputSink
from guild.ops.plan import Plan
from guild.ops.stage import own_environment, put_sourcecode, recorded_environment, stage
from guild.ops.start import DEFAULT_OPTIONS, StartOptions, start
from guild.run import Run
from guild.runs.store import RunStore


def run_plan(
    plan: Plan,
    run: Run,
    *,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    options: StartOptions = DEFAULT_OPTIONS,
    keep: bool = False,
) -> int:
    """Stage `plan` as the new `run` and start it; its exit code.

    A run whose operation wants it deleted on success is, unless `keep`.
    Raises GuildError as `stage` and `start` do.
    """
    stage(plan, run, environ=environ, home=home, cwd=cwd)
    # What is secret is not in the run directory: a start that follows has it from here.
    own = own_environment(plan, run, environ=environ, home=home, cwd=cwd)
    exit_code = start_run(run, environ={**environ, **own}, options=options)
    if exit_code == 0 and plan.operation.opdef.delete_on_success and not keep:
        RunStore(home).delete(run, permanent=True)
    return exit_code


def start_run(
    run: Run, *, environ: Mapping[str, str], options: StartOptions = DEFAULT_OPTIONS
) -> int:
    """Start the staged `run` with its scalars read from the output; its exit code."""
    return start(run, environ=environ, options=options, sinks=sinks(run))


def sinks(run: Run) -> Sequence[OutputSink]:
    """What reads the output of `run` while it goes, as its operation says."""
    from guild.scalars.output_sink import OutputScalarsSink

    op = run.get("op")
    spec = op.get("output-scalars") if isinstance(op, dict) else None
    return () if spec is False else (OutputScalarsSink(run.guild_path(), spec),)


def restage(
    plan: Plan, run: Run, *, environ: Mapping[str, str], home: Path, cwd: Path
) -> dict[str, str]:
    """Write what `plan` changes of the existing `run` before it is started again: command,
    environment and flags. Its source code stays, unless the plan takes the project's.

    The result is what Guild and the operation add to the environment. Raises GuildError.
    """
    own = own_environment(plan, run, environ=environ, home=home, cwd=cwd)
    try:
        if plan.source_run is None:
            run.set("sourcecode_digest", put_sourcecode(plan, run))
        run.set("cmd", list(plan.cmd))
        run.set("env", recorded_environment(own, environ))
        if plan.flags != run.get("flags"):
            run.set("flags", plan.flags)
            run.set("user_flags", plan.user_flags)
            run.set("label", plan.label)
    except OSError as error:
        raise GuildError(f"cannot write run {run.short_id}: {error.strerror}") from None
    return own
