"""Help for a project: its models, operations and flags, as text and as Markdown."""

from __future__ import annotations

import html
import textwrap

from guild.api import project
from guild.cli.operation_help import flag_help
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.types import Guildfile, ModelDef

_OVERVIEW = """\
OVERVIEW

    {path} defines the operations below.

    To run one, use 'guild run OPERATION', or 'guild run MODEL:OPERATION' if it belongs
    to a model. Use 'guild operations' for a list.

    Set flags with FLAG=VALUE arguments. Use 'guild run OPERATION --help-op' for the flags of
    an operation, and 'guild run --help' for the options of all operations.
"""


def format_plain(guildfile: Guildfile, ctx: Context) -> str:
    """Return help as indented text."""
    lines = [_OVERVIEW.format(path=guildfile.path)]
    models = _models(guildfile)
    for number, model in enumerate(models):
        indent = ""
        if model.name:
            lines += [] if number and models[number - 1].name else ["MODELS\n"]
            lines.append(f"    {model.name}\n")
            indent = "  "
        lines += _indented(
            f"    {indent}", [model.description.strip(), ""] * bool(model.description)
        )
        lines.append(f"    {indent}Operations:\n" if model.name else "OPERATIONS\n")
        for op in _operations(model):
            lines += _indented(f"    {indent * 2}", _operation(op, guildfile, ctx))
        lines += _indented(f"    {indent}", _references(model))
    return "\n".join(lines)


def _models(guildfile: Guildfile) -> list[ModelDef]:
    """Return the models with public operations, the anonymous one first."""
    return [
        model
        for name, model in sorted(guildfile.models.items())
        if not name.startswith("_") and _operations(model)
    ]


def _operations(model: ModelDef) -> list[OpDef]:
    return [op for name, op in sorted(model.operations.items()) if not name.startswith("_")]


def _references(model: ModelDef) -> list[str]:
    """Return the references of a model as a list that is also valid Markdown."""
    if not model.references:
        return []
    return ["References:", "", *(f"- {text}" for text in model.references), ""]


def _operation(op: OpDef, guildfile: Guildfile, ctx: Context) -> list[str]:
    lines = [op.name, *_indented("  ", [op.description.strip()] * bool(op.description))]
    flags = project.find_op_flags(op, guildfile, ctx)
    if flags:
        lines.append("  Flags:")
        width = max(map(len, flags))
        for name in sorted(flags):
            first, *more = flag_help(flags[name], guildfile.path.parent)
            lines.append(f"    {name:{width}}  {first}".rstrip())
            lines += [f"    {'':{width}}  {line}".rstrip() for line in more]
    return [*lines, ""]


def _indented(prefix: str, texts: list[str]) -> list[str]:
    return [textwrap.indent(text, prefix) for text in texts]


def format_markdown(guildfile: Guildfile, ctx: Context, title: str, level: int) -> str:
    """Return help as a Markdown page; its title is a heading of `level`."""
    parts = [f"{_heading(level)} {title}"]
    for model in _models(guildfile):
        at = level + 1
        if model.name:
            parts.append(f"{_heading(at)} {model.name}")
            at += 1
        parts += _description(model.description)
        for op in _operations(model):
            parts.append(f"{_heading(at)} {op.name}")
            parts += _description(op.description)
            flags = project.find_op_flags(op, guildfile, ctx)
            if flags:
                parts.append("\n".join(_definitions(flags, guildfile)))
        parts += ["\n".join(_references(model)).rstrip()] if model.references else []
    return "\n\n".join(parts) + "\n"


def summary(description: str) -> str:
    """Return the first line of a description."""
    return description.strip().partition("\n")[0]


def details(description: str) -> list[str]:
    """Return the lines after the first line of a description."""
    return description.strip().splitlines()[1:]


def _heading(level: int) -> str:
    return "#" * min(level, 6)


def _description(text: str) -> list[str]:
    first, rest = summary(text), "\n".join(details(text)).strip()
    return [part for part in (f"*{first}*" if first else "", rest) if part]


def _definitions(flags: dict[str, FlagDef], guildfile: Guildfile) -> list[str]:
    lines = ["<dl>"]
    for name in sorted(flags):
        text = "\n".join(flag_help(flags[name], guildfile.path.parent)).strip()
        lines += [f"<dt>{html.escape(name)}</dt>", f"<dd>{html.escape(text)}</dd>"]
    return [*lines, "</dl>"]
