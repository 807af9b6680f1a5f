"""The trials of a batch as input for an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.base.clock import to_seconds
from guild.extend.optimizer import Trial
from guild.launch.batch_directory import StagedBatch
from guild.launch.objective import Objective
from guild.run import Run
from guild.runs.store import RunStore


class History:
    """The trials of one batch as an optimizer sees them.

    Each trial is read once after its end and cached.
    """

    def __init__(self, batch: StagedBatch, *, learns: bool = True) -> None:
        """Raise GuildError if the objective is not a valid column."""
        self._batch = batch
        self._learns = learns
        self._objective = Objective.parse(batch.objective)
        self._ended: list[Trial | None] = []
        self._others: set[str] = set()
        self._earlier: list[tuple[int, Trial]] = []

    def trials(self, trials: Sequence[Run]) -> list[Trial]:
        """Return `trials` of the batch, preceded by those of others that `prev-trials` selects."""
        return [*self._of_others(trials), *self._of_batch(trials)]

    def _of_batch(self, trials: Sequence[Run]) -> list[Trial]:
        self._ended += [None] * (len(trials) - len(self._ended))
        result = []
        for number, cached in enumerate(self._ended):
            trial = cached or _trial(trials[number], self._objective, in_batch=True)
            # An optimizer that does not learn from results needs no later look at them.
            if cached is None and (not self._learns or trial.status in ("completed", "error")):
                self._ended[number] = trial
            result.append(trial)
        return result

    def _of_others(self, trials: Sequence[Run]) -> list[Trial]:
        """Return completed runs of other batches, oldest first."""
        selection = self._batch.options.get("prev-trials", "batch")
        if selection == "batch":
            return []
        store = RunStore(Path(self._batch.run.path).parent.parent)
        own = {run.id for run in trials} | {self._batch.run.id}
        for run_id in store.ids():
            run = store.get(run_id)
            if run_id in self._others or run_id in own or run.status != "completed":
                continue
            self._others.add(run_id)
            if self._is_selected(run, selection):
                trial = _trial(run, self._objective, in_batch=False)
                self._earlier.append((run.timestamp, trial))
        self._earlier.sort(key=lambda item: item[0])
        return [trial for _, trial in self._earlier]

    def _is_selected(self, run: Run, selection: str) -> bool:
        opref = run.opref
        if opref is None or opref.type == "builtin":
            return False
        if selection == "operation":
            return opref.full_name == self._batch.operation.opref.full_name
        digest = self._batch.proto.get("sourcecode_digest")
        return digest is not None and run.get("sourcecode_digest") == digest


def _trial(run: Run, objective: Objective, *, in_batch: bool) -> Trial:
    started, stopped, status = run.started, run.stopped, run.status
    return Trial(
        flags=run.flags,
        objective=objective.loss(run) if status == "completed" else None,
        status=status,
        in_batch=in_batch,
        seconds=None if started is None or stopped is None else to_seconds(stopped - started),
    )
