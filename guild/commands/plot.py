"""`guild plot`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from guild.base import files
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, argument, command, option
from guild.index.query import RunQuery

if TYPE_CHECKING:
    from guild.api.curves import Curve
    from guild.view.plot.chart import Chart
    from guild.view.plot.terminal import Look

LIMIT = 10

_MAX_POINTS = 4000  # more points would not change the picture

_FORMATS = (".png", ".svg", ".html")

_MAX_ROWS = 20  # the height of a panel; smaller in small terminals
_ROWS_AROUND = 4  # title, axis, axis labels and axis title


class RunOptions(NamedTuple):
    """The runs to plot."""

    run: tuple[str, ...]
    limit: int | None
    all: bool


class AxisOptions(NamedTuple):
    """The axes and the smoothing of curves."""

    x_axis: str
    log: bool
    log_x: bool
    smooth: float


_RUN_OPTIONS = OptionGroup(
    "Runs",
    "run_options",
    RunOptions,
    Option(
        "-r",
        "--run",
        metavar="RUN",
        multiple=True,
        shell_complete=run_selection.complete_runs,
        help="Plot RUN: an index, a range of indexes such as 2:5, the start of an ID, or a run "
        "directory. Can be used multiple times.",
    ),
    Option(
        "-n",
        "--limit",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"Plot at most N runs (default: {LIMIT}).",
    ),
    Option("-a", "--all", is_flag=True, help="Plot all matching runs."),
    exclusive=(("--all", "--limit"),),
)

_AXIS_OPTIONS = OptionGroup(
    "Axes",
    "axes",
    AxisOptions,
    Option(
        "-x",
        "--x-axis",
        type=click.Choice(("step", "time")),
        default="step",
        help="Plot values by step (default), or by time since the start of the run.",
    ),
    Option("--log", is_flag=True, help="Use a logarithmic scale for values."),
    Option("--log-x", is_flag=True, help="Use a logarithmic scale for steps or times."),
    Option(
        "-s",
        "--smooth",
        metavar="WEIGHT",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.0,
        help="Smooth values by a moving average, as in TensorBoard. WEIGHT is at least 0 (no "
        "smoothing, the default) and less than 1.",
    ),
)


@command(
    examples=(
        ("guild plot loss", "Plot the loss of the latest runs."),
        ("guild plot loss -o loss.html", "Write an interactive web page."),
    )
)
@argument(
    "columns",
    nargs=-1,
    required=True,
    metavar="COLUMN...",
    description="Scalars to plot, such as loss, train#loss or 'train#loss as train'. Each COLUMN "
    "gets its own panel. To plot several scalars in one panel, separate them by commas: "
    "'train#loss, eval#loss'.",
)
@option("-o", "--out", metavar="FILE", help="Write the plot to a .png, .svg or .html file.")
@_RUN_OPTIONS
@_AXIS_OPTIONS
@run_selection.RUN_FILTERS
def plot(
    columns: tuple[str, ...],
    out: str | None,
    run_options: RunOptions,
    axes: AxisOptions,
    query: RunQuery,
) -> None:
    """Plot scalars of runs as curves.

    By default, the latest matching runs that have the scalars are plotted. Use 'guild runs
    info' to list the scalars of a run.

    The plot is as wide as the terminal. Curves have different colors, or different symbols if
    NO_COLOR is set or the output is not a terminal.
    """
    if out is not None and not out.lower().endswith(_FORMATS):
        raise GuildError(f"cannot write '{out}': supported formats are .png, .svg and .html")
    chart = _make_chart(columns, run_options, axes, query)
    if out is None:
        _print_chart(chart)
    else:
        _write_chart(chart, Path(out))


def _make_chart(
    specs: tuple[str, ...], run_options: RunOptions, axes: AxisOptions, query: RunQuery
) -> Chart:
    from guild.api import curves
    from guild.view.plot.chart import Chart, make_panel

    panel_columns = [curves.parse_scalar_columns(spec) for spec in specs]
    runs = run_selection.select_named_or_all(run_options.run, query)
    if not runs:
        raise GuildError("no matching runs")
    default_limit = None if run_options.all or run_options.run else LIMIT
    result = curves.read_curves(
        runs,
        list(dict.fromkeys(column for columns in panel_columns for column in columns)),
        axis=axes.x_axis,
        limit=run_options.limit or default_limit,
        # Smoothing needs all values.
        max_points=None if axes.smooth else _MAX_POINTS,
    )
    if default_limit and run_options.limit is None and result.total > default_limit:
        click.echo(
            f"Showing the first {default_limit} runs ({result.total} total) - use --all to show "
            f"all or --limit to show more",  # Guild AI 0.9 wording
            err=True,
        )
    drawn = [_smooth(curve, axes.smooth) for curve in result.curves]
    panels = [
        make_panel(
            [curve for curve in drawn if curve.column in columns],
            [column.header for column in columns],
        )
        for columns in panel_columns
    ]
    title = "time (seconds)" if axes.x_axis == "time" else "step"
    return Chart(panels, title, log_x=axes.log_x, log_y=axes.log)


def _smooth(curve: Curve, weight: float) -> Curve:
    from guild.api import curves

    if not weight:
        return curve
    return curves.thin_curve(curve._replace(ys=curves.smooth_values(curve.ys, weight)), _MAX_POINTS)


def _print_chart(chart: Chart) -> None:
    from guild.view.plot import terminal

    look = _look(chart)
    for line in terminal.render_chart(chart, look):
        click.echo(line, color=look.color)


def _look(chart: Chart) -> Look:
    from guild.view.plot.terminal import Look

    size = shutil.get_terminal_size()
    rows_around = _ROWS_AROUND + max(len(panel.lines) for panel in chart.panels)
    is_terminal = sys.stdout.isatty()
    return Look(
        width=size.columns,
        # Leave a line for the prompt below the plot.
        height=min(_MAX_ROWS, size.lines - rows_around - 1) if is_terminal else _MAX_ROWS,
        color=is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=_supports_unicode(sys.stdout.encoding),
    )


def _supports_unicode(encoding: str) -> bool:
    try:
        "⣿┤".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _write_chart(chart: Chart, path: Path) -> None:
    data = _render_file(chart, path.suffix.lower())
    try:
        files.write_output_file(path, data)
    except OSError as error:
        raise GuildError(f"cannot write '{path}': {error.strerror}") from None


def _render_file(chart: Chart, suffix: str) -> bytes:
    if suffix == ".png":
        from guild.view.plot.picture import render_png

        return render_png(chart)
    if suffix == ".svg":
        from guild.view.plot.svg import render_svg

        return render_svg(chart).encode()
    from guild.view.plot.page import render_page

    return render_page(chart, ", ".join(panel.title for panel in chart.panels)).encode()
