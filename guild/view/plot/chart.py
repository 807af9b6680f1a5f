"""Charts, independent of the output format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guild.api.curves import Curve
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.view.plot.scale import Scale, fit_scale


class Line(NamedTuple):
    """A curve and its name in the legend."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]

    @property
    def last(self) -> float:
        """The last value that is not NaN; NaN without one."""
        return next((y for y in reversed(self.ys) if not math.isnan(y)), math.nan)


class Panel(NamedTuple):
    """Lines on the same axes."""

    title: str
    lines: Sequence[Line]


class Chart(NamedTuple):
    """Panels from top to bottom, each with a title, lines and axes.

    Attributes:
        x_title: the title of the horizontal axes.
        log_x, log_y: use logarithmic axes; only values above 0 are drawn.
    """

    panels: Sequence[Panel]
    x_title: str
    log_x: bool = False
    log_y: bool = False

    def scales(self, panel: Panel) -> tuple[Scale, Scale]:
        """Return the scales of a panel's axes. Raises GuildError if no point can be drawn."""
        drawn = [point for line in panel.lines for point in self.points(line) if point]
        if not drawn:
            above = (
                " above 0, as required by a logarithmic axis" if self.log_x or self.log_y else ""
            )
            raise GuildError(f"'{panel.title}' has no finite values{above}")
        xs, ys = zip(*drawn, strict=True)
        return fit_scale(xs, self.log_x), fit_scale(ys, self.log_y)

    def points(self, line: Line) -> Iterator[tuple[float, float] | None]:
        """Yield the points of a line; None for a value that cannot be drawn."""
        for x, y in zip(line.xs, line.ys, strict=True):
            is_drawable = math.isfinite(y) and (y > 0 or not self.log_y)
            yield (x, y) if is_drawable and (x > 0 or not self.log_x) else None

    def pieces(self, line: Line) -> Iterator[list[tuple[float, float]]]:
        """Yield the points of each stretch of a line without gaps."""
        piece: list[tuple[float, float]] = []
        for point in (*self.points(line), None):
            if point is not None:
                piece.append(point)
            elif piece:
                yield piece
                piece = []


def make_panel(curves: Sequence[Curve], titles: Sequence[str]) -> Panel:
    """Create the panel for curves of the columns `titles`.

    Lines are named by run, and by column if the panel has several columns.
    """
    runs = {curve.run.path for curve in curves}
    lines = []
    for curve in curves:
        words = []
        if len(titles) > 1:
            words.append(curve.column.header)
        if len(titles) == 1 or len(runs) > 1:
            words += [curve.run.short_id, curve.run.label]
        lines.append(Line(printable(" ".join(word for word in words if word)), curve.xs, curve.ys))
    return Panel(printable(", ".join(titles)), lines)
