"""The pictures in docs/images show the table as it is: `make docs` writes them."""

from __future__ import annotations

import importlib.util
import re
from html import unescape
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_spec = importlib.util.spec_from_file_location("screenshots", DOCS / "screenshots.py")
screenshots = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(screenshots)


def _words(svg: str) -> list[str]:
    """What is written in a picture; how it is drawn depends on the version of Textual."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", svg, flags=re.DOTALL)).split()


def test_pictures_are_up_to_date():
    written = {path.name: path.read_text() for path in (DOCS / "images").glob("compare*.svg")}
    now = screenshots.take_screenshots()
    assert {n: _words(s) for n, s in written.items()} == {n: _words(s) for n, s in now.items()}, (
        "run `make docs`"
    )


def test_pictures_fetch_nothing():
    for path in (DOCS / "images").glob("compare*.svg"):
        assert "url(" not in path.read_text().replace("url(#", "")


def test_each_picture_is_shown():
    text = (DOCS / "compare.md").read_text()
    for path in (DOCS / "images").glob("compare*.svg"):
        assert f"images/{path.name}" in text
