"""Tables of runs: what they are, their flags, scalars and attributes, as data frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from guild.api import lookup
from guild.api.description import operation_name
from guild.index.comparison_table import CompareOptions
from guild.index.query import IndexedRun
from guild.ipy import columns
from guild.ipy.run_cell import RunCell
from guild.run import Run
from guild.scalars.run_scalars import ScalarSummary


def listing(runs: Sequence[IndexedRun]) -> dict[str, Any]:
    """The columns of a list of runs."""
    return {
        "run": cells(run.run for run in runs),
        "operation": columns.objects([operation_name(run) for run in runs]),
        "started": columns.times(run.timestamp for run in runs),
        "status": columns.objects([run.status for run in runs]),
        "label": columns.objects([run.label for run in runs]),
    }


def cells(runs: Iterable[Run]) -> Any:
    """The column `run` of `runs`."""
    return columns.objects([RunCell(run) for run in runs])


def flags(runs: Sequence[Run]) -> Any:
    """A row for each run: a column for each flag that any has, and `run`."""
    return _by_name(runs, lambda run: run.flags)


def attributes(runs: Sequence[Run]) -> Any:
    """A row for each run: a column for each attribute that any has, and `run`.

    Left out are the long ones that tell how a run was made, such as `env`.
    """
    return _by_name(runs, lambda run: run.attrs)


def _by_name(runs: Sequence[Run], values: Callable[[IndexedRun], Any]) -> Any:
    known = lookup.read(runs)
    names = sorted({name for run in known for name in values(run)})
    table: dict[str, Any] = {name: [values(run).get(name) for run in known] for name in names}
    return columns.frame({**table, "run": cells(run.run for run in known)}, len(known))


def scalars(runs: Sequence[Run]) -> Any:
    """A row for each scalar of each run: first, last, lowest ... value and step."""
    rows = lookup.scalars(runs)
    table: dict[str, Any] = {
        name: [getattr(summary, name) for _, summary in rows] for name in ScalarSummary._fields
    }
    return columns.frame({"run": cells(run for run, _ in rows), **table}, len(rows))


def scalars_detail(runs: Sequence[Run]) -> Any:
    """A row for each value of each scalar of each run."""
    rows = [
        (run, path or ".", tag, value, step)
        for run in runs
        for (path, tag), points in sorted(lookup.scalar_points(run).items())
        for value, step in zip(points.values, points.steps, strict=True)
    ]
    table: dict[str, Any] = {
        name: [row[at] for row in rows]
        for at, name in ((1, "path"), (2, "tag"), (3, "val"), (4, "step"))
    }
    return columns.frame({"run": cells(row[0] for row in rows), **table}, len(rows))


def compare(runs: Sequence[Run], specs: str | None = None) -> Any:
    """A row for each run: what it is, its flags, the last step and its scalars.

    `specs` are further columns, as `guild compare --columns` has them. Raises GuildError
    for those that cannot be read.
    """
    known = [run for run in lookup.read(runs) if not run.is_batch]
    found = lookup.compare(known, CompareOptions(columns=specs, skip_core=True))
    flag_names = {name for run in known for name in run.flags}
    # Flags first, whichever runs brought them; the table has `run` as well.
    names = [
        *sorted(flag_names.intersection(found.header)),
        *(name for name in found.header if name not in flag_names and name != "run"),
    ]
    at = {name: place for place, name in enumerate(found.header)}
    listed = listing(known)
    core = {
        **{name: listed[name] for name in ("run", "operation", "started")},
        "time": columns.durations(map(_duration, known)),
        **{name: listed[name] for name in ("status", "label")},
    }
    values: dict[str, Any] = {name: [row[at[name]] for row in found.rows] for name in names}
    return columns.frame({**core, **{n: v for n, v in values.items() if n not in core}}, len(known))


def _duration(run: IndexedRun) -> int | None:
    if run.started is None or run.stopped is None:
        return None
    return run.stopped - run.started
