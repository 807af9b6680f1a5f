"""Fields of a run by name: core fields and attributes, as listings print them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guild.base import clock
from guild.base.errors import GuildError
from guild.index.query import IndexedRun
from guild.index.record import UNSTORED_ATTRS
from guild.opref import OpRef


def get_field(run: IndexedRun, name: str) -> Any:
    """Return a core field or the attribute `name`; None if the run does not have it.

    Core fields: `id`, `run` and `short_id`; `operation` and its parts `op`, also `op_name`,
    `model`, also `op_model`, and `from`; `status`; `started` and `stopped` as local times;
    `time`, the duration; `sourcecode`, the short digest; and `label`.
    """
    field = _FIELDS.get(name)
    if field is not None:
        return field(run)
    if name in run.attrs:
        return run.attrs[name]
    # The index does not store these attributes, nor values that are too long.
    return run.run.get(name) if name in UNSTORED_ATTRS else None


def is_unindexed(name: str) -> bool:
    """Return whether `name` is a field that the index cannot look up in stored attributes."""
    return name in _FIELDS or name in UNSTORED_ATTRS


def duration(run: IndexedRun, now: int | None = None) -> str | None:
    """Return the duration of a run, up to `now` if it is running, as `H:MM:SS`."""
    if run.started is None:
        return None
    end = run.stopped
    if run.status == "running":
        end = clock.timestamp() if now is None else now
    return None if end is None or end < run.started else clock.format_duration(end - run.started)


def operation_name(run: IndexedRun) -> str:
    """Return the name of a run's operation, such as `train` or `model:train`.

    The name of a batch is the trials' operation, a `+`, and the optimizer if it has one:
    `train+`, `train+skopt:gp`.
    """
    trial = read_trial_opref(run) if run.is_batch else None
    if trial is None:
        return run.operation
    return f"{trial.full_name}+{'' if run.operation == '+' else run.operation}"


def read_trial_opref(batch: IndexedRun) -> OpRef | None:
    """Return the operation of a batch's trials; None if it cannot be read."""
    proto = batch.run.batch_proto
    try:
        return proto.opref if proto else None
    except (GuildError, OSError):
        return None


def _package(run: IndexedRun) -> str | None:
    return run.opref.pkg_name if run.opref else None


def _digest(run: IndexedRun) -> str | None:
    digest = run.attrs.get("sourcecode_digest")
    return str(digest)[:8] if digest else None


_FIELDS: dict[str, Callable[[IndexedRun], Any]] = {
    "id": lambda run: run.id,
    "run": lambda run: run.short_id,
    "short_id": lambda run: run.short_id,
    "operation": operation_name,
    "op": lambda run: run.opref.op if run.opref else None,
    "op_name": lambda run: run.opref.op if run.opref else None,
    "model": lambda run: run.opref.model if run.opref else None,
    "op_model": lambda run: run.opref.model if run.opref else None,
    "from": _package,
    "status": lambda run: run.status,
    "started": lambda run: clock.format_time(run.timestamp),
    "stopped": lambda run: clock.format_time(run.stopped),
    "time": duration,
    "sourcecode": _digest,
    "label": lambda run: run.attrs.get("label") or None,
}
