"""Planning one run, and staging it, running it here or in the background."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.cli import request_from_cli
from guild.launch import single_run
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.plan import Plan, plan
from guild.ops.plan.request import RunRequest
from guild.ops.plan.step_of import StepOf
from guild.ops.process.start import StartOptions
from guild.run import Run, new_run_id
from guild.runs.store import RunStore


def run_one(
    request: RunRequest,
    operation: Operation,
    assigned: Assigned,
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    """Run `operation` once with the flags of `assigned`, or stage or show it; the exit code."""
    recipe = plan(request, operation, assigned)
    if options["print_cmd"]:
        import shlex

        click.echo(shlex.join(recipe.cmd))
        return 0
    if options["print_env"]:
        from guild.cli import operation_help

        operation_help.environment(recipe)
        return 0
    if options["needed"] and _not_needed(recipe, store, request.step):
        return 0
    where = options["run_dir"] or options["stage_dir"]
    staged = options["stage"] or options["stage_dir"]
    if not request_from_cli.confirmed(
        f"You are about to {'stage' if staged else 'run'} {operation.name}"
        + (f" in '{where}'" if where else ""),
        recipe.flags,
        options,
    ):
        return 1
    run = _run_in(where) if where else store.new()
    if request.step:
        request.step.put(run)
    if staged:
        return _stage(recipe, run, bool(where), cwd, store)
    if where:
        click.echo(
            f"Run directory is '{run.path}' (results will not be visible to Guild)", err=True
        )
    if options["background"] or options["pidfile"]:
        return _run_in_background(recipe, run, options, cwd, store)
    return single_run.run_plan(
        recipe,
        run,
        environ=os.environ,
        home=store.home,
        cwd=cwd,
        options=StartOptions(quiet=options["quiet"], stop_after=options["stop_after"]),
        keep=options["keep_run"] or bool(where),
    )


def _run_in(folder: str) -> Run:
    path = Path(os.path.abspath(os.path.expanduser(folder)))
    if path.exists() and (not path.is_dir() or os.listdir(path)) and not (path / ".guild").is_dir():
        raise GuildError(f"run directory '{path}' exists and is not empty - choose another")
    return Run(new_run_id(), path)


def _stage(recipe: Plan, run: Run, outside: bool, cwd: Path, store: RunStore) -> int:
    from guild.ops.stage.stage import stage_run

    stage_run(recipe, run, environ=os.environ, home=store.home, cwd=cwd, marker="STAGED")
    name = recipe.operation.name
    if outside:
        import shlex

        command = f"(cd {shlex.quote(run.path)} && . .guild/ENV && {shlex.join(recipe.cmd)})"
        click.echo(f"{name} staged in '{run.path}'\nTo start the operation, use: {command}")
    else:
        click.echo(
            f"{name} staged as {run.id}\nTo start the operation, use 'guild run --start {run.id}'"
        )
    return 0


def _run_in_background(
    recipe: Plan, run: Run, options: Mapping[str, Any], cwd: Path, store: RunStore
) -> int:
    from guild.ops.stage.stage import stage_run

    environ = stage_run(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    start_in_background(run, recipe.operation.name, environ, options)
    return 0


def start_in_background(
    run: Run, name: str, environ: Mapping[str, str], options: Mapping[str, Any]
) -> None:
    """Start a staged run in the background, and tell where it is."""
    from guild.ops.process.background import start_in_background, started_message

    pidfile = Path(options["pidfile"]).absolute() if options["pidfile"] else None
    pid = start_in_background(
        run,
        environ=environ,
        options=StartOptions(stop_after=options["stop_after"]),
        sinks=single_run.sinks(run),
        pidfile=pidfile,
    )
    click.echo(started_message(name, run, pid, pidfile))


def _not_needed(recipe: Plan, store: RunStore, step: StepOf | None) -> bool:
    """Whether there is a run of the same operation and flags; tells which. The latest is then
    the step that this one was to be."""
    from guild.ops.plan.matching import matching_runs

    visible = step.visible() if step else None
    found = matching_runs(recipe.operation.opref, recipe.flags, store, visible)
    if not found:
        return False
    if step:
        step.put(found[0])
    click.echo("Skipping because the following runs match this operation (--needed specified):")
    for run in found:
        click.echo(f"  [{run.short_id}]  {recipe.operation.name}  {run.status}  {run.get('label')}")
    return True
