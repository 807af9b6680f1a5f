"""A chart as a web page that needs no network."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from guild.view.plot.chart import Chart
from guild.view.plot.svg import render_svg

_TEMPLATE = "page.html"


def render_page(chart: Chart, title: str) -> str:
    """The text of an HTML file: the chart as SVG, which a script makes tell its values and
    hide lines. Raises GuildError if there is nothing to draw."""
    template = Path(__file__).with_name(_TEMPLATE).read_text(encoding="utf-8")
    parts = {"TITLE": escape(title), "DATA": _data(chart), "CHART": render_svg(chart)}
    # One part after the other, so that nothing in a part is taken for the name of another.
    page = ""
    for piece in template.split("@@"):
        page += parts.get(piece, piece)
    return page


def _data(chart: Chart) -> str:
    """What the script needs: for each panel its scales, and names and points of its lines."""
    panels = []
    for panel in chart.panels:
        x_scale, y_scale = chart.scales(panel)
        lines = [
            {"name": line.name, "points": [point for point in chart.points(line) if point]}
            for line in panel.lines
        ]
        panels.append({"x": x_scale._asdict(), "y": y_scale._asdict(), "lines": lines})
    # In a script element `<` could end the script.
    return json.dumps(panels, separators=(",", ":")).replace("<", "\\u003c")
