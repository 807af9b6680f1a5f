"""Scalars of runs drawn over steps (matplotlib, the extra `plot`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pandas.plotting import PlotAccessor

from guild.api import lookup
from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.ipy.frames import runs_in
from guild.run import Run
from guild.scalars.scalar_names import choose_key


class RunsPlot(PlotAccessor):  # type: ignore[misc]  # pandas is not typed here
    """`frame.plot` of runs: `plot("loss", "acc")` draws scalars, one line a run each.

    Everything else is pandas': `plot.hist()`, `plot(x="a", y="b")`, `plot("started")` for
    names of columns.
    """

    def __call__(self, *names: Any, **kw: Any) -> Any:
        """The axes with the scalars `names`; `ax` are axes to draw in, other arguments are
        matplotlib's for lines. Raises GuildError for a scalar that no run has."""
        frame = self._parent
        is_scalar = all(isinstance(name, str) and name not in frame.columns for name in names)
        if names and is_scalar:
            return plot_scalars(runs_in(frame), names, **kw)
        return super().__call__(*names, **kw)


def plot_scalars(runs: Sequence[Run], names: Sequence[str], ax: Any = None, **kw: Any) -> Any:
    """Draw each scalar of `names` (`[PREFIX#]TAG`) of each of `runs` that has it; the axes.

    Raises GuildError for a scalar that no run has, and where matplotlib is missing.
    """
    series = {run: lookup.scalar_points(run) for run in runs}
    for name in names:
        _check_known(name, series.values())
    ax = _new_axes() if ax is None else ax
    for name in names:
        for run, by_key in series.items():
            if key := choose_key(by_key, name):
                points = by_key[key]
                steps, values = _by_step(points.steps, points.values)
                ax.plot(steps, values, **{"label": _label(run, name, names), **kw})
    ax.set_xlabel("step")
    ax.set_ylabel(", ".join(names))
    ax.legend()
    return ax


def _check_known(name: str, series: Any) -> None:
    if not any(choose_key(keys, name) for keys in series):
        known = {tag for keys in series for _, tag in keys}
        raise GuildError(f"no run has a scalar '{name}'{did_you_mean(name, known)}")


def _by_step(steps: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    pairs = sorted(zip(steps, values, strict=True), key=lambda pair: pair[0])
    return [step for step, _ in pairs], [value for _, value in pairs]


def _label(run: Run, name: str, names: Sequence[str]) -> str:
    label = run.label or run.short_id
    return f"{name} {label}" if len(names) > 1 else label


def _new_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise GuildError(
            "plots need matplotlib - install it with: pip install 'guild-runner[plot]'"
        ) from None
    return pyplot.subplots()[1]
