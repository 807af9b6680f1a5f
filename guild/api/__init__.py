"""Typed functions that run operations, and find, compare and change runs.

    from guild import api

    run = api.run("train.py", {"lr": 0.1})
    best, *_ = api.runs(api.RunQuery(expression="loss < 0.1"))
    api.label(best, "best")

The functions print nothing and raise GuildError. Their modules are imported on first use. The
other modules of this package are what commands and notebooks are built on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guild.api.public import (
        Difference,
        compare,
        delete,
        diff,
        export,
        flags,
        label,
        mark,
        restore,
        runs,
        scalars,
        select,
        tag,
    )
    from guild.api.running import run, search
    from guild.base.errors import GuildError
    from guild.index.comparison_table import CompareOptions, Table
    from guild.index.query import IndexedRun, RunQuery
    from guild.launch.function_search import SearchOptions
    from guild.ops.functions.function_run import RunError, RunException, RunTerminated
    from guild.run import Run
    from guild.scalars.run_scalars import ScalarSummary

__all__ = [
    "CompareOptions", "Difference", "GuildError", "IndexedRun", "Run", "RunError", "RunException",
    "RunQuery", "RunTerminated", "ScalarSummary", "SearchOptions", "Table", "compare", "delete",
    "diff", "export", "flags", "label", "mark", "restore", "run", "runs", "scalars", "search",
    "select", "tag",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'guild.api' has no attribute {name!r}")
    from guild.api import public, running

    return getattr(running if hasattr(running, name) else public, name)


def __dir__() -> list[str]:
    return __all__
