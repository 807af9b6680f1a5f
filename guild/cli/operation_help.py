"""Help about operations, and how Guild understands their configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guild.base import yaml
from guild.base.errors import GuildError
from guild.context import Context
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagChoice, FlagDef
from guild.ops.define.operation import Operation, to_record

if TYPE_CHECKING:
    from guild.optimizers.registry import OptimizerKind


def print_operation_help(operation: Operation, ctx: Context) -> None:
    """Print the description of `operation` and its flags."""
    click.echo(f"Usage: guild run [OPTIONS] {operation.name} [FLAG]...\n")
    if operation.opdef.description:
        click.echo(f"{operation.opdef.description}\n")
    click.echo("Use 'guild run --help' for a list of options.")
    if operation.flags:
        click.echo("\nFlags:")
        _print_flags([operation.flags[name] for name in sorted(operation.flags)], ctx)


def print_optimizer_help(kind: OptimizerKind, ctx: Context) -> None:
    """Print the description of an optimizer and its flags."""
    click.echo(f"\nOptimizer {kind.name}")
    if kind.description:
        click.echo(f"\n{kind.description}")
    if kind.options:
        click.echo("\nOptimizer flags (-Fo NAME=VAL):")
        _print_flags(sorted(kind.options, key=lambda flag: flag.name), ctx)


def _print_flags(flags: list[FlagDef], ctx: Context) -> None:
    width = max(len(flag.name) for flag in flags)
    for flag in flags:
        first, *more = flag_help(flag, ctx.cwd)
        click.echo(f"  {flag.name:{width}}  {first}".rstrip())
        for line in more:
            click.echo(f"  {'':{width}}  {line}".rstrip())


def flag_help(flag: FlagDef, cwd: Path) -> list[str]:
    """Return the lines that describe a flag: description, default, type, limits, choices.

    Locations are relative to `cwd` if they are in it.
    """
    facts = []
    if flag.required:
        facts.append("required")
    elif flag.default is not None:
        facts.append(f"default is {flag_values.encode(flag.default)}")
    if flag.type:
        facts.append(flag.type)
    if flag.min is not None:
        facts.append(f"at least {flag_values.encode(flag.min)}")
    if flag.max is not None:
        facts.append(f"at most {flag_values.encode(flag.max)}")
    if flag.source:
        facts.append(flag.source.removeprefix(os.path.join(cwd, "")))
    description, *rest = flag.description.splitlines() or [""]
    lines = [f"{description} ({', '.join(facts)})".strip() if facts else description, *rest]
    return [*lines, *_choice_lines(flag.choices)] if flag.choices else lines


def _choice_lines(choices: tuple[FlagChoice, ...]) -> list[str]:
    names = [choice.alias or flag_values.encode(choice.value) for choice in choices]
    if not any(choice.description for choice in choices):
        return ["", f"Choices:  {', '.join(names)}", ""]
    width = max(map(len, names))
    rows = [
        f"  {name:{width}}  {choice.description}".rstrip()
        for name, choice in zip(names, choices, strict=True)
    ]
    return ["", "Choices:", *rows, ""]


def print_model_help(operation: Operation, ctx: Context) -> None:
    """Print the description of the operation's model and its operations.

    Raises GuildError for an operation without a model.
    """
    from guild.ops.define.resolve import load_project

    guildfile = load_project(ctx.cwd)
    model = guildfile.models.get(operation.opdef.model) if guildfile else None
    if model is None:
        raise GuildError(f"operation '{operation.name}' has no model: no guild.yml defines it")
    prefix = f"{model.name}:" if model.name else ""
    click.echo(f"Usage: guild run [OPTIONS] {prefix}OPERATION [FLAG]...\n")
    if model.description:
        click.echo(f"{model.description}\n")
    click.echo(f"Use 'guild run {prefix}OPERATION --help-op' for help on a particular operation.\n")
    click.echo("Operations:")
    width = max((len(name) for name in model.operations), default=0)
    for name, opdef in sorted(model.operations.items()):
        click.echo(f"  {name:{width}}  {opdef.description}".rstrip())


def print_flag_definitions(operation: Operation) -> None:
    """Print the definition of each flag, as YAML."""
    record = to_record(operation, None, {})
    sources = {name: flag.source for name, flag in operation.flags.items() if flag.source}
    definitions = {
        "flags-dest": operation.command.flags_dest,
        "flags-import": operation.opdef.flags_import,
        "flags": {
            name: {**flag, **({"source": sources[name]} if name in sources else {})}
            for name, flag in record["flags"].items()
        },
    }
    click.echo(yaml.dump(definitions), nl=False)


def print_sourcecode(operation: Operation, ctx: Context) -> None:
    """Print for each file whether it is copied as source code, and why not."""
    from guild.ops.stage.source_files import with_project_rules
    from guild.ops.stage.sourcecode.file_selection import select_sourcecode
    from guild.ops.stage.sourcecode.selection_report import describe_selection

    selection = select_sourcecode(
        operation.source_root,
        with_project_rules(operation, ctx.home),
        started=operation.main_file,
        environ=ctx.environ,
        explain=True,
    )
    for line in describe_selection(selection, str(ctx.cwd)):
        click.echo(line)


def print_output_scalars(operation: Operation, source: str) -> None:
    """Print the scalars in each line of the file `source`, or of stdin for `-`."""
    from guild.scalars.output_report import output_scalars_report

    record = to_record(operation, None, {})["output-scalars"]
    try:
        lines = sys.stdin.buffer if source == "-" else open(source, "rb")  # noqa: SIM115  # closed below
    except OSError as error:
        raise GuildError(f"cannot read '{source}': {error.strerror}") from None
    with lines:
        for line in output_scalars_report(lines, record):
            click.echo(line)
