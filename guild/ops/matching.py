"""Earlier runs that did what is asked for now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.opref import OpRef
from guild.run import Run
from guild.runs.store import RunStore


def matching_runs(opref: OpRef, flags: Mapping[str, Any], store: RunStore) -> list[Run]:
    """The runs of the same operation with the same flag values that did not end in error,
    newest first."""
    found = []
    for run_id in store.ids():
        run = store.get(run_id)
        other = run.opref
        if other is None or other._replace(pkg_version="") != opref._replace(pkg_version=""):
            continue
        if run.get("flags") == flags and run.status not in ("error", "terminated"):
            found.append(run)
    return sorted(found, key=lambda run: -run.timestamp)
