"""Runs of a home as a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild import config
from guild.api import selection
from guild.index.query import RunQuery
from guild.ipy.frames import RunsDataFrame, make_runs_frame
from guild.run import STATUSES


def runs(
    *,
    operations: str | Sequence[str] = (),
    labels: str | Sequence[str] = (),
    unlabeled: bool = False,
    tags: str | Sequence[str] = (),
    comments: str | Sequence[str] = (),
    marked: bool = False,
    unmarked: bool = False,
    started: str | None = None,
    digest: str | None = None,
    filter: str | None = None,
    filter_expr: str | None = None,
    deleted: bool = False,
    limit: int | None = None,
    **statuses: bool,
) -> RunsDataFrame:
    """Return the runs of the current home that match all filters, newest first.

    Args:
        operations, labels, tags, comments: one or several strings, any of which may match, as for
            the options of `guild runs`.
        started: a time range such as `last 3 hours`.
        digest: the start of the source code digest.
        filter: an expression such as `loss < 0.5`; `filter_expr` is another name for it.
        deleted: return deleted runs.
        limit: the maximum number of runs.
        statuses: any of `running`, `completed`, `error`, `terminated`, `pending` and `staged`;
            the runs have one of those that are true.

    Raises TypeError for other names, and GuildError for an invalid filter or time range.
    """
    for name in statuses:
        if name not in STATUSES:
            raise TypeError(f"runs() got an unexpected keyword argument {name!r}")
    query = RunQuery(
        deleted=deleted,
        operations=tuple(name.removesuffix("()") for name in _as_tuple(operations)),
        labels=_as_tuple(labels),
        unlabeled=unlabeled,
        tags=_as_tuple(tags),
        comments=_as_tuple(comments),
        marked=marked,
        unmarked=unmarked,
        statuses=frozenset(name for name, include in statuses.items() if include),
        expression=filter_expr if filter is None else filter,
        started=started,
        digest=digest,
    )
    return make_runs_frame(selection.select_runs(guild_home(), query)[:limit])


def guild_home() -> Path:
    """Return the current home. If it does not exist, the first run creates it."""
    return config.guild_home(must_exist=False)


def _as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
