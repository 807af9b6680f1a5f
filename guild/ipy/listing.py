"""The runs of a home as a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guild import config
from guild.api import selection
from guild.index.query import RunQuery
from guild.ipy.frames import RunsDataFrame, listing_frame
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
    """The runs of the home in use, the latest first, that match all that is said.

    The names are those of the options of `guild runs`: `operations`, `labels`, `tags` and
    `comments` match any of several; `running=True`, `completed=True`, `error=True`,
    `terminated=True`, `pending=True` and `staged=True` any of these; `filter` is an
    expression such as `"loss < 0.5"`, also named `filter_expr`. Raises TypeError for another
    name, and GuildError for a filter or a time range that cannot be read.
    """
    for name in statuses:
        if name not in STATUSES:
            raise TypeError(f"runs() got an unexpected keyword argument {name!r}")
    query = RunQuery(
        deleted=deleted,
        operations=tuple(name.removesuffix("()") for name in _texts(operations)),
        labels=_texts(labels),
        unlabeled=unlabeled,
        tags=_texts(tags),
        comments=_texts(comments),
        marked=marked,
        unmarked=unmarked,
        statuses=frozenset(name for name, wanted in statuses.items() if wanted),
        expression=filter_expr if filter is None else filter,
        started=started,
        digest=digest,
    )
    found: Any = selection.select(guild_home(), query)
    return listing_frame(found[:limit])


def guild_home() -> Path:
    """The home in use. One that is missing is empty, and is made by the first run."""
    return config.guild_home(must_exist=False)


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
