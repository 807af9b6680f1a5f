"""From a plan to its end: stage, start, and what follows from how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from guild.base.errors import GuildError
from guild.ops.plan.plan import Plan
from guild.ops.process.output import OutputSink
from guild.ops.process.start import DEFAULT_OPTIONS, StartOptions, start_and_wait
from guild.ops.stage.environment import run_environment
from guild.ops.stage.source_files import copy_sourcecode, write_config_file
from guild.ops.stage.stage import stage_run, write_dependencies
from guild.run import Run
from guild.runs import manifest
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
    # What is secret is not in the run directory: the start has it from here.
    whole = stage_run(plan, run, environ=environ, home=home, cwd=cwd)
    exit_code = start_run(run, environ=whole, options=options)
    if exit_code == 0 and plan.operation.opdef.delete_on_success and not keep:
        RunStore(home).delete(run, permanent=True)
    return exit_code


def start_run(
    run: Run, *, environ: Mapping[str, str], options: StartOptions = DEFAULT_OPTIONS
) -> int:
    """Start the staged `run` with its scalars read from the output; its exit code."""
    return start_and_wait(run, environ=environ, options=options, sinks=sinks(run))


def sinks(run: Run) -> Sequence[OutputSink]:
    """What reads the output of `run` while it goes, as its operation says."""
    record = run.get("op")
    op = record if isinstance(record, dict) else {}
    found: list[OutputSink] = []
    if op.get("output-scalars") is not False:
        from guild.scalars.output_sink import OutputScalarsSink

        found.append(OutputScalarsSink(run.guild_path(), op.get("output-scalars")))
    if op.get("output-attrs"):
        from guild.ops.process.output_attrs import OutputAttrsSink

        found.append(OutputAttrsSink(run, op["output-attrs"]))
    return found


def restage(
    plan: Plan, run: Run, *, environ: Mapping[str, str], home: Path, cwd: Path
) -> dict[str, str]:
    """Write what `plan` changes of the existing `run` before it is started again: command,
    environment and flags. Its source code stays, unless the plan takes the project's.

    The result is the environment to start it with. Raises GuildError.
    """
    env = run_environment(plan, run, environ=environ, home=home, cwd=cwd)
    try:
        if plan.source_run is None:
            before = [entry for entry in manifest.read_entries(run.path) if entry.kind == "d"]
            run.set("sourcecode_digest", copy_sourcecode(plan, run, environ=environ, home=home))
            there = {entry.run_path for entry in manifest.read_entries(run.path)}
            manifest.append_entries(run.path, (one for one in before if one.run_path not in there))
        run.set("cmd", list(plan.cmd))
        run.set("env", env.recorded)
        if plan.flags != run.get("flags"):
            run.set("flags", plan.flags)
            run.set("user_flags", plan.user_flags)
            run.set("label", plan.label)
            write_config_file(plan, run)
        if plan.operation.opdef.requires:
            write_dependencies(plan, run, run, environ=environ, home=home)
    except OSError as error:
        raise GuildError(f"cannot write run {run.short_id}: {error.strerror}") from None
    return env.full
