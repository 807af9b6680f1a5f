"""Charts as lines of text."""

from __future__ import annotations

import re

import pytest

from guild.base.errors import GuildError
from guild.view.plot.chart import Chart, Line, Panel
from guild.view.plot.terminal import Look, render_chart

NAN, INF = float("nan"), float("inf")


def drawn(*lines: tuple[list[float], list[float]], look=None, **chart):
    panel = Panel("loss", [Line(f"line{n}", *line) for n, line in enumerate(lines)])
    return list(render_chart(Chart([panel], "step", **chart), look or Look(width=30, height=5)))


def area(rows):
    """Return the drawing without axes and legend."""
    return [re.split("[│┤|+]", row, maxsplit=1)[1] for row in rows[1:6]]


def test_one_line_in_braille():
    assert drawn(([0, 1, 2], [0, 1, 0])) == [
        "loss",
        "1 ┤           ⡠⠒⠑⠢⡀",
        "  │        ⣀⠔⠉    ⠈⠑⠤⡀",
        "  │     ⢀⠔⠊          ⠈⠑⢄⡀",
        "  │  ⢀⡠⠊⠁               ⠈⠒⢄⡀",
        "0 ┤⡠⠔⠁                     ⠈⠢⢄",
        "  └┬────────────┬────────────┬",
        "   0            1            2",
        "              step",
        "  ━━ line0  (last 0)",
    ]


def test_lines_without_color_use_symbols():
    rows = drawn(([0, 1], [0, 0]), ([0, 1], [1, 1]))
    assert set(area(rows)[0]) == {"o"}
    assert set(area(rows)[4]) == {"*"}
    assert rows[-2:] == ["  * line0  (last 0)", "  o line1  (last 1)"]


def test_lines_in_color():
    rows = drawn(([0, 1], [0, 0]), ([0, 1], [1, 1]), look=Look(30, 5, color=True))
    assert area(rows)[0].startswith("\x1b[33m⠉⠉")
    assert area(rows)[0].endswith("\x1b[0m")
    assert area(rows)[4].startswith("\x1b[36m⣀⣀")
    assert rows[-1] == "  \x1b[33m━━\x1b[0m line1  (last 1)"


def test_ascii():
    rows = drawn(([0, 1, 2], [0, 1, 0]), look=Look(30, 5, unicode=False))
    assert all(row.isascii() for row in rows)


def test_width():
    for width in (30, 57, 200):
        rows = drawn(([0, 1], [0, 1]), look=Look(width, 5))
        assert max(map(len, rows)) == len(rows[6]) == width


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_invalid_values_are_gaps(bad):
    rows = drawn(([0, 1, 2, 3, 4], [1, 1, bad, 1, 1]), ([0, 4], [0, 2]))
    middle = area(rows)[2]
    assert re.fullmatch(r"\*+ +o+ +\*+", middle)


def test_single_value_is_a_dot():
    rows = drawn(([5], [3]))
    assert len("".join(area(rows)).strip()) == 1


def test_logarithmic():
    rows = drawn(([0, 1, 2], [1, 10, 100]), look=Look(30, 5), log_y=True)
    straight = drawn(([0, 1, 2], [100, 200, 300]), look=Look(30, 5))
    assert area(rows) == area(straight)


def test_no_finite_values():
    with pytest.raises(GuildError, match=r"^'loss' has no finite values$"):
        drawn(([0, 1], [NAN, INF]))
    with pytest.raises(
        GuildError,
        match=r"^'loss' has no finite values above 0, as required by a logarithmic axis$",
    ):
        drawn(([0, 1], [0, -1]), log_y=True)


def test_panels_from_top_to_bottom():
    panels = [Panel(title, [Line("x", [0, 1], [0, 1])]) for title in ("a", "b")]
    rows = list(render_chart(Chart(panels, "step"), Look(30, 5)))
    assert (rows[0], rows[10], rows[11]) == ("a", "", "b")
