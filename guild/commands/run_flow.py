"""What `guild run` does with its options: show something and stop, or run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.ops import launch
from guild.ops.assignments import Assigned
from guild.ops.operation import Operation
from guild.ops.plan import Plan, assigned_flags, plan
from guild.ops.request import RunRequest
from guild.ops.resolve import of_run, project, resolve
from guild.ops.start import StartOptions
from guild.run import Run
from guild.runs.store import RunStore, new_id


def main(
    opspec: str | None,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    cwd: Path,
    home: Path,
) -> int:
    """Carry out `guild run`; the exit code."""
    store = RunStore(home)
    if options["restart"]:
        return _restart(opspec, assignments, options, cwd, store)
    files = tuple(word for word in assignments if word.startswith("@"))
    assignments = tuple(word for word in assignments if not word.startswith("@"))
    request = _request(opspec, assignments, options, store)
    if options["help_op"] and opspec is not None and _is_optimizer(opspec, cwd):
        _show_optimizer(opspec, cwd)
        return 0
    operation = _operation(request, cwd, home)
    if options["deps"]:
        operation = _requiring(operation, options["deps"], cwd)
    for warning in operation.warnings:
        click.echo(f"WARNING: {warning}", err=True)
    shown = _show(operation, options, cwd)
    if shown is not None:
        return shown
    assigned = assigned_flags(request, operation, store.home)
    if options["edit_flags"]:
        assigned = _edited(request, operation, assigned, store.home)
    if _is_batch(request, assigned, files, options):
        from guild.commands.batch_flow import batch_request, run_many

        batch = batch_request(files, options, operation, cwd, request.batch_proto)
        return run_many(batch, request, operation, assigned, options, cwd, store)
    return _run(request, operation, assigned, options, cwd, store)


def _is_batch(
    request: RunRequest,
    assigned: Assigned,
    files: tuple[str, ...],
    options: Mapping[str, Any],
) -> bool:
    return bool(
        assigned.many
        or files
        or options["optimizer"]
        or options["optimize"]
        or request.batch_proto is not None
    )


def _request(
    opspec: str | None,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    store: RunStore,
) -> RunRequest:
    named = find_run(options["proto"], store) if options["proto"] else None
    # A batch is repeated by what its trials were made from.
    proto = named.batch_proto or named if named else None
    return RunRequest(
        opspec=opspec,
        assignments=assignments,
        label=options["label"],
        tags=options["tags"],
        comment=_comment(options),
        base=_base(named),
        proto=proto,
        batch_proto=named if proto is not named else None,
        force_sourcecode=options["force_sourcecode"],
        force_flags=options["force_flags"],
        force_deps=options["force_deps"],
        gpus="" if options["no_gpus"] else options["gpus"],
        random_seed=options["random_seed"],
        debug_sourcecode=options["debug_sourcecode"],
        breakpoints=options["break_"],
        break_on_error=options["break_on_error"],
        keep_run=options["keep_run"],
        params=run_params(opspec, assignments, options),
    )


def _base(named: Run | None) -> dict[str, Any]:
    """The flag values of the run that `--proto` names; of a batch with lists and ranges."""
    if named is None:
        return {}
    if named.batch_proto is not None:
        from guild.batch.stage import read_batch

        return read_batch(named).flags
    flags = named.get("flags")
    return flags if isinstance(flags, dict) else {}


def run_params(
    opspec: str | None, assignments: tuple[str, ...], options: Mapping[str, Any]
) -> dict[str, Any]:
    """The attribute `run_params`: what was asked for, by the options' long names."""
    params = {name: list(v) if isinstance(v, tuple) else v for name, v in options.items()}
    return {**params, "opspec": opspec, "flags": list(assignments)}


def _operation(request: RunRequest, cwd: Path, home: Path) -> Operation:
    if request.proto is None or request.opspec is not None:
        return resolve(request.opspec, cwd, home / "cache" / "flags")
    return of_run(request.proto)


def _requiring(operation: Operation, paths: tuple[str, ...], cwd: Path) -> Operation:
    """The operation with the files and folders `paths` among what it requires."""
    from guild.guildfile.parts import ResourceDef, SourceDef

    more = tuple(
        ResourceDef(f"file:{path}", (SourceDef("file", path),))
        for path in (str(cwd / os.path.expanduser(path)) for path in paths)
    )
    requires = (*operation.opdef.requires, *more)
    return operation._replace(opdef=operation.opdef._replace(requires=requires))


def find_run(spec: str, store: RunStore) -> Run:
    """The one run that `spec`, as all commands take it, names. Raises GuildError."""
    from guild.api.selection import select_one

    return select_one(store.home, spec).run


# -- Showing


def _show(operation: Operation, options: Mapping[str, Any], cwd: Path) -> int | None:
    """What is shown of the operation instead of running it; None if nothing is asked for."""
    from guild.commands import run_show

    if options["help_model"]:
        run_show.model_help(operation, cwd)
    elif options["help_op"]:
        run_show.operation_help(operation)
        if options["optimizer"]:
            _show_optimizer(options["optimizer"], cwd)
    elif options["test_flags"]:
        run_show.flags_test(operation)
    elif options["test_sourcecode"]:
        run_show.sourcecode_test(operation)
    elif options["test_output_scalars"]:
        run_show.output_scalars_test(operation, options["test_output_scalars"])
    else:
        return None
    return 0


def _is_optimizer(opspec: str, cwd: Path) -> bool:
    """Whether `opspec` is a built-in optimizer's name, as batches have it: `skopt:gp`."""
    if not opspec.startswith("skopt:"):
        return False
    guildfile = project(cwd)
    return guildfile is None or guildfile.operation(opspec) is None


def _show_optimizer(name: str, cwd: Path) -> None:
    from guild.commands import run_show
    from guild.optimizers.registry import find_optimizer

    run_show.optimizer_help(find_optimizer(name, cwd))


# -- Asking


def _comment(options: Mapping[str, Any]) -> str | None:
    comment: str | None = options["comment"]
    if options["edit_comment"]:
        from guild.commands.editor import edit

        return edit("", ".txt").strip() or None
    return comment


def _edited(request: RunRequest, operation: Operation, assigned: Assigned, home: Path) -> Assigned:
    from guild.base import yaml
    from guild.commands.editor import edit

    text = edit(yaml.dump(assigned.flags), ".yml")
    try:
        values = yaml.load(text)
    except yaml.YAMLError as error:
        raise GuildError(f"invalid flags: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise GuildError("invalid flags: expected a mapping of names to values")
    return assigned_flags(request._replace(assignments=(), values=values), operation, home)


def _confirmed(question: str, flags: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    if options["yes"]:
        return True
    from guild.commands.run_show import preview

    click.echo(preview(question, flags), nl=False)
    return click.prompt("Continue? (Y/n)", default="y", show_default=False, prompt_suffix=" ")[
        :1
    ].lower() in ("y", "")


# -- Running


def _run(
    request: RunRequest,
    operation: Operation,
    assigned: Assigned,
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    recipe = plan(request, operation, assigned)
    if options["print_cmd"]:
        import shlex

        click.echo(shlex.join(recipe.cmd))
        return 0
    if options["print_env"]:
        from guild.commands import run_show

        run_show.environment(recipe)
        return 0
    if options["needed"] and _not_needed(recipe, store):
        return 0
    where = options["run_dir"] or options["stage_dir"]
    staged = options["stage"] or options["stage_dir"]
    if not _confirmed(
        f"You are about to {'stage' if staged else 'run'} {operation.name}"
        + (f" in '{where}'" if where else ""),
        recipe.flags,
        options,
    ):
        return 1
    run = _run_in(where) if where else store.new()
    if staged:
        return _stage(recipe, run, bool(where), cwd, store)
    if where:
        click.echo(
            f"Run directory is '{run.path}' (results will not be visible to Guild)", err=True
        )
    if options["background"] or options["pidfile"]:
        return _run_in_background(recipe, run, options, cwd, store)
    return launch.run_plan(
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
    return Run(new_id(), path)


def _stage(recipe: Plan, run: Run, outside: bool, cwd: Path, store: RunStore) -> int:
    from guild.ops.stage import stage

    stage(recipe, run, environ=os.environ, home=store.home, cwd=cwd, marker="STAGED")
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
    from guild.ops.environment import run_environment
    from guild.ops.stage import stage

    stage(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    env = run_environment(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    _start_in_background(run, recipe.operation.name, env.whole, options)
    return 0


def _start_in_background(
    run: Run, name: str, environ: Mapping[str, str], options: Mapping[str, Any]
) -> None:
    from guild.ops.background import start_in_background, tell

    pidfile = Path(options["pidfile"]).absolute() if options["pidfile"] else None
    pid = start_in_background(
        run,
        environ=environ,
        options=StartOptions(stop_after=options["stop_after"]),
        sinks=launch.sinks(run),
        pidfile=pidfile,
    )
    click.echo(tell(name, run, pid, pidfile))


def _not_needed(recipe: Plan, store: RunStore) -> bool:
    """Whether there is a run of the same operation and flags; tells which."""
    from guild.ops.matching import matching_runs

    found = matching_runs(recipe.operation.opref, recipe.flags, store)
    if not found:
        return False
    click.echo("Skipping because the following runs match this operation (--needed specified):")
    for run in found:
        click.echo(f"  [{run.short_id}]  {recipe.operation.name}  {run.status}  {run.get('label')}")
    return True


def _restart(
    opspec: str | None,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    run = find_run(options["restart"], store)
    if opspec is not None:
        raise click.UsageError("OPERATION cannot be used with --restart")
    if run.batch_proto is not None:
        return _restart_batch(run, assignments, options, cwd, store)
    request = _request(None, assignments, options, store)._replace(proto=run, base=_base(run))
    operation = of_run(run)
    assigned = assigned_flags(request, operation, store.home)
    recipe = plan(request, operation, assigned)
    if options["print_cmd"]:
        import shlex

        click.echo(shlex.join(recipe.cmd))
        return 0
    if not _confirmed(f"You are about to start {run.id} ({operation.name})", recipe.flags, options):
        return 1
    environ = launch.restage(recipe, run, environ=os.environ, home=store.home, cwd=cwd)
    if options["background"] or options["pidfile"]:
        _start_in_background(run, operation.name, environ, options)
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
    if not _confirmed(f"You are about to start {run.id} ({name})", batch.options, options):
        return 1
    return go_on(run, name, options, cwd, store)
