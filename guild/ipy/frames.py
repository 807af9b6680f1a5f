"""Runs as pandas objects: a frame of runs, and a row or column of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from guild.api import changes, lookup, removal
from guild.base.errors import GuildError
from guild.index.query import IndexedRun
from guild.ipy import frame_columns, rich_display, run_tables
from guild.ipy.plotting import RunsPlot
from guild.ipy.run_cells import find_runs


class RunsFlags(pd.Flags):  # type: ignore[misc]  # pandas is not typed here
    """The `flags` of a pandas object; a call returns the table of the runs' flags.

    It holds a reference to its frame: pandas' own object does not, so that the frame of
    `runs().flags()` would no longer exist when it is used.
    """

    def __init__(self, frame: Any, flags: Any) -> None:
        super().__init__(frame, allows_duplicate_labels=flags.allows_duplicate_labels)
        self._frame = frame
        self._flags = flags

    @property
    def allows_duplicate_labels(self) -> bool:
        """See `pandas.Flags`."""
        return bool(self._flags.allows_duplicate_labels)

    @allows_duplicate_labels.setter
    def allows_duplicate_labels(self, value: bool) -> None:
        self._flags.allows_duplicate_labels = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, pd.Flags):
            return False
        return bool(self.allows_duplicate_labels == other.allows_duplicate_labels)

    __hash__ = None  # type: ignore[assignment]  # as in pandas

    def __call__(self) -> Any:
        """Return a row for each run: a column for each flag that any run has, and `run`."""
        return run_tables.make_flag_table(find_runs(self._frame))


class _Runs:
    """Methods of frames, rows and columns of runs.

    They work on the runs in `run`, a column or index, and raise GuildError without it.
    """

    @property
    def flags(self) -> RunsFlags:
        """Flags of the pandas object; `flags()` is the table of the runs' flags."""
        return RunsFlags(self, self._flags)

    _flags: Any

    def guild_flags(self) -> Any:
        """Return the same table as `flags()`."""
        return run_tables.make_flag_table(find_runs(self))

    def attributes(self) -> Any:
        """Return a row for each run: a column for each attribute that any run has, and `run`."""
        return run_tables.make_attribute_table(find_runs(self))

    def scalars(self) -> Any:
        """Return a row for each scalar of each run: first, last, lowest ... value and step."""
        return run_tables.make_scalar_table(find_runs(self))

    def scalars_detail(self) -> Any:
        """Return a row for each value of each scalar of each run."""
        return run_tables.make_point_table(find_runs(self))

    def info(self, *, output: bool = False, scalars: bool = False) -> None:
        """Print information about the first run, with its output and scalars if requested.

        Raises GuildError if the frame is empty or the run no longer exists.
        """
        runs = find_runs(self)
        if not runs:
            raise GuildError("no runs in the frame")
        print(rich_display.format_info(runs[0], output=output, scalars=scalars))  # noqa: T201  # as `DataFrame.info`

    def delete(self, permanent: bool = False) -> list[str]:
        """Delete the runs and return their ids; they can be restored unless `permanent` is set.

        Raises GuildError for a run that cannot be deleted.
        """
        runs = find_runs(self)
        for run in runs:
            removal.delete_run(Path(run.path).parent.parent, run, permanent=permanent)
        return [run.id for run in runs]

    def label(self, text: str) -> RunsDataFrame:
        """Set the label of the runs (an empty string removes it) and return their new state."""
        runs = find_runs(self)
        for run in runs:
            changes.set_label(run, text)
        return make_runs_frame(lookup.read_runs(runs))

    def tag(self, *tags: str, delete: Sequence[str] = ()) -> RunsDataFrame:
        """Delete the tags in `delete`, add `tags`, and return the new state of the runs."""
        runs = find_runs(self)
        for run in runs:
            changes.change_tags(run, add=tags, delete=delete)
        return make_runs_frame(lookup.read_runs(runs))


class RunsDataFrame(_Runs, pd.DataFrame):  # type: ignore[misc]
    """A frame with a row for each run; its column `run` holds the runs (`frame["run"][0].run`).

    Slicing, sorting, merging and other pandas operations return such frames, too. Their methods
    work as long as the column `run` exists. `pandas.DataFrame(frame)` returns a frame with
    pandas' own `info`, `compare` and `plot`.
    """

    @property
    def _constructor(self) -> Any:
        return RunsDataFrame

    @property
    def _constructor_sliced(self) -> Any:
        return RunsSeries

    def compare(self, other: Any = None, *, columns: str | None = None, **kw: Any) -> Any:
        """Return a row for each run: core columns, flags, the last step and scalars.

        `columns` adds columns as `guild compare --columns` does. With another frame, pandas
        compares the two. Raises GuildError for invalid columns.
        """
        if other is not None:
            return pd.DataFrame(self).compare(pd.DataFrame(other), **kw)
        return run_tables.make_comparison_table(find_runs(self), columns)

    @property
    def plot(self) -> RunsPlot:
        """Plots: `plot("loss")` draws a scalar of the runs by step; see `RunsPlot`."""
        return RunsPlot(self)


class RunsSeries(_Runs, pd.Series):  # type: ignore[misc]
    """A row of a frame of runs, with the methods for its run; or any other row or column.

    Items are found by label or, if all labels are strings, by position.
    """

    @property
    def _constructor(self) -> Any:
        return RunsSeries

    @property
    def _constructor_expanddim(self) -> Any:
        return RunsDataFrame

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int) and self.index.inferred_type in ("string", "empty"):
            return self.iloc[key]
        return super().__getitem__(key)

    def compare(self, other: Any = None, *, columns: str | None = None, **kw: Any) -> Any:
        """See `RunsDataFrame.compare`."""
        if other is not None:
            return pd.Series(self).compare(pd.Series(other), **kw)
        return run_tables.make_comparison_table(find_runs(self), columns)


def make_runs_frame(runs: Sequence[IndexedRun]) -> RunsDataFrame:
    """Return the frame of `runs`, in their order."""
    columns = run_tables.make_core_columns(runs)
    return RunsDataFrame(frame_columns.make_frame(columns, len(runs)))
