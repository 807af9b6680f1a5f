"""What can be done with runs: typed functions, objects in and objects out.

    from guild import api

    run = api.run("train.py", {"lr": 0.1})
    best = min(api.runs(), key=...)
    api.label(best, "best")

They raise GuildError and print nothing; the commands and notebooks stand on the modules of
this package. Each is imported when something of it is used.
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
        run,
        runs,
        scalars,
        search,
        select,
        tag,
    )
    from guild.base.errors import GuildError
    from guild.index.comparison_table import CompareOptions, Table
    from guild.index.query import IndexedRun, RunQuery
    from guild.launch.function_search import SearchOptions
    from guild.ops.functions.function_run import RunError, RunException, RunTerminated
    from guild.run import Run
    from guild.scalars.run_scalars import ScalarSummary

__all__ = [
    "CompareOptions",
    "Difference",
    "GuildError",
    "IndexedRun",
    "Run",
    "RunError",
    "RunException",
    "RunQuery",
    "RunTerminated",
    "ScalarSummary",
    "SearchOptions",
    "Table",
    "compare",
    "delete",
    "diff",
    "export",
    "flags",
    "label",
    "mark",
    "restore",
    "run",
    "runs",
    "scalars",
    "search",
    "select",
    "tag",
]

_ELSEWHERE = {
    "CompareOptions": "guild.index.comparison_table",
    "GuildError": "guild.base.errors",
    "IndexedRun": "guild.index.query",
    "Run": "guild.run",
    "RunError": "guild.ops.functions.function_run",
    "RunException": "guild.ops.functions.function_run",
    "RunQuery": "guild.index.query",
    "RunTerminated": "guild.ops.functions.function_run",
    "ScalarSummary": "guild.scalars.run_scalars",
    "SearchOptions": "guild.launch.function_search",
    "Table": "guild.index.comparison_table",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'guild.api' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_ELSEWHERE.get(name, "guild.api.public")), name)


def __dir__() -> list[str]:
    return __all__
