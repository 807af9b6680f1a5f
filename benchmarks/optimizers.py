"""The time of 30 suggestions of `gp`, compared with scikit-optimize alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.measure import Row, compare
from benchmarks.regret import BRANIN, Problem, by_guild, by_skopt

TRIALS = 30
REPEAT = 3


def rows() -> Iterator[Row]:
    from threadpoolctl import threadpool_limits

    times = compare(search(by_guild, BRANIN), search(by_skopt, BRANIN), REPEAT)
    yield Row(f"{TRIALS} gp trials", "gp_minimize", *times, 1.5)
    with threadpool_limits(limits=1):
        times = compare(search(by_guild, BRANIN), search(by_skopt, BRANIN), REPEAT)
    yield Row(f"{TRIALS} gp trials", "gp_minimize, threads off", *times, 1.5)


def search(
    method: Callable[[Problem, int, int], list[float]], problem: Problem
) -> Callable[[], object]:
    return lambda: method(problem, TRIALS, 1)
