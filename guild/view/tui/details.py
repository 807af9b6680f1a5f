"""Details of one run: a summary with a curve, or a full page."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guild.api import curves, lookup, run_info
from guild.api.table_formats import format_cell
from guild.base import yaml
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.index.columns import Column
from guild.index.query import IndexedRun
from guild.scalars.run_scalars import ScalarSummary
from guild.scalars.scalar_names import format_name, is_system
from guild.view.plot import terminal
from guild.view.plot.chart import Chart, Line, Panel

GONE = "This run no longer exists."
_POINTS = 2_000
_LINES_AROUND_CHART = 6  # title, axis, its labels and title, legend
_OUTPUT_BYTES = 50_000


class Details(NamedTuple):
    """The summary of a run.

    Attributes:
        lines: fields, comments and scalars.
        scalars: the names of the scalars that can be drawn, system metrics last.
    """

    lines: tuple[str, ...]
    scalars: tuple[str, ...]


def read_details(home: Path, run: IndexedRun) -> Details:
    """Read the summary of a run."""
    if not os.path.isdir(run.path):
        return Details((GONE,), ())
    summaries = lookup.read_scalars([run]).get(run.path, [])
    rows = sorted(summaries, key=lambda row: (is_system(row.tag), row.prefix, row.tag))
    scalars: dict[str, ScalarSummary] = {}
    for row in rows:  # the script's own scalars before those found in the output
        name = format_name(row.prefix, row.tag)
        scalars.setdefault(name, row)
    flags = " ".join(f"{name}={format_cell(run.flags[name])}" for name in sorted(run.flags))
    # A list of pairs, because a scalar may have the name of another field.
    fields = [
        ("run", run.id),
        ("operation", run.operation),
        ("status", run.status),
        ("label", run.label),
        ("tags", ", ".join(map(str, _list(run.attrs.get("tags"))))),
        ("flags", flags),
    ]
    for number, comment in enumerate(_list(run.attrs.get("comments")), 1):
        fields.append((f"comment {number}", _comment(comment)))
    for name, row in scalars.items():
        last = f"{format_cell(row.last_val)} (step {row.last_step})"
        range_ = f"min {format_cell(row.min_val)}  max {format_cell(row.max_val)}"
        fields.append((printable(name), f"{last}  {range_}"))
    lines = tuple(f"{name}: {printable(value)}" for name, value in fields if value)
    return Details(lines, tuple(scalars))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _comment(comment: object) -> str:
    return str(comment.get("body", "")) if isinstance(comment, dict) else ""


def draw_curve(home: Path, run: IndexedRun, scalar: str, size: tuple[int, int]) -> tuple[str, ...]:
    """Return the curve of a scalar as lines that fit into `size` (columns, rows)."""
    width, height = size
    column = Column("scalar", scalar)
    try:
        drawn = curves.read_curves([run], [column], max_points=_POINTS).curves
        panel = Panel(printable(scalar), [Line("", curve.xs, curve.ys) for curve in drawn])
        look = terminal.Look(width=width, height=height - _LINES_AROUND_CHART)
        return tuple(terminal.render_chart(Chart([panel], "step"), look))
    except GuildError as error:
        return (error.message,)
    except OSError:
        return (GONE,)


def describe_run(run: IndexedRun) -> str:
    """Return all fields of a run and the end of its output, as text."""
    if not os.path.isdir(run.path):
        return GONE
    try:
        fields = run_info.read_info(run, all_scalars=True)
        fields |= run_info.read_user_attributes(run.run)
        output = _read_output_tail(run)
    except OSError as error:
        return f"{GONE} ({error.strerror})"
    scalars = fields.pop("scalars")
    text = "".join(yaml.dump({name: value}) for name, value in fields.items())
    lines = [
        *text.splitlines(),
        *(["scalars:"] if scalars else []),
        *(f"  {name}: {_all_values(values)}" for name, values in scalars.items()),
        "output:",
        *(f"  {line}" for line in output),
    ]
    return "\n".join(map(printable, lines))


def _all_values(values: Mapping[str, tuple[float, int]]) -> str:
    return "  ".join(
        f"{kind} {format_cell(values[kind][0])} (step {values[kind][1]})"
        for kind in ("last", "min", "max", "first")
    )


def _read_output_tail(run: IndexedRun) -> list[str]:
    """Return the last lines of the run's output."""
    try:
        with open(run.run.guild_path("output"), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _OUTPUT_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return lines if size <= _OUTPUT_BYTES else lines[1:]
