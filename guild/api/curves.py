"""Scalars of runs as curves."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from guild.api.lookup import read_scalars
from guild.api.thinning import Series, Thinning, find_extremes, without_replaced
from guild.base.clock import to_seconds
from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.index.columns import Column, parse_columns
from guild.index.query import IndexedRun
from guild.scalars.run_scalars import ScalarSummary, read_points, read_stretches
from guild.scalars.scalar_names import find_scalar, split_name


class Curve(NamedTuple):
    """The values of a scalar of one run.

    Attributes:
        xs: steps, or seconds since the start of the run; not decreasing. If all values have the
            same step, they are numbered from 0 instead.
        ys: one value for each of `xs`, including NaN and infinities.
    """

    run: IndexedRun
    column: Column
    xs: list[float]
    ys: list[float]


class Curves(NamedTuple):
    """Curves of the first runs that have any, and the number of all runs that have any."""

    curves: list[Curve]
    total: int


def parse_scalar_columns(spec: str) -> list[Column]:
    """Parse columns such as `loss, train#loss as train`.

    Raises GuildError for a column that is not a scalar, and for an empty list.
    """
    columns = parse_columns(spec)
    for column in columns:
        if column.kind != "scalar" or column.qualifier or column.step:
            raise GuildError(
                f"cannot plot '{spec}': expected a scalar, such as 'loss' or 'train#loss'"
            )
    if not columns:
        raise GuildError("expected a column such as 'loss' but got an empty string")
    return columns


def read_curves(
    runs: Sequence[IndexedRun],
    columns: Sequence[Column],
    *,
    axis: str = "step",
    limit: int | None = None,
    max_points: int | None = None,
) -> Curves:
    """Return the curves of `columns` of the first `limit` runs that have any, run by run.

    Values that a restarted run replaced are omitted, as in TensorBoard.

    Args:
        axis: `step` or `time`.
        max_points: reduce each curve to about so many points with the same shape, in memory that
            does not grow with the curve.

    Raises GuildError for a column that no run has, and OSError if event files cannot be read.
    """
    scalars = read_scalars(runs, tags={split_name(column.name)[1] for column in columns})
    keys = _find_keys(runs, columns, scalars)
    for column in columns:
        if not any(column in keys_of_run for keys_of_run in keys.values()):
            raise _no_such_scalar(column, read_scalars(runs))
    with_curves = [run for run in runs if keys[run.path]]
    curves = []
    for run in with_curves[:limit]:
        series = _read_series(run, set(keys[run.path].values()), max_points)
        curves += [
            Curve(run, column, *_points(series[key], axis, run))
            for column, key in keys[run.path].items()
            if key in series
        ]
    return Curves(curves, len(with_curves))


def _find_keys(
    runs: Sequence[IndexedRun],
    columns: Sequence[Column],
    scalars: Mapping[str, Sequence[ScalarSummary]],
) -> dict[str, dict[Column, tuple[str, str]]]:
    """Return the prefix and tag of each column that a run has, by the path of the run."""
    return {
        run.path: {
            column: (summary.prefix, summary.tag)
            for column in columns
            if (summary := find_scalar(scalars.get(run.path, ()), column.name))
        }
        for run in runs
    }


def _no_such_scalar(column: Column, scalars: Mapping[str, Sequence[ScalarSummary]]) -> GuildError:
    tags = {summary.tag for summaries in scalars.values() for summary in summaries}
    if not tags:
        return GuildError("none of the runs has any scalars")
    hint = did_you_mean(split_name(column.name)[1], tags)
    return GuildError(f"none of the runs has a scalar '{column.name}'{hint}")


def _read_series(
    run: IndexedRun, keys: Collection[tuple[str, str]], max_points: int | None
) -> dict[tuple[str, str], Series]:
    """Return the series of a run whose prefix and tag are in `keys`."""
    if max_points is None:
        all_points = read_points(run.path)
        return {key: without_replaced(points) for key, points in all_points.items() if key in keys}
    thinnings: dict[tuple[str, str], Thinning] = {}
    for key, points in read_stretches(run.path):
        if key in keys:
            thinnings.setdefault(key, Thinning(max_points)).add(points)
    return {key: thinning.series() for key, thinning in thinnings.items()}


def _points(series: Series, axis: str, run: IndexedRun) -> tuple[list[float], list[float]]:
    if axis == "time":
        times = series.wall_times
        start = times[0] if run.started is None else to_seconds(run.started)
        # Several processes may have written the event files, in any order of time.
        order = sorted(range(len(times)), key=times.__getitem__)
        return [times[n] - start for n in order], [series.values[n] for n in order]
    steps = series.steps
    if steps[0] == steps[-1]:
        steps = [position - series.positions[0] for position in series.positions]
    return [float(step) for step in steps], series.values


def smooth_values(ys: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of `ys`, computed as in TensorBoard.

    Each value is `weight` (from 0 to below 1) times the average before it, corrected for the
    missing start. NaN and infinities are returned unchanged and do not count.
    """
    average, total, smoothed = 0.0, 1.0, []
    for y in ys:
        if not math.isfinite(y):
            smoothed.append(y)
            continue
        average = weight * average + (1 - weight) * y
        total *= weight
        smoothed.append(average / (1 - total))
    return smoothed


def thin_curve(curve: Curve, max_points: int) -> Curve:
    """Reduce a curve to about `max_points` points: the extremes of each stretch, and its ends."""
    count = len(curve.ys)
    length = -(-2 * count // max_points)
    if length <= 2:
        return curve
    indexes = {0, count - 1}
    for begin in range(0, count, length):
        indexes.update(find_extremes(curve.ys, begin, min(begin + length, count)))
    order = sorted(indexes)
    return curve._replace(xs=[curve.xs[n] for n in order], ys=[curve.ys[n] for n in order])
