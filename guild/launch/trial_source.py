"""Which trial comes next: the items of a list, or what an optimizer suggests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from guild.base import files, yaml
from guild.base.errors import GuildError
from guild.launch.batch_directory import StagedBatch
from guild.run import Run


class Choice(Protocol):
    """Chooses the flags of the trials of a batch, one after the other.

    The rules, which `tests/batch/choice_contract.py` checks of every choice:

    - A trial is chosen by what is in the run directories, of the batch and of `trials`. So
      another process can go on where this one is, and does so alike.
    - To be asked twice for the same trial, since it was chosen and then not made, is to get
      the same answer.

    Attributes:
        most: how many trials there will be at the most.
        learns: whether what trials gave matters for the next.
        needs_objective: whether it learns nothing from trials without the objective.
    """

    most: int
    learns: bool
    needs_objective: bool

    def next(self, trials: Sequence[Run], tell: Callable[[str], None]) -> dict[str, Any] | None:
        """The flags of the trial after `trials`, which are all that are there; None if there
        are no more. What it rests on is told before."""


class Listed:
    """The trials of a grid, known from the start."""

    learns = False
    needs_objective = False

    def __init__(self, batch: StagedBatch) -> None:
        self._trials = batch.trials()
        self.most = len(self._trials)

    def next(self, trials: Sequence[Run], tell: Callable[[str], None]) -> dict[str, Any] | None:
        return dict(self._trials[len(trials)]) if len(trials) < self.most else None


class Suggested:
    """The suggestions of an optimizer.

    The last one is kept in the batch (`.guild/suggestion`) with the state of chance after it:
    both in one file that is written before its trial is made. So a batch that is killed at any
    moment goes on as if it had not been, whichever process does.
    """

    def __init__(self, batch: StagedBatch) -> None:
        """Raises GuildError for an optimizer that does not exist any more."""
        from guild.extend.search_space import Space
        from guild.launch.history import History
        from guild.optimizers.registry import find_optimizer, make_optimizer
        from guild.optimizers.script import ScriptOptimizer

        assert batch.optimizer is not None
        kind = find_optimizer(batch.optimizer, batch.operation.project_dir)
        self._name = kind.name
        self._seed = batch.random_seed
        self._kept = Path(batch.run.guild_path("suggestion"))
        self._optimizer = make_optimizer(kind, batch.options)
        self._space = Space.of(batch.flags)
        self._history = History(batch)
        self.most = batch.max_trials
        self.learns = self._optimizer.learns
        # A script may go by anything, or print a list of trials.
        self.needs_objective = self.learns and not isinstance(self._optimizer, ScriptOptimizer)

    def next(self, trials: Sequence[Run], tell: Callable[[str], None]) -> dict[str, Any] | None:
        from guild.optimizers.randomness import new_rng, rng_from_state, state_of
        from guild.optimizers.suggestion import next_trial

        if len(trials) >= self.most:
            return None
        kept = self._read()
        if kept is not None and kept["number"] == len(trials):
            return dict(kept["flags"])
        rng = new_rng(self._seed) if kept is None else rng_from_state(kept["state"])
        history = self._history.trials(trials)
        if basis := self._optimizer.basis(self._space, history, self.most):
            tell(basis)
        flags = next_trial(self._name, self._optimizer, self._space, history, rng)
        if flags is not None:
            self._write({"number": len(trials), "flags": flags, "state": state_of(rng)})
        return flags

    def _read(self) -> dict[str, Any] | None:
        text = files.read_text(self._kept)
        if text is None:
            return None
        try:
            kept = yaml.load(text)
        except yaml.YAMLError:
            kept = None
        if not isinstance(kept, dict) or not {"number", "flags", "state"} <= set(kept):
            raise GuildError(f"{self._kept} is damaged - delete it to go on with another seed")
        return kept

    def _write(self, kept: dict[str, Any]) -> None:
        files.write_atomic(self._kept, yaml.dump(kept).encode("utf-8", "surrogateescape"))


def choice(batch: StagedBatch) -> Choice:
    """How the trials of `batch` are chosen. Raises GuildError."""
    return Listed(batch) if batch.optimizer is None else Suggested(batch)
