"""Scalars of runs as curves."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from guild.api.selection import scalars_of
from guild.api.thinning import Series, Thinning, whole
from guild.base.clock import to_seconds
from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.index import columns
from guild.index.columns import Column
from guild.index.query import IndexedRun
from guild.index.run_index import RunIndex
from guild.scalars import scalar_names
from guild.scalars.run_scalars import ScalarSummary, read_points, read_stretches

AXES = ("step", "time")


class Curve(NamedTuple):
    """The values of a scalar of one run.

    Attributes:
        xs: not decreasing; steps, or seconds since the run's start. Where all values have
            the same step they are counted instead, from 0.
        ys: as many; NaN and infinities as they are.
    """

    run: IndexedRun
    column: Column
    xs: list[float]
    ys: list[float]


class Curves(NamedTuple):
    """The curves that there are of the first runs, and of how many runs there would be some."""

    curves: list[Curve]
    total: int


def parse(spec: str) -> list[Column]:
    """The columns of `loss, train#loss as train`. Raises GuildError for what is no scalar."""
    found = columns.parse_columns(spec)
    for column in found:
        if column.kind != "scalar" or column.qualifier or column.step:
            raise GuildError(
                f"'{spec}' has no curve: only a scalar has one, such as 'loss' or 'train#loss'"
            )
    if not found:
        raise GuildError("expected a column such as 'loss', got an empty text")
    return found


def curves(
    home: Path,
    runs: Sequence[IndexedRun],
    wanted: Sequence[Column],
    *,
    axis: str = "step",
    limit: int | None = None,
    most: int | None = None,
) -> Curves:
    """The curves of `wanted` of the first `limit` of `runs` that have any, by run.

    `axis` is one of AXES. With `most` a curve is only about so many points that look the same,
    and takes no more memory than those, however long it is. Where a step is lower than the one
    before, a run went back to it, and what it had written from there on is left out, as in
    TensorBoard. Raises GuildError for a column that no run has, and OSError.
    """
    with RunIndex(home) as index:
        tags = {scalar_names.split_name(column.name)[1] for column in wanted}
        scalars = scalars_of(index, home, runs, tags)
        keys = _keys(runs, wanted, scalars)
        for column in wanted:
            if not any(one == column for _, one in keys):
                raise _no_such_scalar(column, scalars_of(index, home, runs))
    having = [run for run in runs if any((run.path, column) in keys for column in wanted)]
    found = []
    for run in having[:limit]:
        of_run = {column: key for column in wanted if (key := keys.get((run.path, column)))}
        series_of = _read(run, set(of_run.values()), most)
        found += [
            Curve(run, column, *_values(series_of[key], axis, run))
            for column, key in of_run.items()
            if key in series_of
        ]
    return Curves(found, len(having))


def _keys(
    runs: Sequence[IndexedRun],
    wanted: Sequence[Column],
    scalars: Mapping[str, Sequence[ScalarSummary]],
) -> dict[tuple[str, Column], tuple[str, str]]:
    """The prefix and tag of each column in each run that has it, by the run's path."""
    return {
        (run.path, column): (summary.prefix, summary.tag)
        for run in runs
        for column in wanted
        if (summary := scalar_names.find_scalar(scalars.get(run.path, ()), column.name))
    }


def _no_such_scalar(column: Column, scalars: Mapping[str, Sequence[ScalarSummary]]) -> GuildError:
    tags = {summary.tag for summaries in scalars.values() for summary in summaries}
    if not tags:
        return GuildError("none of the runs has any scalars")
    near = did_you_mean(scalar_names.split_name(column.name)[1], tags)
    return GuildError(f"none of the runs has a scalar '{column.name}'{near}")


def _read(
    run: IndexedRun, keys: Collection[tuple[str, str]], most: int | None
) -> dict[tuple[str, str], Series]:
    """The series of a run that have one of `keys`, prefix and tag."""
    if most is None:
        return {key: whole(points) for key, points in read_points(run.path).items() if key in keys}
    thinnings: dict[tuple[str, str], Thinning] = {}
    for key, points in read_stretches(run.path):
        if key in keys:
            thinnings.setdefault(key, Thinning(most)).add(points)
    return {key: thinning.series() for key, thinning in thinnings.items()}


def _values(series: Series, axis: str, run: IndexedRun) -> tuple[list[float], list[float]]:
    if axis == "time":
        times = series.wall_times
        start = times[0] if run.started is None else to_seconds(run.started)
        # Files of several processes need not be in order.
        order = sorted(range(len(times)), key=times.__getitem__)
        return [times[n] - start for n in order], [series.values[n] for n in order]
    steps = series.steps
    if steps[0] == steps[-1]:
        steps = [number - series.numbers[0] for number in series.numbers]
    return [float(step) for step in steps], series.values


def smoothed(ys: Sequence[float], weight: float) -> list[float]:
    """The exponential moving average as TensorBoard computes it: each value is `weight` (from
    0 to below 1) times the average before it, corrected for beginning with nothing. What is
    not finite stays, and does not count."""
    average, total, found = 0.0, 1.0, []
    for y in ys:
        if not math.isfinite(y):
            found.append(y)
            continue
        average = weight * average + (1 - weight) * y
        total *= weight
        found.append(average / (1 - total))
    return found


def thinned(curve: Curve, most: int) -> Curve:
    """The curve with at most about `most` points that look the same: of each stretch the
    lowest and the highest value."""
    length = -(-2 * len(curve.xs) // most)
    if length <= 2:
        return curve
    kept: list[int] = [0]
    for begin in range(0, len(curve.ys), length):
        stretch = range(begin, min(begin + length, len(curve.ys)))
        numbers = [n for n in stretch if math.isfinite(curve.ys[n])] or stretch[:1]
        low = min(numbers, key=curve.ys.__getitem__)
        high = max(numbers, key=curve.ys.__getitem__)
        kept += sorted({low, high} - {kept[-1]})
    if kept[-1] != len(curve.ys) - 1:
        kept.append(len(curve.ys) - 1)
    return curve._replace(xs=[curve.xs[n] for n in kept], ys=[curve.ys[n] for n in kept])
