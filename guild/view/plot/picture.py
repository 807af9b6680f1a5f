"""Charts as PNG pictures, drawn by Matplotlib."""

from __future__ import annotations

import io

from guild.base.errors import GuildError
from guild.view.plot.chart import Chart
from guild.view.plot.svg import line_color

_DPI = 150
_WIDTH, _PANEL_HEIGHT = 8.0, 4.0  # inches


def render_png(chart: Chart) -> bytes:
    """Render a chart as a PNG file. Raises GuildError if Matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise GuildError(
            "cannot write a PNG file: Matplotlib is not installed; install it with "
            "'pip install guild-runner[plot]', or write an SVG or HTML file"
        ) from None
    count = len(chart.panels)
    figure = Figure(figsize=(_WIDTH, _PANEL_HEIGHT * count), layout="constrained")
    axes = figure.subplots(count, squeeze=False)[:, 0]
    for panel, axis in zip(chart.panels, axes, strict=True):
        x_scale, y_scale = chart.scales(panel)
        # Do not interpret `$` in a label as a formula.
        axis.set_title(panel.title, parse_math=False)
        axis.set_xlabel(chart.x_title)
        axis.set_xscale("log" if x_scale.log else "linear")
        axis.set_yscale("log" if y_scale.log else "linear")
        for number, line in enumerate(panel.lines):
            for piece in chart.pieces(line):
                marker = "" if len(piece) > 1 else "."
                axis.plot(*zip(*piece, strict=True), color=line_color(number), marker=marker)
            axis.plot([], [], color=line_color(number), label=line.name or panel.title)
        axis.grid(alpha=0.4)
        for text in axis.legend(fontsize="small").get_texts():
            text.set_parse_math(False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()
