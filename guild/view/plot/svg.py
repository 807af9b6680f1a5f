"""Charts as self-contained SVG 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from guild.view.plot.chart import Chart, Line, Panel
from guild.view.plot.scale import Scale

# Tableau 10: ten hues that remain distinguishable with most color vision deficiencies.
COLORS = (
    "#4e79a7",
    "#f28e2b",
    "#e15759",
    "#76b7b2",
    "#59a14f",
    "#edc948",
    "#b07aa1",
    "#ff9da7",
    "#9c755f",
    "#bab0ac",
)

# Sizes in pixels
WIDTH = 800
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 34, 46
_HEIGHT = 300
_LEGEND_LINE = 18


def line_color(line: int) -> str:
    """Return the color of a panel's line."""
    return COLORS[line % len(COLORS)]


def render_svg(chart: Chart) -> str:
    """Render a chart as an SVG document. Raises GuildError if no point can be drawn."""
    elements, top = [], 0
    for number, panel in enumerate(chart.panels):
        elements.append(f'<g class="panel" transform="translate(0,{top})" data-panel="{number}">')
        elements += _panel(chart, panel)
        elements.append("</g>")
        top += _TOP + _HEIGHT + _BOTTOM + _LEGEND_LINE * len(panel.lines)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
        f'viewBox="0 0 {WIDTH} {top}" font-family="sans-serif" font-size="12">'
    )
    background = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, background, *elements, "</svg>\n"])


def _panel(chart: Chart, panel: Panel) -> Iterator[str]:
    x_scale, y_scale = chart.scales(panel)
    width = WIDTH - _LEFT - _RIGHT
    yield _text(_LEFT + width / 2, 20, panel.title, anchor="middle", weight="bold")
    yield f'<g transform="translate({_LEFT},{_TOP})">'
    yield from _grid(x_scale, y_scale, width)
    yield f'<rect width="{width}" height="{_HEIGHT}" fill="none" stroke="#888"/>'
    for number, line in enumerate(panel.lines):
        yield _line(chart, line, number, x_scale, y_scale)
    yield _text(width / 2, _HEIGHT + 36, chart.x_title, anchor="middle")
    yield "</g>"
    for number, line in enumerate(panel.lines):
        yield _legend(line, number)


def _grid(x_scale: Scale, y_scale: Scale, width: int) -> Iterator[str]:
    for tick in x_scale.ticks(8):
        x = x_scale.position(tick.value) * width
        yield f'<path d="M{x:.1f} 0V{_HEIGHT}" stroke="#ddd"/>'
        yield _text(x, _HEIGHT + 17, tick.label, anchor="middle")
    for tick in y_scale.ticks(6):
        y = (1 - y_scale.position(tick.value)) * _HEIGHT
        yield f'<path d="M0 {y:.1f}H{width}" stroke="#ddd"/>'
        yield _text(-8, y + 4, tick.label, anchor="end")


def _line(chart: Chart, line: Line, number: int, x_scale: Scale, y_scale: Scale) -> str:
    """Render a line: one subpath for each stretch without gaps, a dot for a single point."""
    width = WIDTH - _LEFT - _RIGHT
    pieces = []
    for piece in chart.pieces(line):
        positions = [
            f"{x_scale.position(x) * width:.1f} {(1 - y_scale.position(y)) * _HEIGHT:.1f}"
            for x, y in piece
        ]
        pieces.append(f"M{'L'.join(positions)}" if len(positions) > 1 else f"M{positions[0]}h0")
    return (
        f'<path class="line" data-line="{number}" d="{"".join(pieces)}" fill="none" '
        f'stroke="{line_color(number)}" stroke-width="2" stroke-linejoin="round" '
        f'stroke-linecap="round"><title>{escape(line.name)}</title></path>'
    )


def _legend(line: Line, number: int) -> str:
    y = _TOP + _HEIGHT + _BOTTOM + _LEGEND_LINE * number
    text = f"{line.name} (last {line.last:g})".lstrip()
    return (
        f'<g class="legend" data-line="{number}">'
        f'<path d="M{_LEFT} {y}h24" stroke="{line_color(number)}" stroke-width="3"/>'
        f"{_text(_LEFT + 32, y + 4, text)}</g>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="#333">{escape(text)}</text>'
    )
