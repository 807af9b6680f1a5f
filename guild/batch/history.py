"""What the trials of a batch tell an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.batch.stage import StagedBatch
from guild.optimizers.contract import Trial
from guild.run import Run
from guild.runs.store import RunStore


def history(batch: StagedBatch, trials: Sequence[Run]) -> list[Trial]:
    """The trials so far, after those of other batches that `prev-trials` asks for."""
    earlier = [_trial(run, batch.objective, in_batch=False) for run in _earlier(batch, trials)]
    return earlier + [_trial(run, batch.objective, in_batch=True) for run in trials]


def objective(run: Run, column: str) -> float | None:
    """The value of `run` that is minimized: `column`, negated if it begins with `-`."""
    from guild.index.columns import value_of

    sign, name = (-1.0, column[1:]) if column.startswith("-") else (1.0, column)
    value = value_of(run, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return sign * value


def _trial(run: Run, column: str, *, in_batch: bool) -> Trial:
    flags = run.get("flags")
    started, stopped = run.get("started"), run.get("stopped")
    seconds = (
        (stopped - started) / 1e6 if isinstance(started, int) and isinstance(stopped, int) else None
    )
    status = run.status
    return Trial(
        flags=flags if isinstance(flags, dict) else {},
        objective=objective(run, column) if status == "completed" else None,
        status=status,
        in_batch=in_batch,
        seconds=seconds,
    )


def _earlier(batch: StagedBatch, trials: Sequence[Run]) -> list[Run]:
    """The completed runs of other batches that are to be learned from, oldest first."""
    how = batch.options.get("prev-trials", "batch")
    if how == "batch":
        return []
    store = RunStore(Path(batch.run.path).parent.parent)
    own = {run.id for run in trials} | {batch.run.id}
    digest = batch.proto.get("sourcecode_digest")
    found = []
    for run_id in store.ids():
        run = store.get(run_id)
        opref = run.opref
        if run_id in own or opref is None or run.status != "completed":
            continue
        if how == "operation":
            same = opref.full_name == batch.operation.opref.full_name
        else:
            same = digest is not None and run.get("sourcecode_digest") == digest
        if same and opref.type != "builtin":
            found.append(run)
    return sorted(found, key=lambda run: run.timestamp)
