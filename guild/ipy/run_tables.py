"""Data frames of the flags, scalars and attributes of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from guild.api import lookup
from guild.index.comparison_table import CompareOptions
from guild.index.fields import operation_name
from guild.index.query import IndexedRun
from guild.ipy import frame_columns
from guild.ipy.run_cells import RunCell
from guild.run import Run
from guild.scalars.run_scalars import ScalarSummary, read_points


def make_core_columns(runs: Sequence[IndexedRun]) -> dict[str, Any]:
    """Return the columns of a list of runs."""
    return {
        "run": _make_run_column(run.run for run in runs),
        "operation": frame_columns.make_object_column([operation_name(run) for run in runs]),
        "started": frame_columns.make_time_column(run.timestamp for run in runs),
        "status": frame_columns.make_object_column([run.status for run in runs]),
        "label": frame_columns.make_object_column([run.label for run in runs]),
    }


def _make_run_column(runs: Iterable[Run]) -> Any:
    return frame_columns.make_object_column([RunCell(run) for run in runs])


def make_flag_table(runs: Sequence[Run]) -> Any:
    """Return a row for each run, with a column for each flag that any run has, and `run`."""
    return _make_named_table(runs, lambda run: run.flags)


def make_attribute_table(runs: Sequence[Run]) -> Any:
    """Return a row for each run, with a column for each attribute that any run has, and `run`.

    Long attributes that the index does not store, such as `env`, are omitted.
    """
    return _make_named_table(runs, lambda run: run.attrs)


def _make_named_table(runs: Sequence[Run], get_values: Callable[[IndexedRun], Any]) -> Any:
    current = lookup.read_runs(runs)
    names = sorted({name for run in current for name in get_values(run)})
    columns: dict[str, Any] = {
        name: [get_values(run).get(name) for run in current] for name in names
    }
    columns["run"] = _make_run_column(run.run for run in current)
    return frame_columns.make_frame(columns, len(current))


def make_scalar_table(runs: Sequence[Run]) -> Any:
    """Return a row for each scalar of each run: first, last, lowest ... value and step."""
    rows = lookup.list_scalars(runs)
    columns = {"run": _make_run_column(run for run, _ in rows)}
    for name in ScalarSummary._fields:
        columns[name] = [getattr(summary, name) for _, summary in rows]
    return frame_columns.make_frame(columns, len(rows))


def make_point_table(runs: Sequence[Run]) -> Any:
    """Return a row for each value of each scalar of each run."""
    rows = [
        (run, path or ".", tag, value, step)
        for run in runs
        for (path, tag), points in sorted(read_points(run.path).items())
        for value, step in zip(points.values, points.steps, strict=True)
    ]
    columns = {"run": _make_run_column(row[0] for row in rows)}
    for position, name in enumerate(("path", "tag", "val", "step"), 1):
        columns[name] = [row[position] for row in rows]
    return frame_columns.make_frame(columns, len(rows))


def make_comparison_table(runs: Sequence[Run], specs: str | None = None) -> Any:
    """Return a row for each run: core columns, flags, the last step and scalars.

    `specs` are additional columns, as for `guild compare --columns`. Raises GuildError if they
    are invalid.
    """
    current = [run for run in lookup.read_runs(runs) if not run.is_batch]
    options = CompareOptions(columns=specs, skip_core=True)
    header, rows = lookup.compare_anywhere(current, options)
    flag_names = {name for run in current for name in run.flags}
    # Flags come first, in whichever run they appear. `run` is one of the core columns.
    names = [
        *sorted(flag_names.intersection(header)),
        *(name for name in header if name not in flag_names and name != "run"),
    ]
    core = make_core_columns(current)
    status, label = core.pop("status"), core.pop("label")
    core["time"] = frame_columns.make_duration_column(map(_duration, current))
    core |= {"status": status, "label": label}
    values = {name: [row[header.index(name)] for row in rows] for name in names if name not in core}
    return frame_columns.make_frame({**core, **values}, len(current))


def _duration(run: IndexedRun) -> int | None:
    if run.started is None or run.stopped is None:
        return None
    return run.stopped - run.started
