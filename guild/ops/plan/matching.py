"""Earlier runs that did what is asked for now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guild.opref import OpRef
from guild.run import Run
from guild.runs.store import RunStore


def matching_runs(
    opref: OpRef,
    flags: Mapping[str, Any],
    store: RunStore,
    visible: frozenset[str] | None = None,
) -> list[Run]:
    """The runs of the same operation with the same flag values that did not end in error,
    newest first; of the ids `visible` if those are given."""
    found = [run for run in _runs_of(opref, store, visible) if run.get("flags") == flags]
    return sorted(found, key=lambda run: -run.timestamp)


def matching_flags(
    opref: OpRef, store: RunStore, visible: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    """The flag values of each run of the same operation that did not end in error; of the ids
    `visible` if those are given."""
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
