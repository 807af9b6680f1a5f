"""The screenshots in docs/images are up to date: `make docs` writes them."""

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
    """Return the words in a screenshot; how it is drawn depends on the version of Textual."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", svg, flags=re.DOTALL)).split()


def test_screenshots_are_up_to_date():
    paths = (DOCS / "images").glob("compare*.svg")
    written = {path.name: _words(path.read_text()) for path in paths}
    current = {name: _words(svg) for name, svg in screenshots.take_screenshots().items()}
    assert written == current, "run `make docs`"


def test_screenshots_do_not_load_fonts():
    for path in (DOCS / "images").glob("compare*.svg"):
        assert "url(" not in path.read_text().replace("url(#", "")


def test_each_screenshot_is_shown():
    text = (DOCS / "compare.md").read_text()
    for path in (DOCS / "images").glob("compare*.svg"):
        assert f"images/{path.name}" in text
