"""What is asked of the index, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from guild.opref import OpRef
from guild.run import Run, RunStatus, start_or_creation


class RunQuery(NamedTuple):
    """Which runs are meant; a run is meant if each of these says so.

    Attributes:
        deleted: the deleted runs instead of the others.
        operations: one of these is the operation `OP`, with or without `MODEL:` (or `:`) and
            `PACKAGE/` before it, or one of these alone; or the name of a batch.
        labels: one of these is part of the label; `-` means no label.
        unlabeled: there is no label.
        tags: one of these is a tag of the run.
        comments: one of these is part of a comment, or of its user or host, whatever the case.
        marked, unmarked: the run is marked, or is not.
        statuses: the run's status is one of these; empty for any.
        expression: a filter expression (docs/languages.md) holds.
        started: a time range (docs/languages.md) holds the run's start.
        digest: the source code digest begins with this.
        runs_dir: a folder of runs to look at instead of the home's, such as an archive.
    """

    deleted: bool = False
    operations: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    unlabeled: bool = False
    tags: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    marked: bool = False
    unmarked: bool = False
    statuses: frozenset[str] = frozenset()
    expression: str | None = None
    started: str | None = None
    digest: str | None = None
    runs_dir: str | None = None


class IndexedRun(NamedTuple):
    """A run as the index knows it; everything in it came from the run directory.

    Attributes:
        id: 32 hex digits.
        path: the run directory.
        opref: the operation; None where that cannot be read.
        attrs: the attributes that are kept in the index: all but the long ones
            that describe how the run was made. `attr` gets any attribute.
        flags: the run's flags.
        status: one of `guild.run.STATUSES`, as it was a moment ago.
        started, stopped: microseconds since the epoch; None where unknown.
        is_batch: whether the run is a batch of others.
        damage: what could not be read, in one line.
    """

    id: str
    path: str
    opref: OpRef | None
    attrs: Mapping[str, Any]
    flags: Mapping[str, Any]
    status: RunStatus
    started: int | None
    stopped: int | None
    is_batch: bool = False
    damage: str | None = None

    @property
    def run(self) -> Run:
        return Run(self.id, self.path)

    @property
    def short_id(self) -> str:
        return self.id[:8]

    @property
    def operation(self) -> str:
        """The full name of the operation, `model:op`, `name()` for a Python function; empty
        where it is not known."""
        if self.opref is None:
            return ""
        name = self.opref.full_name
        return f"{name}()" if self.opref.type == "func" else name

    @property
    def timestamp(self) -> int | None:
        """The timestamp of the start, else of the creation; None if neither is recorded."""
        return start_or_creation(self.attrs.get) if self.started is None else self.started

    @property
    def label(self) -> str:
        value = self.attrs.get("label")
        return "" if value is None else str(value)

    @property
    def marked(self) -> bool:
        return bool(self.attrs.get("marked"))
