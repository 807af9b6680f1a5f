"""`python -m benchmarks [MODULE ...]`: print a table, and exit with 1 if a limit is exceeded."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from tabulate import tabulate

from benchmarks.measure import Row

MODULES = ("startup", "one_run", "sourcecode", "scalars", "optimizers", "batch", "index", "ipy")


def measure(modules: list[str]) -> Iterator[Row]:
    for name in modules:
        yield from importlib.import_module(f"benchmarks.{name}").rows()


def table(rows: list[Row]) -> str:
    header = ["benchmark", "ms", "baseline", "ms", "ratio", "limit", ""]
    body = [
        [
            row.what,
            f"{row.seconds * 1000:.1f}",
            row.against,
            f"{row.base_seconds * 1000:.1f}",
            f"{row.ratio:.2f}",
            "" if row.limit is None else f"{row.limit:g}",
            "ok" if row.holds else "EXCEEDED",
        ]
        for row in rows
    ]
    return tabulate(body, header, disable_numparse=True)


def main() -> int:
    rows = list(measure(sys.argv[1:] or list(MODULES)))
    print(table(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
