"""What was asked of `guild run`: a request, and what else only the user can say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.plan import assigned_flags
from guild.ops.plan.request import RunRequest
from guild.ops.plan.step_of import StepOf
from guild.run import Run
from guild.runs.store import RunStore


def request(
    opspec: str | None,
    assignments: tuple[str, ...],
    options: Mapping[str, Any],
    store: RunStore,
) -> RunRequest:
    """The request for runs, a prototype's values among it. Raises GuildError."""
    named = find_run(options["proto"], store) if options["proto"] else None
    # A batch is repeated by what its trials were made from.
    proto = named.batch_proto or named if named else None
    return RunRequest(
        opspec=opspec,
        assignments=assignments,
        label=options["label"],
        tags=options["tags"],
        comment=comment(options["comment"], options["edit_comment"]),
        base=base(named),
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
        step=StepOf(Path(options["step"]), options["isolate_runs"]) if options["step"] else None,
        params=run_params(opspec, assignments, options),
    )


def base(named: Run | None) -> dict[str, Any]:
    """The flag values of the run that `--proto` names; of a batch with lists and ranges."""
    if named is None:
        return {}
    if named.batch_proto is not None:
        from guild.launch.batch_directory import read_batch

        return read_batch(named).flags
    flags = named.get("flags")
    return flags if isinstance(flags, dict) else {}


def run_params(
    opspec: str | None, assignments: tuple[str, ...], options: Mapping[str, Any]
) -> dict[str, Any]:
    """The attribute `run_params`: what was asked for, by the options' long names."""
    params = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if name not in ("step", "isolate_runs")  # of this start, and not of another
    }
    return {**params, "opspec": opspec, "flags": list(assignments)}


def find_run(spec: str, store: RunStore) -> Run:
    """The one run that `spec`, as all commands take it, names. Raises GuildError."""
    from guild.api.selection import select_one

    return select_one(store.home, spec).run


def comment(given: str | None, edited: bool) -> str | None:
    """The comment that was given, or that is typed in an editor where it is to be `edited`."""
    if not edited:
        return given
    from guild.cli.editor import edit

    return edit("", ".txt").strip() or None


def edited(request: RunRequest, operation: Operation, assigned: Assigned, home: Path) -> Assigned:
    """The flags as the user left them in an editor. Raises GuildError."""
    from guild.base import yaml
    from guild.cli.editor import edit

    text = edit(yaml.dump(assigned.flags), ".yml")
    try:
        values = yaml.load(text)
    except yaml.YAMLError as error:
        raise GuildError(f"invalid flags: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise GuildError("invalid flags: expected a mapping of names to values")
    return assigned_flags(request._replace(assignments=(), values=values), operation, home)


def confirmed(question: str, flags: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether the user agrees, after a look at the flags; `--yes` does so beforehand."""
    if options["yes"]:
        return True
    from guild.cli.confirm import confirm
    from guild.cli.operation_help import preview

    click.echo(preview(question, flags), nl=False)
    return confirm()
