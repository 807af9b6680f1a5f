"""What `guild run` does with its options: show something and stop, or run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from guild.base import log
from guild.base.errors import GuildError
from guild.cli import request_from_cli, restart, single_run_flow
from guild.context import Context
from guild.flags import values as flag_values
from guild.ops.define.command import ignored_flags
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import load_project, operation_of_run, resolve
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.plan import assigned_flags
from guild.ops.plan.request import RunRequest
from guild.runs.store import RunStore


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
        return restart.restart(opspec, assignments, options, cwd, store)
    files = [cwd / word[1:] for word in assignments if word.startswith("@")]
    assignments = tuple(word for word in assignments if not word.startswith("@"))
    request = request_from_cli.request(opspec, assignments, options, store)
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
    rows = _rows(files, operation) if files else None
    if rows is not None and len(rows) == 1:  # the same as on the command line
        request, rows = request._replace(values=dict(rows[0])), []
    assigned = assigned_flags(request, operation, store.home)
    if options["edit_flags"]:
        assigned = request_from_cli.edited(request, operation, assigned, store.home)
    _tell_ignored(operation, assigned)
    if rows or _is_batch(request, assigned, options):
        from guild.cli.batch_flow import batch_request, run_many

        batch = batch_request(rows, options, request.batch_proto)
        return run_many(batch, request, operation, assigned, options, cwd, store)
    _check_no_batch(operation, options)
    return single_run_flow.run_one(request, operation, assigned, options, cwd, store)


def _tell_ignored(operation: Operation, assigned: Assigned) -> None:
    """Warn of flags that the operation does not pass on."""
    for name in ignored_flags(operation.command, assigned.flags, operation.flags):
        value = flag_values.encode(assigned.flags[name])
        click.echo(
            f"WARNING: flag '{name}={value}' is ignored: the command of {operation.name} "
            "has that option itself",
            err=True,
        )


def _rows(files: Iterable[Path], operation: Operation) -> list[dict[str, Any]]:
    """The trials of batch files. Raises GuildError."""
    from guild.launch import batch_file

    return [row for path in files for row in batch_file.read(path, operation.flags)]


def _check_no_batch(operation: Operation, options: Mapping[str, Any]) -> None:
    """Tell what was asked of a batch where there is none. Raises GuildError."""
    for name in ("print_trials", "save_trials", "stage_trials"):
        if options[name]:
            raise GuildError(
                f"--{name.replace('_', '-')} needs a batch, and {operation.name} would run once - "
                "give a flag several values as NAME=[VAL,VAL]"
            )
    if options["opt_flags"]:
        from guild.launch.batch_plan import no_optimizer

        raise no_optimizer(options["opt_flags"])
    if options["max_trials"] is not None:
        log.warning("--max-trials is ignored: this is no batch")


def _is_batch(request: RunRequest, assigned: Assigned, options: Mapping[str, Any]) -> bool:
    return bool(
        assigned.many
        or options["optimizer"]
        or options["optimize"]
        or request.batch_proto is not None
    )


def _operation(request: RunRequest, cwd: Path, home: Path) -> Operation:
    if request.proto is None or request.opspec is not None:
        try:
            return resolve(request.opspec, Context(home, cwd, os.environ))
        except GuildError:
            _tell_warnings(cwd)
            raise
    return operation_of_run(request.proto)


def _tell_warnings(cwd: Path) -> None:
    """What is odd in the guild.yml may be why an operation is not found."""
    from guild.cli import project_warnings

    with suppress(GuildError):  # one that cannot be read is told already
        project_warnings.print_warnings(load_project(cwd))


def _requiring(operation: Operation, paths: tuple[str, ...], cwd: Path) -> Operation:
    """The operation with the files and folders `paths` among what it requires."""
    from guild.guildfile.defs import ResourceDef, SourceDef

    more = tuple(
        ResourceDef(f"file:{path}", (SourceDef("file", path),))
        for path in (str(cwd / os.path.expanduser(path)) for path in paths)
    )
    requires = (*operation.opdef.requires, *more)
    return operation._replace(opdef=operation.opdef._replace(requires=requires))


def _show(operation: Operation, options: Mapping[str, Any], cwd: Path) -> int | None:
    """What is shown of the operation instead of running it; None if nothing is asked for."""
    from guild.cli import operation_help

    if options["help_model"]:
        operation_help.model_help(operation, cwd)
    elif options["help_op"]:
        operation_help.operation_help(operation)
        if options["optimizer"]:
            _show_optimizer(options["optimizer"], cwd)
    elif options["test_flags"]:
        operation_help.flags_test(operation)
    elif options["test_sourcecode"]:
        operation_help.sourcecode_test(operation)
    elif options["test_output_scalars"]:
        operation_help.output_scalars_test(operation, options["test_output_scalars"])
    else:
        return None
    return 0


def _is_optimizer(opspec: str, cwd: Path) -> bool:
    """Whether `opspec` is a built-in optimizer's name, as batches have it: `skopt:gp`."""
    if not opspec.startswith("skopt:"):
        return False
    guildfile = load_project(cwd)
    return guildfile is None or guildfile.get_operation(opspec) is None


def _show_optimizer(name: str, cwd: Path) -> None:
    from guild.cli import operation_help
    from guild.optimizers.registry import find_optimizer

    operation_help.optimizer_help(find_optimizer(name, cwd))
