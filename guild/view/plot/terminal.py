"""Charts as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guild.view.plot.canvas import Canvas, line_symbol
from guild.view.plot.chart import Chart, Panel
from guild.view.plot.scale import Scale

# Cyan, yellow, magenta, green, red, blue, and the same brighter: ECMA-48, 8.3.117.
_COLORS = (36, 33, 35, 32, 31, 34, 96, 93, 95, 92, 91, 94)

_MIN_WIDTH = 20
_MIN_HEIGHT = 4
_COLUMNS_PER_TICK = 9
_ROWS_PER_TICK = 3


class Look(NamedTuple):
    """The size of a drawing and the capabilities of the terminal.

    Attributes:
        width: the width in characters.
        height: the rows of a panel, without title, axis and legend.
        color: draw lines in different colors instead of different symbols.
        unicode: use characters beyond ASCII.
    """

    width: int = 80
    height: int = 16
    color: bool = False
    unicode: bool = True


class _Frame(NamedTuple):
    """The characters that axes are drawn with."""

    axis: str
    tick: str
    corner: str
    below: str
    below_tick: str


_UNICODE = _Frame("│", "┤", "└", "─", "┬")
_ASCII = _Frame("|", "+", "+", "-", "+")


def render_chart(chart: Chart, look: Look) -> Iterator[str]:
    """Yield the lines of a chart. Raises GuildError if no point can be drawn."""
    for number, panel in enumerate(chart.panels):
        if number:
            yield ""
        yield from _panel(chart, panel, look)


def _panel(chart: Chart, panel: Panel, look: Look) -> Iterator[str]:
    x_scale, y_scale = chart.scales(panel)
    frame = _UNICODE if look.unicode else _ASCII
    height = max(look.height, _MIN_HEIGHT)
    labels = _row_labels(y_scale, height)
    margin = max(map(len, labels.values()), default=0)
    width = max(look.width - margin - 2, _MIN_WIDTH)
    canvas = _draw_lines(chart, panel, Canvas(width, height, braille=_uses_braille(panel, look)))
    yield panel.title
    for row in range(height):
        tick = frame.tick if row in labels else frame.axis
        yield f"{labels.get(row, ''):>{margin}} {tick}{_row(canvas, row, look)}".rstrip()
    ticks = _column_labels(x_scale, width)
    below = "".join(frame.below_tick if n in ticks else frame.below for n in range(width))
    yield f"{'':{margin}} {frame.corner}{below}"
    yield f"{'':{margin + 2}}{_spread(ticks, width)}".rstrip()
    yield f"{'':{margin + 2}}{chart.x_title:^{width}}".rstrip()
    yield from _legend(panel, look)


def _uses_braille(panel: Panel, look: Look) -> bool:
    # Several braille lines of one color could not be distinguished.
    return look.unicode and (look.color or len(panel.lines) == 1)


def _draw_lines(chart: Chart, panel: Panel, canvas: Canvas) -> Canvas:
    x_scale, y_scale = chart.scales(panel)
    for number, line in enumerate(panel.lines):
        for piece in chart.pieces(line):
            canvas.draw(number, [(x_scale.position(x), y_scale.position(y)) for x, y in piece])
    return canvas


def _row(canvas: Canvas, row: int, look: Look) -> str:
    """Return a row of the drawing, changing the color only if the line changes."""
    text, current = "", None
    for column in range(canvas.width):
        cell = canvas.cell(column, row)
        line = cell.line if cell else None
        if look.color and cell and line != current:
            text += f"\x1b[{_color(cell.line)}m"
            current = line
        text += cell.character if cell else " "
    return text.rstrip() + ("\x1b[0m" if current is not None else "")


def _color(line: int) -> int:
    return _COLORS[line % len(_COLORS)]


def _row_labels(scale: Scale, height: int) -> dict[int, str]:
    """Return the labels of a vertical axis by row."""
    ticks = scale.ticks(max(2, height // _ROWS_PER_TICK))
    return {round((1 - scale.position(tick.value)) * (height - 1)): tick.label for tick in ticks}


def _column_labels(scale: Scale, width: int) -> dict[int, str]:
    """Return the labels of a horizontal axis by column."""
    ticks = scale.ticks(max(2, width // _COLUMNS_PER_TICK))
    return {round(scale.position(tick.value) * (width - 1)): tick.label for tick in ticks}


def _spread(labels: dict[int, str], width: int) -> str:
    """Center each label below its column, omitting labels that would overlap."""
    text = ""
    for column, label in sorted(labels.items()):
        begin = min(max(0, column - len(label) // 2), width - len(label))
        if begin > len(text) or not text:
            text = f"{text:{begin}}{label}" if begin else label
    return text


def _legend(panel: Panel, look: Look) -> Iterator[str]:
    """Yield the lines of the legend, with last values."""
    for number, line in enumerate(panel.lines):
        symbol = (
            ("━━" if look.unicode else "--") if _uses_braille(panel, look) else line_symbol(number)
        )
        if look.color:
            symbol = f"\x1b[{_color(number)}m{symbol}\x1b[0m"
        last = f"last {line.last:g}"
        yield f"  {symbol} {line.name}  ({last})" if line.name else f"  {symbol} {last}"
