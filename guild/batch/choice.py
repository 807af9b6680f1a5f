"""Which trial comes next: the items of a list, or what an optimizer suggests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from guild.batch.stage import StagedBatch
from guild.run import Run

if TYPE_CHECKING:
    from guild.optimizers.contract import Trial


class Choice(Protocol):
    """Chooses the flags of the trials of a batch, one after the other.

    Attributes:
        most: how many trials there will be at the most.
    """

    most: int

    def next(self, count: int, trials: Sequence[Run]) -> dict[str, Any] | None:
        """The flags of trial `count` (from 0) when `trials`, all the earlier ones, are
        there; None if there are no more."""

    def basis(self, count: int, trials: Sequence[Run]) -> str | None:
        """What that choice rests on, to be told; None for nothing."""


class Listed:
    """The trials of a grid, known from the start."""

    def __init__(self, batch: StagedBatch) -> None:
        self._trials = batch.trials()
        self.most = len(self._trials)

    def next(self, count: int, trials: Sequence[Run]) -> dict[str, Any] | None:
        return dict(self._trials[count]) if count < self.most else None

    def basis(self, count: int, trials: Sequence[Run]) -> str | None:
        return None


class Suggested:
    """The suggestions of an optimizer.

    The state of chance after each suggestion is kept in the batch, so that a batch goes
    on where it was, whichever process does.
    """

    def __init__(self, batch: StagedBatch) -> None:
        """Raises GuildError for an optimizer that does not exist any more."""
        from guild.optimizers.registry import find_optimizer, make_optimizer
        from guild.optimizers.space import Space

        assert batch.optimizer is not None
        kind = find_optimizer(batch.optimizer, batch.operation.project_dir)
        self._batch = batch
        self._optimizer = make_optimizer(kind, batch.options)
        self._space = Space.of(batch.flags)
        self.most = batch.max_trials

    def next(self, count: int, trials: Sequence[Run]) -> dict[str, Any] | None:
        from guild.optimizers.randomness import new_rng, rng_from_state, state_of

        if count >= self.most:
            return None
        kept = self._batch.run.get("random_state")
        rng = (
            rng_from_state(kept["state"])
            if isinstance(kept, dict) and kept.get("trials") == count
            else new_rng(self._batch.random_seed)
        )
        flags = self._optimizer.suggest(self._space, self._history(trials), rng)
        if flags is not None:
            self._batch.run.set("random_state", {"trials": count + 1, "state": state_of(rng)})
        return flags

    def basis(self, count: int, trials: Sequence[Run]) -> str | None:
        if count >= self.most:
            return None
        return self._optimizer.basis(self._space, self._history(trials), self.most)

    def _history(self, trials: Sequence[Run]) -> list[Trial]:
        from guild.batch.history import history

        return history(self._batch, trials)


def choice(batch: StagedBatch) -> Choice:
    """How the trials of `batch` are chosen."""
    return Listed(batch) if batch.optimizer is None else Suggested(batch)
