"""Going on with a run that is there: `guild run --start` and `--restart`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.commands import one_run, run_asked
from guild.ops import launch
from guild.ops.plan import assigned_flags, plan
from guild.ops.resolve import of_run
from guild.ops.start import StartOptions
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
    run = run_asked.find_run(options["restart"], store)
    if opspec is not None:
        raise click.UsageError("OPERATION cannot be used with --restart")
    if run.batch_proto is not None:
        return _restart_batch(run, assignments, options, cwd, store)
    request = run_asked.request(None, assignments, options, store)._replace(
        proto=run, base=run_asked.base(run)
    )
    operation = of_run(run)
    assigned = assigned_flags(request, operation, store.home)
    recipe = plan(request, operation, assigned)
    if options["print_cmd"]:
        import shlex

        click.echo(shlex.join(recipe.cmd))
        return 0
    if not run_asked.confirmed(
        f"You are about to start {run.id} ({operation.name})", recipe.flags, options
    ):
        return 1
    if request.step:
        request.step.put(run)
    environ = launch.restage(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    if options["background"] or options["pidfile"]:
        one_run.start_in_background(run, operation.name, environ, options)
        return 0
    return launch.start_run(
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
    from guild.batch.plan import batch_name
    from guild.batch.stage import read_batch
    from guild.commands.batch_flow import go_on

    if assignments:
        raise GuildError(
            f"flags of batch {run.short_id} cannot be changed when it goes on - "
            f"use --proto {run.short_id} for a new one"
        )
    batch = read_batch(run)
    name = batch_name(batch.operation.name, batch.opref)
    if not run_asked.confirmed(f"You are about to start {run.id} ({name})", batch.options, options):
        return 1
    return go_on(run, name, options, cwd, store)
