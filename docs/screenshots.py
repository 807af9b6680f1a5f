"""Screenshots for docs/images, taken from the interactive table: `make docs`."""

from __future__ import annotations

import asyncio
import math
import os
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

from support.run_table import Table, open_table  # noqa: E402
from support.runs import RunMaker  # noqa: E402

SIZE = (104, 26)
STEPS = 40


def take_screenshots() -> dict[str, str]:
    """Return the SVG text of each screenshot, by file name."""
    zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            _make_runs(home, Path(folder) / "project")
            return asyncio.run(_drive(home, Path(folder) / "saved_columns.json"))
    finally:
        del os.environ["TZ"]
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()


def _make_runs(home: Path, project: Path) -> None:
    make = RunMaker(home, project)
    for number, (rate, layers) in enumerate((r, n) for n in (1, 2, 3) for r in (0.001, 0.01, 0.1)):
        speed = rate * 40 / (1 + rate * 60)
        losses = [
            (step, 2.3 * math.exp(-speed * step / 8) + 0.02 * layers * (1 + math.sin(step)) / 2)
            for step in range(1, STEPS + 1)
        ]
        accuracies = [(step, 1 - loss / 2.6) for step, loss in losses]
        make(
            "train",
            flags={"lr": rate, "layers": layers, "optimizer": "adam"},
            scalars={"loss": losses, "acc": accuracies},
            label="baseline" if number == 4 else None,
            marked=True if number == 5 else None,
            tags=["paper"] if number == 5 else None,
        )
    make("train", flags={"lr": 1, "layers": 3, "optimizer": "adam"}, exit_status=1)


async def _drive(home: Path, columns_file: Path) -> dict[str, str]:
    images = {}
    async with open_table(home, columns_file, size=SIZE) as table:
        await table.until(lambda: table.title == "10 runs")
        for column in ("time", "optimizer"):
            await table.go_to(column)
            await table.press("minus")
        await table.go_to("loss")
        await table.press("s", "home")
        await table.until(lambda: "last 0.149" in table.top)
        images["compare.svg"] = _svg(table)
        await table.press("slash")
        await table.type("layers > 1 and loss < 0.5")
        await table.until(lambda: "2 of 10" in table.title and "last 0.166" in table.top)
        images["compare-filter.svg"] = _svg(table)
        await table.press("enter", "home", "space", "down", "d")
        await table.until(lambda: "The same in both" in table.top)
        images["compare-diff.svg"] = _svg(table)
    return images


def _svg(table: Table) -> str:
    """Return the screen as SVG, without the fonts that a viewer would download."""
    svg = table.app.export_screenshot(title="guild compare")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def write_screenshots() -> None:
    """Write the screenshots."""
    FOLDER.mkdir(exist_ok=True)
    for name, svg in take_screenshots().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    write_screenshots()
