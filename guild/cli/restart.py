"""Going on with a run that is there: `guild run --start` and `--restart`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.cli import request_from_cli, single_run_flow
from guild.launch import single_run
from guild.ops.define.resolve import operation_of_run
from guild.ops.plan.plan import assigned_flags, plan
from guild.ops.process.start import StartOptions
from guild.run import Run
from guild.runs.store import RunStore


def restart(
    opspec: str | None,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    """Start the run that `--restart` names, or go on with the batch; the exit code."""
    run = request_from_cli.find_run(options["restart"], store)
    if opspec is not None:
        raise click.UsageError("OPERATION cannot be used with --restart")
    if run.batch_proto is not None:
        return _restart_batch(run, assignments, options, cwd, store)
    request = request_from_cli.request(None, assignments, options, store)._replace(
        proto=run, base=request_from_cli.base(run)
    )
    operation = operation_of_run(run)
    assigned = assigned_flags(request, operation, store.home)
    recipe = plan(request, operation, assigned)
    if options["print_cmd"]:
        import shlex

        click.echo(shlex.join(recipe.cmd))
        return 0
    if not request_from_cli.confirmed(
        f"You are about to start {run.id} ({operation.name})", recipe.flags, options
    ):
        return 1
    if request.step:
        request.step.put(run)
    environ = single_run.restage(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    if options["background"] or options["pidfile"]:
        single_run_flow.start_in_background(run, operation.name, environ, options)
        return 0
    return single_run.start_run(
        run,
        environ=environ,
        options=StartOptions(quiet=options["quiet"], stop_after=options["stop_after"]),
    )


def _restart_batch(
    run: Run,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    from guild.cli.batch_flow import go_on
    from guild.launch.batch_directory import read_batch
    from guild.launch.batch_plan import batch_name

    if assignments:
        raise GuildError(
            f"flags of batch {run.short_id} cannot be changed when it goes on - "
            f"use --proto {run.short_id} for a new one"
        )
    batch = read_batch(run)
    name = batch_name(batch.operation.name, batch.opref)
    if not request_from_cli.confirmed(
        f"You are about to start {run.id} ({name})", batch.options, options
    ):
        return 1
    return go_on(run, name, options, cwd, store)
