"""The source of trials: the combinations of a grid, or the suggestions of an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from guild.base import files, yaml
from guild.base.errors import GuildError
from guild.launch.batch_directory import StagedBatch
from guild.launch.batch_plan import DEFAULT_MAX_TRIALS
from guild.run import Run


class TrialSource(Protocol):
    """The source of a batch's trials, one after the other.

    `tests/launch/trial_source_contract.py` checks these rules for every source:

    - The choice depends only on the run directories of the batch and of `trials`. Another
      process can therefore continue where this one is, with the same result.
    - Choosing the same trial twice, because it was not created in between, gives the same flags.

    Attributes:
        max_trials: the largest number of trials.
        learns: whether the choice depends on the results of earlier trials.
        needs_objective: whether trials without the objective are useless.
    """

    max_trials: int
    learns: bool
    needs_objective: bool

    def next_flags(
        self, trials: Sequence[Run], on_basis: Callable[[str], None]
    ) -> dict[str, Any] | None:
        """Return the flags of the trial after `trials`, which are all existing ones.

        Return None if no trial is left. First pass `on_basis` a description of what the choice
        is based on, if one exists.
        """


class GridSource:
    """The trials of a grid."""

    learns = False
    needs_objective = False

    def __init__(self, batch: StagedBatch) -> None:
        self._trials = batch.trials()
        self.max_trials = len(self._trials)

    def next_flags(
        self, trials: Sequence[Run], on_basis: Callable[[str], None]
    ) -> dict[str, Any] | None:
        """See `TrialSource.next_flags`."""
        return dict(self._trials[len(trials)]) if len(trials) < self.max_trials else None


class OptimizerSource:
    """The suggestions of an optimizer.

    The batch stores the last suggestion with the random state that follows it in one file
    (`.guild/suggestion`), before the trial is created. A batch that is killed at any moment
    therefore resumes as if it had not been, in whichever process.
    """

    def __init__(self, batch: StagedBatch) -> None:
        """Raise GuildError if the optimizer no longer exists."""
        from guild.extend.search_space import Space
        from guild.launch.history import History
        from guild.optimizers.registry import find_optimizer, make_optimizer
        from guild.optimizers.script import ScriptOptimizer

        assert batch.optimizer is not None
        kind = find_optimizer(batch.optimizer, batch.operation.project_dir)
        self._name = kind.name
        self._seed = batch.random_seed
        self._path = Path(batch.run.guild_path("suggestion"))
        self._optimizer = make_optimizer(kind, batch.options)
        self._space = Space.of(batch.flags)
        self.max_trials = batch.max_trials or DEFAULT_MAX_TRIALS
        self.learns = self._optimizer.learns
        self._history = History(batch, learns=self.learns)
        # A script may use any information, or print a fixed list of trials.
        self.needs_objective = self.learns and not isinstance(self._optimizer, ScriptOptimizer)

    def next_flags(
        self, trials: Sequence[Run], on_basis: Callable[[str], None]
    ) -> dict[str, Any] | None:
        """See `TrialSource.next_flags`."""
        from guild.optimizers.randomness import new_rng, rng_from_state, state_of
        from guild.optimizers.suggestion import next_trial

        if len(trials) >= self.max_trials:
            return None
        last = self._read()
        if last is not None and last["number"] == len(trials):
            return dict(last["flags"])
        rng = new_rng(self._seed) if last is None else rng_from_state(last["state"])
        history = self._history.trials(trials)
        if basis := self._optimizer.basis(self._space, history, self.max_trials):
            on_basis(basis)
        flags = next_trial(self._name, self._optimizer, self._space, history, rng)
        if flags is not None:
            self._write({"number": len(trials), "flags": flags, "state": state_of(rng)})
        return flags

    def _read(self) -> dict[str, Any] | None:
        content = files.read_text(self._path)
        if content is None:
            return None
        try:
            record = yaml.load(content)
        except yaml.YAMLError:
            record = None
        if not isinstance(record, dict) or not {"number", "flags", "state"} <= set(record):
            raise GuildError(f"{self._path} is damaged; delete it to resume with another seed")
        return record

    def _write(self, record: dict[str, Any]) -> None:
        files.write_atomic(self._path, yaml.dump(record).encode("utf-8", "surrogateescape"))


def trial_source(batch: StagedBatch) -> TrialSource:
    """Return the source of the trials of `batch`. Raises GuildError."""
    return GridSource(batch) if batch.optimizer is None else OptimizerSource(batch)
