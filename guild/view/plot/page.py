"""Charts as self-contained web pages."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from guild.view.plot.chart import Chart
from guild.view.plot.svg import render_svg

_TEMPLATE = "page.html"


def render_page(chart: Chart, title: str) -> str:
    """Render a chart as an HTML document.

    The page contains the chart as SVG. A script shows values under the pointer and hides lines.
    Raises GuildError if no point can be drawn.
    """
    template = Path(__file__).with_name(_TEMPLATE).read_text(encoding="utf-8")
    parts = {"TITLE": escape(title), "DATA": _data(chart), "CHART": render_svg(chart)}
    # The template is split only once, so placeholders inside a part are not replaced.
    page = ""
    for piece in template.split("@@"):
        page += parts.get(piece, piece)
    return page


def _data(chart: Chart) -> str:
    """Return the script's data as JSON: scales, names and points of each panel."""
    panels = []
    for panel in chart.panels:
        x_scale, y_scale = chart.scales(panel)
        lines = [
            {"name": line.name, "points": [point for point in chart.points(line) if point]}
            for line in panel.lines
        ]
        panels.append({"x": x_scale._asdict(), "y": y_scale._asdict(), "lines": lines})
    # A literal `<` could end the script element.
    return json.dumps(panels, separators=(",", ":")).replace("<", "\\u003c")
