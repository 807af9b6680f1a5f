"""Earlier runs that did what is asked for now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guild.opref import OpRef
from guild.run import Run
from guild.runs.store import RunStore


def matching_runs(opref: OpRef, flags: Mapping[str, Any], store: RunStore) -> list[Run]:
    """The runs of the same operation with the same flag values that did not end in error,
    newest first."""
    found = [run for run in _runs_of(opref, store) if run.get("flags") == flags]
    return sorted(found, key=lambda run: -run.timestamp)


def matching_flags(opref: OpRef, store: RunStore) -> list[dict[str, Any]]:
    """The flag values of each run of the same operation that did not end in error."""
    return [flags for run in _runs_of(opref, store) if isinstance(flags := run.get("flags"), dict)]


def _runs_of(opref: OpRef, store: RunStore) -> Iterator[Run]:
    for run_id in store.ids():
        run = store.get(run_id)
        other = run.opref
        if other is None or other._replace(pkg_version="") != opref._replace(pkg_version=""):
            continue
        if run.status not in ("error", "terminated"):
            yield run
