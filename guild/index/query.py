"""Queries of the index and their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from guild.opref import OpRef
from guild.run import Run, RunStatus, start_or_creation


class RunQuery(NamedTuple):
    """Conditions on runs. A run matches if it meets all of them.

    Attributes:
        deleted: select deleted runs instead of existing ones.
        operations: one of these matches the operation: `OP`, optionally prefixed with
            `MODEL:` (or `:` for any model) and `PACKAGE/`; one of these prefixes alone; or the
            name of a batch, such as `train+`. A part with `*` is a shell pattern. With a leading
            `^` or a trailing `$`, it is a regular expression to search in the listed name.
        labels: one of these is part of the label; `-` matches runs without a label.
        unlabeled: the run has no label.
        tags: one of these is a tag of the run.
        comments: one of these is part of a comment, its user or its host, ignoring case.
        marked, unmarked: the run is marked, or not marked.
        statuses: one of these is the status; empty for any status.
        expression: this filter expression (docs/languages.md) holds.
        started: this time range (docs/languages.md) contains the start of the run.
        digest: the source code digest starts with this.
        runs_dir: the folder of runs to query instead of the home's, such as an archive.
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
    """A run as stored in the index.

    Attributes:
        id: the run id, which is the name of the run directory.
        path: the run directory.
        opref: the operation; None if it is missing or invalid.
        attrs: the attributes that the index stores: all except the long ones that describe
            how the run was made. Read those from `run`.
        flags: the flag values by name.
        status: the status at the time of the query.
        started, stopped: timestamps; None if not recorded.
        is_batch: whether the run is a batch.
        damage: what could not be read, in one line; None if nothing.
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
        """The full name of the operation, such as `model:op`; `name()` for a Python function.

        Empty if the operation is missing or invalid.
        """
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
