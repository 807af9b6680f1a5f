"""Plots of scalars with matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pandas.plotting import PlotAccessor

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.ipy.run_cells import find_runs
from guild.run import Run
from guild.scalars.run_scalars import read_points
from guild.scalars.scalar_names import choose_key


class RunsPlot(PlotAccessor):  # type: ignore[misc]  # pandas is not typed here
    """`frame.plot` of runs: `plot("loss", "acc")` draws scalars, one line per run.

    All other calls are pandas' own: `plot.hist()`, `plot(x="a", y="b")`, and `plot("started")`
    with the name of a column.
    """

    def __call__(self, *names: Any, **kw: Any) -> Any:
        """Draw the scalars `names` and return the matplotlib axes.

        `ax` sets the axes to draw on; other keywords are those of matplotlib lines. Raises
        GuildError for a scalar that no run has.
        """
        frame = self._parent
        are_scalars = all(isinstance(name, str) and name not in frame.columns for name in names)
        if names and are_scalars:
            return _plot_scalars(find_runs(frame), names, **kw)
        return super().__call__(*names, **kw)


def _plot_scalars(runs: Sequence[Run], names: Sequence[str], ax: Any = None, **kw: Any) -> Any:
    series = {run: read_points(run.path) for run in runs}
    for name in names:
        _check_scalar(name, series.values())
    ax = _new_axes() if ax is None else ax
    for name in names:
        for run, by_key in series.items():
            if key := choose_key(by_key, name):
                points = by_key[key]
                pairs = sorted(zip(points.steps, points.values, strict=True), key=lambda p: p[0])
                label = run.label or run.short_id
                line = {"label": f"{name} {label}" if len(names) > 1 else label, **kw}
                ax.plot([step for step, _ in pairs], [value for _, value in pairs], **line)
    ax.set_xlabel("step")
    ax.set_ylabel(", ".join(names))
    ax.legend()
    return ax


def _check_scalar(name: str, series: Iterable[Iterable[tuple[str, str]]]) -> None:
    if not any(choose_key(keys, name) for keys in series):
        hint = did_you_mean(name, {tag for keys in series for _, tag in keys})
        raise GuildError(f"no run has a scalar '{name}'{hint}")


def _new_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise GuildError(
            "plots require matplotlib; install it with: pip install 'guild-runner[plot]'"
        ) from None
    return pyplot.subplots()[1]
