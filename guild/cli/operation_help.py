"""What `guild run` shows of an operation instead of running it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guild.base import yaml
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.ops.define.operation import Operation, to_record
from guild.ops.plan.plan import Plan

if TYPE_CHECKING:
    from guild.optimizers.registry import OptimizerKind


def preview(question: str, flags: Mapping[str, Any]) -> str:
    """What is about to be done, with each flag's value on a line of its own."""
    lines = [question, *(f"  {name}: {flag_values.encode(v)}" for name, v in sorted(flags.items()))]
    return "\n".join(lines) + "\n"


def operation_help(operation: Operation) -> None:
    """Print what the operation is for, and its flags."""
    click.echo(f"Usage: guild run [OPTIONS] {operation.name} [FLAG]...\n")
    if operation.opdef.description:
        click.echo(f"{operation.opdef.description}\n")
    click.echo("Use 'guild run --help' for a list of options.")
    if operation.flags:
        click.echo("\nFlags:")
        _print_flags([operation.flags[name] for name in sorted(operation.flags)])


def optimizer_help(kind: OptimizerKind) -> None:
    """Print what an optimizer does, and its flags."""
    click.echo(f"\nOptimizer {kind.name}")
    if kind.description:
        click.echo(f"\n{kind.description}")
    if kind.options:
        click.echo("\nOptimizer flags (-Fo NAME=VAL):")
        _print_flags(sorted(kind.options, key=lambda flag: flag.name))


def _print_flags(flags: list[FlagDef]) -> None:
    width = max(len(flag.name) for flag in flags)
    for flag in flags:
        first, *more = flag_help(flag)
        click.echo(f"  {flag.name:{width}}  {first}".rstrip())
        for line in more:
            click.echo(f"  {'':{width}}  {line}".rstrip())


def flag_help(flag: FlagDef) -> list[str]:
    """The lines that describe a flag: what it is for, its default and type, its choices."""
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
        facts.append(flag.source.removeprefix(os.path.join(os.getcwd(), "")))
    description, *rest = flag.description.splitlines() or [""]
    lines = [f"{description} ({', '.join(facts)})".strip() if facts else description, *rest]
    if flag.choices:
        described = any(choice.description for choice in flag.choices)
        shown = [choice.alias or flag_values.encode(choice.value) for choice in flag.choices]
        width = max(map(len, shown)) if described else 0
        names = [
            f"{name:{width}}  {choice.description}".rstrip()
            for name, choice in zip(shown, flag.choices, strict=True)
        ]
        lines += (
            ["", "Choices:", *(f"  {name}" for name in names)]
            if described
            else [
                "",
                f"Choices:  {', '.join(names)}",
            ]
        )
        lines.append("")
    return lines


def model_help(operation: Operation, cwd: Path) -> None:
    """Print what the operation's model is for, and its operations."""
    from guild.ops.define.resolve import load_project

    guildfile = load_project(cwd)
    model = guildfile.models.get(operation.opdef.model) if guildfile else None
    if model is None:
        raise GuildError(f"'{operation.name}' has no model: it is not from a guild.yml")
    prefix = f"{model.name}:" if model.name else ""
    click.echo(f"Usage: guild run [OPTIONS] {prefix}OPERATION [FLAG]...\n")
    if model.description:
        click.echo(f"{model.description}\n")
    click.echo(f"Use 'guild run {prefix}OPERATION --help-op' for help on a particular operation.\n")
    click.echo("Operations:")
    width = max((len(name) for name in model.operations), default=0)
    for name, opdef in sorted(model.operations.items()):
        click.echo(f"  {name:{width}}  {opdef.description}".rstrip())


def flags_test(operation: Operation) -> None:
    """Print how each flag is defined, as YAML."""
    record = to_record(operation, None, {})
    sources = {name: flag.source for name, flag in operation.flags.items() if flag.source}
    shown = {
        "flags-dest": operation.command.flags_dest,
        "flags-import": operation.opdef.flags_import,
        "flags": {
            name: {**flag, **({"source": sources[name]} if name in sources else {})}
            for name, flag in record["flags"].items()
        },
    }
    click.echo(yaml.dump(shown), nl=False)


def sourcecode_test(operation: Operation) -> None:
    """Print for each file whether it is copied, and why not."""
    from guild.ops.stage.sourcecode.file_selection import select_sourcecode
    from guild.ops.stage.sourcecode.selection_report import describe_selection

    selection = select_sourcecode(
        operation.source_root,
        operation.sourcecode,
        started=operation.main_file,
        environ=os.environ,
        explain=True,
    )
    for line in describe_selection(selection, os.getcwd()):
        click.echo(line)


def output_scalars_test(operation: Operation, source: str) -> None:
    """Print what each line of the file `source`, or of stdin for `-`, is as scalars."""
    from guild.scalars.output_report import output_scalars_report

    record = to_record(operation, None, {})["output-scalars"]
    try:
        lines = sys.stdin.buffer if source == "-" else open(source, "rb")  # noqa: SIM115  # closed below
    except OSError as error:
        raise GuildError(f"cannot read '{source}': {error.strerror}") from None
    with lines:
        for line in output_scalars_report(lines, record):
            click.echo(line)


def environment(plan: Plan) -> None:
    """Print the variables that the operation and its flags add to the environment."""
    import shlex

    own = {
        "FLAGS_DEST": plan.operation.command.flags_dest,
        "PROJECT_DIR": str(plan.operation.project_dir),
        **plan.env,
    }
    for name in sorted(own):
        click.echo(f"{name}={shlex.quote(own[name]) if own[name] else ''}")
