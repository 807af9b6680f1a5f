"""Charts as SVG, HTML and PNG files."""

from __future__ import annotations

import json
import re
import sys
from xml.etree import ElementTree

import pytest

from guild.base.errors import GuildError
from guild.view.plot.chart import Chart, Line, Panel
from guild.view.plot.page import render_page
from guild.view.plot.picture import render_png
from guild.view.plot.svg import render_svg

SVG = "{http://www.w3.org/2000/svg}"
NAN = float("nan")

STEPS = [0.0, 1.0, 2.0, 3.0, 4.0]


def make_chart(name: str = "first") -> Chart:
    loss = [Line(name, STEPS, [0.0, 0.2, 0.4, 0.6, 0.8]), Line("second", STEPS, [0.0, 0.1] * 2)]
    loss[1] = loss[1]._replace(xs=STEPS[:4])
    return Chart(
        [Panel("loss", loss), Panel("acc", [Line(name, STEPS, [0.0, 1.0, NAN, 3.0, 4.0])])], "step"
    )


def find_lines(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [element for element in root.iter(f"{SVG}path") if element.get("class") == "line"]


def test_svg() -> None:
    root = ElementTree.fromstring(render_svg(make_chart("<a & b>")))
    assert root.tag == f"{SVG}svg"
    texts = {element.text for element in root.iter(f"{SVG}text")}
    assert {"loss", "acc", "step", "<a & b> (last 0.8)"} <= texts
    loss, _, acc = find_lines(root)
    # From corner to corner, and with a gap where the value is NaN.
    assert loss.get("d") == "M0.0 300.0L177.5 225.0L355.0 150.0L532.5 75.0L710.0 0.0"
    assert acc.get("d") == "M0.0 300.0L177.5 225.0M532.5 75.0L710.0 0.0"


def test_html_is_self_contained_and_escapes_names() -> None:
    name = "</script><script>alert(1)</script> @@DATA@@"
    page = render_page(make_chart(name), "loss")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>loss</title>" in page
    assert page.count("<script>") == page.count("</script>") == 1
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert re.findall('https?://[^"]*', page) == ["http://www.w3.org/2000/svg"]
    svg = re.search("<svg.*?</svg>", page, re.DOTALL)
    data = re.search(r"const panels = (.*);\n", page)
    assert svg is not None
    assert data is not None
    assert len(find_lines(ElementTree.fromstring(svg[0]))) == 3
    panels = json.loads(data[1])
    assert [line["name"] for line in panels[0]["lines"]] == [name, "second"]
    assert panels[0]["lines"][1]["points"][1] == [1, 0.1]


def test_png_does_not_interpret_formulas() -> None:
    pytest.importorskip("matplotlib")
    chart = make_chart("$not a formula")._replace(log_y=True)
    assert render_png(chart).startswith(b"\x89PNG\r\n")


def test_png_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(GuildError) as error:
        render_png(make_chart())
    assert error.value.message == (
        "cannot write a PNG file: Matplotlib is not installed; install it with "
        "'pip install guild-runner[plot]', or write an SVG or HTML file"
    )


@pytest.mark.parametrize("render", [render_svg, render_png])
def test_chart_without_finite_values(render) -> None:
    chart = Chart([Panel("loss", [Line("x", [0.0], [NAN])])], "step")
    with pytest.raises(GuildError, match="'loss' has no finite values"):
        render(chart)
