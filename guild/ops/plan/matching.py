"""Earlier runs of the same operation with the same flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guild.opref import OpRef
from guild.run import Run
from guild.runs.store import RunStore


def find_matching_runs(
    opref: OpRef,
    flags: Mapping[str, Any],
    store: RunStore,
    visible: frozenset[str] | None = None,
) -> list[Run]:
    """Return the runs of the operation with these flags that have not failed, newest first.

    `visible` limits them to runs with these ids.
    """
    matches = [run for run in _runs_of(opref, store, visible) if run.get("flags") == flags]
    return sorted(matches, key=lambda run: -run.timestamp)


def find_matching_flags(
    opref: OpRef, store: RunStore, visible: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    """Return the flag values of each run of the operation that has not failed.

    `visible` limits them to runs with these ids.
    """
    return [
        flags
        for run in _runs_of(opref, store, visible)
        if isinstance(flags := run.get("flags"), dict)
    ]


def _runs_of(opref: OpRef, store: RunStore, visible: frozenset[str] | None) -> Iterator[Run]:
    for run_id in store.ids() if visible is None else visible.intersection(store.ids()):
        run = store.get(run_id)
        other = run.opref
        if other is None or other._replace(pkg_version="") != opref._replace(pkg_version=""):
            continue
        if run.status not in ("error", "terminated"):
            yield run
