"""The help page of a command: usage, description, arguments, examples, options by heading."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

import click

_OPTIONS = "Options"
_FILTERS = "Filters"

_MAX_TERM_WIDTH = 30  # columns


def write_page(
    command: click.Command,
    examples: Sequence[tuple[str, str]],
    ctx: click.Context,
    formatter: click.HelpFormatter,
) -> None:
    """Write the whole help page of `command`; `examples` are command lines and their effect."""
    command.format_usage(ctx, formatter)
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(inspect.cleandoc(command.help or ""))
    write_arguments(command.params, formatter)
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(examples, col_max=formatter.width * 3 // 5)
    write_options(ctx, command.get_params(ctx), formatter)


def write_arguments(parameters: Iterable[click.Parameter], formatter: click.HelpFormatter) -> None:
    """Write a section about the arguments that have a description."""
    rows = [
        (str(param.metavar).replace("[", "").replace("]", "").split()[0], description)
        for param in parameters
        if (description := getattr(param, "description", None))
    ]
    if rows:
        with formatter.section("Arguments"):
            formatter.write_dl(rows)


def write_options(
    ctx: click.Context, parameters: Iterable[click.Parameter], formatter: click.HelpFormatter
) -> None:
    """Write a section for each heading, with terms of one width.

    Options outside of groups come first. If `--help` is the only one of them, it joins the
    last section that is not about filters.
    """
    sections: dict[str, list[tuple[str, str]]] = {_OPTIONS: []}
    for param in parameters:
        if isinstance(param, click.Option) and not param.hidden:
            heading = getattr(param, "heading", _OPTIONS)
            sections.setdefault(heading, []).append((_term(param), param.help or ""))
    if len(sections[_OPTIONS]) == 1 and sections.keys() - {_OPTIONS, _FILTERS}:
        last = [heading for heading in sections if heading != _FILTERS][-1]
        sections[last] += sections.pop(_OPTIONS)
    limit = min(_MAX_TERM_WIDTH, max(formatter.width // 3, 16))
    width = _term_width((row for rows in sections.values() for row in rows), limit)
    for heading, rows in sections.items():
        with formatter.section(heading):
            padded = [(term.ljust(width), text) for term, text in rows]
            formatter.write_dl(padded, col_max=width)


def _term_width(rows: Iterable[tuple[str, str]], limit: int) -> int:
    """Return the width of the longest term that fits into `limit` columns."""
    return max(len(term) for term, _text in rows if len(term) <= limit)


def _term(option: click.Option) -> str:
    """Return the names and the metavar of an option, such as `-Sr, --[not-]running`."""
    hidden: Sequence[str] = getattr(option, "hidden_names", ())
    names = [name for name in option.opts if name not in hidden]
    if option.secondary_opts:
        names[-1] = f"--[not-]{names[-1].removeprefix('--')}"
    term = ", ".join(names)
    if option.is_flag or option.count:
        return term
    return f"{term} {_metavar(option)}"


def _metavar(option: click.Option) -> str:
    if option.metavar is not None:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return f"{{{','.join(map(str, option.type.choices))}}}"
    return option.type.name.upper()
