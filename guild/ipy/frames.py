"""Runs as pandas objects: a frame of runs, and one run (or one column) of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from guild.api import changes, lookup, removal
from guild.base.errors import GuildError
from guild.ipy import columns, info, tables
from guild.ipy.run_cell import RunCell
from guild.run import Run


class RunsFlags(pd.Flags):  # type: ignore[misc]  # pandas is not typed here
    """What pandas keeps in `frame.flags`, and a call gives the table of the runs' flags.

    pandas' own object knows its frame only as long as somebody else holds that, which in
    `runs().flags()` nobody does.
    """

    def __init__(self, frame: Any, kept: Any) -> None:
        super().__init__(frame, allows_duplicate_labels=kept.allows_duplicate_labels)
        self._frame = frame
        self._kept = kept

    @property
    def allows_duplicate_labels(self) -> bool:
        """See `pandas.Flags`."""
        return bool(self._kept.allows_duplicate_labels)

    @allows_duplicate_labels.setter
    def allows_duplicate_labels(self, value: bool) -> None:
        self._kept.allows_duplicate_labels = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, pd.Flags):
            return False
        return bool(self.allows_duplicate_labels == other.allows_duplicate_labels)

    __hash__ = None  # type: ignore[assignment]  # as in pandas

    def __call__(self) -> Any:
        """A row for each run: a column for each flag that any has, and `run`."""
        return tables.flags(runs_in(self._frame))


class _Runs:
    """What frames and rows of runs can do; all of it goes by the column `run`."""

    @property
    def flags(self) -> RunsFlags:
        """`flags()` is the table of flags; see `RunsFlags`."""
        return RunsFlags(self, self._flags)

    _flags: Any

    def guild_flags(self) -> Any:
        """The same as `flags()`."""
        return tables.flags(runs_in(self))

    def attributes(self) -> Any:
        """A row for each run: a column for each attribute that any has, and `run`."""
        return tables.attributes(runs_in(self))

    def scalars(self) -> Any:
        """A row for each scalar of each run: first, last, lowest ... value and step."""
        return tables.scalars(runs_in(self))

    def scalars_detail(self) -> Any:
        """A row for each value of each scalar of each run."""
        return tables.scalars_detail(runs_in(self))

    def info(self, *, output: bool = False, scalars: bool = False) -> None:
        """Print what the run is, of several the first; with its output and its scalars."""
        runs = runs_in(self)
        if not runs:
            raise GuildError("there is no run")
        print(info.text(runs[0], output=output, scalars=scalars))  # noqa: T201  # as `DataFrame.info`

    def delete(self, permanent: bool = False) -> list[str]:
        """Delete the runs; their ids. They can be restored, unless `permanent`.

        Raises GuildError for one that cannot be deleted.
        """
        runs = runs_in(self)
        for run in runs:
            removal.delete(Path(run.path).parent.parent, run, permanent=permanent)
        return [run.id for run in runs]

    def label(self, text: str) -> RunsDataFrame:
        """Label the runs, an empty text takes labels away; the runs as they are now."""
        runs = runs_in(self)
        for run in runs:
            changes.set_label(run, text)
        return runs_frame(runs)

    def tag(self, *tags: str, delete: Sequence[str] = ()) -> RunsDataFrame:
        """Add tags to the runs, and take away those to `delete`; the runs as they are now."""
        runs = runs_in(self)
        for run in runs:
            changes.change_tags(run, add=tags, delete=delete)
        return runs_frame(runs)


class RunsDataFrame(_Runs, pd.DataFrame):  # type: ignore[misc]
    """Runs, a row each; the column `run` holds them (`frame.iloc[0]["run"].run`).

    What pandas makes of it by slicing, sorting, merging and so on is one as well, and
    can do the same as long as it has the column `run`. `flags` is what it is in any
    frame, and `flags()` the table of the runs' flags. `pandas.DataFrame(frame)` is a
    frame with `info`, `compare` and `plot` of pandas alone.
    """

    @property
    def _constructor(self) -> Any:
        return RunsDataFrame

    @property
    def _constructor_sliced(self) -> Any:
        return RunsSeries

    def compare(self, other: Any = None, *, columns: str | None = None, **kw: Any) -> Any:
        """A row for each run: what it is, its flags, the last step and its scalars.

        `columns` adds columns as `guild compare --columns` does. With another frame, what
        pandas makes of that. Raises GuildError for columns that cannot be read.
        """
        if other is not None:
            return pd.DataFrame(self).compare(pd.DataFrame(other), **kw)
        return tables.compare(runs_in(self), columns)

    @property
    def plot(self) -> Any:
        """`plot("loss")` draws a scalar of the runs over steps; see `guild.ipy.plotting`.

        Everything else is pandas' own `plot`.
        """
        from guild.ipy.plotting import RunsPlot

        return RunsPlot(self)


class RunsSeries(_Runs, pd.Series):  # type: ignore[misc]
    """A row of runs, with what can be done with its run; or any other column or row.

    An item is found by its label or, where labels are texts, by its position.
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
        """As `RunsDataFrame.compare`."""
        if other is not None:
            return pd.Series(self).compare(pd.Series(other), **kw)
        return tables.compare(runs_in(self), columns)


def runs_frame(runs: Sequence[Run]) -> RunsDataFrame:
    """The frame of `runs`, in their order, without those that are gone."""
    return listing_frame(lookup.read(runs))


def listing_frame(runs: Sequence[Any]) -> RunsDataFrame:
    """The frame of indexed `runs`."""
    listed = columns.frame(tables.listing(runs), len(runs))
    return RunsDataFrame(listed)


def runs_in(data: Any) -> list[Run]:
    """The runs of a frame or of a row of one, in the column `run` or the index of that name.

    Raises GuildError where there is neither, with runs.
    """
    cells: list[Any] | None
    if isinstance(data, pd.DataFrame):
        if "run" in data.columns:
            cells = list(data["run"])
        else:
            cells = list(data.index) if data.index.name == "run" else None
    elif "run" in data.index:
        cells = [data["run"]]
    elif isinstance(data.name, RunCell):
        cells = [data.name]
    else:
        cells = list(data)
    if cells is None or not all(isinstance(cell, RunCell) for cell in cells):
        raise GuildError("this is no longer about runs: it has no column 'run' with runs")
    return [cell.run for cell in cells]
