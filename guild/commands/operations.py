"""`guild operations`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from guild import config
from guild.api import project
from guild.cli import project_warnings
from guild.cli.columns import align_rows
from guild.cli.command import argument, command, option
from guild.cli.project_help import details, summary
from guild.context import Context
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.types import Guildfile


@command(
    examples=(
        ("guild operations", "List the operations of this project."),
        ("guild ops train -v", "Show details of operations named 'train'."),
    )
)
@argument(
    "words",
    nargs=-1,
    metavar="[FILTER...]",
    description="List only operations whose name or model contains FILTER.",
)
@option(
    "-a",
    "--all",
    "all_",
    is_flag=True,
    help="Include private operations, which start with an underscore.",
)
@option("-v", "--verbose", is_flag=True, help="Show operation details.")
@option("--json", "as_json", is_flag=True, help="Format operations as JSON.")
def operations(words: tuple[str, ...], all_: bool, verbose: bool, as_json: bool) -> None:
    """List operations.

    The operations are those of the guild.yml in the current directory.
    """
    guildfile = project.read_project(Path(os.getcwd()))
    project_warnings.print_warnings(guildfile)
    matches = project.list_operations(guildfile, words, private=all_) if guildfile else []
    if as_json:
        import json

        click.echo(json.dumps([_data(op, guildfile) for op in matches if guildfile], default=str))
        return
    lines = align_rows([[op.full_name, summary(op.description)] for op in matches])
    for op, line in zip(matches, lines, strict=True):
        click.echo(line)
        if verbose and guildfile:
            _print_details(op, guildfile)


def _context() -> Context:
    return Context(config.guild_home(), Path(os.getcwd()), os.environ)


def _print_details(op: OpDef, guildfile: Guildfile) -> None:
    for line in details(op.description):
        click.echo(f"  {line}".rstrip())
    for name in ("main", "exec", "notebook"):
        value = getattr(op, name)
        if value is not None:
            click.echo(f"  {name}: {value if isinstance(value, str) else ' '.join(value)}")
    flags = project.find_op_flags(op, guildfile, _context())
    if flags:
        click.echo("  flags:")
        rows = [[name, _flag_summary(flags[name])] for name in sorted(flags)]
        for line in align_rows(rows):
            click.echo(f"    {line}")


def _flag_summary(flag: FlagDef) -> str:
    if flag.required:
        default = "(required)"
    elif flag.default is None:
        default = ""
    else:
        default = f"(default is {flag_values.encode(flag.default)})"
    return f"{summary(flag.description)} {default}".strip()


def _data(op: OpDef, guildfile: Guildfile) -> dict[str, Any]:
    flags = project.find_op_flags(op, guildfile, _context())
    return {
        "name": op.full_name,
        "model": op.model,
        "operation": op.name,
        "description": op.description,
        "default": op is guildfile.default_operation,
        "flags": {
            name: {
                "default": flag.default,
                "type": flag.type,
                "description": flag.description,
                "required": flag.required,
                "choices": [choice.value for choice in flag.choices],
            }
            for name, flag in sorted(flags.items())
        },
    }
