"""`guild plot`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guild import config
from guild.base import files
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import RunQuery

if TYPE_CHECKING:
    from guild.api.curves import Curve
    from guild.view.plot.chart import Chart
    from guild.view.plot.terminal import Look

LIMIT = 10

# In a picture a curve of more points looks the same.
_MOST_POINTS = 4000

_FORMATS = (".png", ".svg", ".html")

# Rows of a panel in a terminal: at most, and without a terminal.
_ROWS = 20
# Title, axis, its numbers and what it is about.
_ROWS_AROUND = 4


@command()
@click.argument("columns", nargs=-1, required=True, metavar="COLUMN...")
@click.option(
    "-r",
    "--run",
    "runs",
    metavar="RUN",
    multiple=True,
    help="Plot RUN. May be used multiple times. (default is all runs)",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Limit number of runs plotted. (default is the latest {LIMIT})",
)
@click.option("-a", "--all", "all_", is_flag=True, help="Plot all runs.")
@click.option("-o", "--out", metavar="FILE", help="Write to FILE: .png, .svg or .html.")
@click.option(
    "-x",
    "--x-axis",
    type=click.Choice(("step", "time")),
    default="step",
    help="Plot values by step, or by time since the start of the run. (default is step)",
)
@click.option("--log", is_flag=True, help="Use a logarithmic scale for values.")
@click.option("--log-x", is_flag=True, help="Use a logarithmic scale for steps or times.")
@click.option(
    "-s",
    "--smooth",
    metavar="WEIGHT",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Smooth values by a moving average, from 0 (none) to below 1, as in TensorBoard.",
)
@run_selection.RUN_FILTERS
def plot(columns: tuple[str, ...], query: RunQuery, **options: Any) -> None:
    """Plot scalars of runs as curves.

    COLUMN is a scalar such as 'loss', 'train#loss' or 'train#loss as train'; 'guild runs
    info' shows those of a run. Each COLUMN has a drawing of its own; scalars with commas
    between them are drawn on the same axes:

        guild plot loss 'train#acc, eval#acc'

    RUN is an index, a range of indexes, the start of a run's id, or a run directory; without
    it the latest runs are plotted that have such a scalar and that the filters leave.

    The drawing is as wide as the terminal. It has colors unless NO_COLOR is set or it is not
    for a terminal; there lines are told apart by marks.
    """
    if options["all_"] and options["limit"] is not None:
        raise click.UsageError("--all and --limit cannot both be used")
    out = options["out"]
    if out is not None and not out.lower().endswith(_FORMATS):
        raise GuildError(f"'{out}' is no file that can be written: .png, .svg or .html")
    chart = _chart(columns, query, options)
    if out is None:
        _print(chart)
    else:
        _write(chart, Path(out))


def _chart(specs: tuple[str, ...], query: RunQuery, options: dict[str, Any]) -> Chart:
    from guild.api import curves
    from guild.view.plot.chart import Chart, make_panel

    wanted = [curves.parse(spec) for spec in specs]
    runs = run_selection.select_named_or_all(options["runs"], query)
    if not runs:
        raise GuildError("no matching runs")
    limit = None if options["all_"] or options["runs"] else LIMIT
    found = curves.curves(
        config.guild_home(),
        runs,
        list(dict.fromkeys(column for columns in wanted for column in columns)),
        axis=options["x_axis"],
        limit=options["limit"] or limit,
        # An average needs all values.
        most=None if options["smooth"] else _MOST_POINTS,
    )
    if limit is not None and options["limit"] is None and found.total > limit:
        click.echo(
            f"Showing the first {limit} runs ({found.total} total) - use --all to show all or "
            f"--limit to show more",
            err=True,
        )
    shown = [_drawable(curve, options["smooth"]) for curve in found.curves]
    panels = [
        make_panel(
            [curve for curve in shown if curve.column in columns],
            [column.header for column in columns],
        )
        for columns in wanted
    ]
    title = "time (seconds)" if options["x_axis"] == "time" else "step"
    return Chart(panels, title, log_x=options["log_x"], log_y=options["log"])


def _drawable(curve: Curve, weight: float) -> Curve:
    from guild.api import curves

    if not weight:
        return curve
    return curves.thinned(curve._replace(ys=curves.smoothed(curve.ys, weight)), _MOST_POINTS)


def _print(chart: Chart) -> None:
    from guild.view.plot import terminal

    look = _look(chart)
    for line in terminal.render_chart(chart, look):
        click.echo(line, color=look.color)


def _look(chart: Chart) -> Look:
    from guild.view.plot.terminal import Look

    size = shutil.get_terminal_size()
    around = _ROWS_AROUND + max(len(panel.lines) for panel in chart.panels)
    at_terminal = sys.stdout.isatty()
    return Look(
        width=size.columns,
        # A panel and the prompt below it are on the screen together.
        height=min(_ROWS, size.lines - around - 1) if at_terminal else _ROWS,
        color=at_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=_has_unicode(sys.stdout.encoding),
    )


def _has_unicode(encoding: str) -> bool:
    try:
        "⣿┤".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _write(chart: Chart, path: Path) -> None:
    data = _drawn(chart, path.suffix.lower())
    try:
        files.write_output_file(path, data)
    except OSError as error:
        raise GuildError(f"cannot write '{path}': {error.strerror}") from None


def _drawn(chart: Chart, kind: str) -> bytes:
    if kind == ".png":
        from guild.view.plot.picture import render_png

        return render_png(chart)
    if kind == ".svg":
        from guild.view.plot.svg import render_svg

        return render_svg(chart).encode()
    from guild.view.plot.page import render_page

    return render_page(chart, ", ".join(panel.title for panel in chart.panels)).encode()
