"""The time to list, filter and compare many runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.make_runs import make_runs
from benchmarks.measure import Row, command, compare
from benchmarks.startup import GUILD

FEW, MANY = 100, 10_000
REPEAT = 7


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="guild-benchmark-") as name:
        few, many = Path(name) / "few", Path(name) / "many"
        make_runs(few, FEW)
        make_runs(many, MANY)
        yield from _listing(few, many)
        yield from _values(many)


def _listing(few: Path, many: Path) -> Iterator[Row]:
    listing = guild(many, "runs")
    yield Row(
        f"guild runs, {MANY} runs",
        f"{FEW} runs",
        *compare(listing, guild(few, "runs"), REPEAT),
        1.5,
    )
    version = command([GUILD, "--version"])
    yield Row(f"guild runs, {MANY} runs", "guild --version", *compare(listing, version, REPEAT), 3)


def _values(many: Path) -> Iterator[Row]:
    listing = guild(many, "runs")
    for args in (["runs", "-F", "loss < 0.1"], ["select", "--min", "loss"]):
        times = compare(guild(many, *args), listing, REPEAT)
        yield Row(" ".join(["guild", *args]) + f", {MANY} runs", "guild runs", *times, 3)
    comparison = guild(many, "compare", "--csv", "-")
    times = compare(comparison, after_deletion(many, comparison), 3)
    yield Row(f"guild compare, {MANY} runs", "index deleted", *times)
    times = compare(after_new_run(many, comparison), comparison, REPEAT)
    yield Row(f"guild compare, {MANY} runs and a new one", "without", *times, 1.25)


def guild(home: Path, *args: str) -> Callable[[], object]:
    """Return a function that runs `guild ARGS` in the home `home`."""
    return command([GUILD, "-H", str(home), *args])


def after_deletion(home: Path, run: Callable[[], object]) -> Callable[[], object]:
    """Return a function that deletes the index and calls `run`."""

    def delete_and_run() -> None:
        shutil.rmtree(home / "cache", ignore_errors=True)
        run()

    return delete_and_run


def after_new_run(home: Path, run: Callable[[], object]) -> Callable[[], object]:
    """Return a function that adds a run to `home` and calls `run`."""
    numbers = iter(range(1, 1_000_000))

    def add_and_run() -> None:
        make_runs(home, 1, seed=next(numbers))
        run()

    return add_and_run
