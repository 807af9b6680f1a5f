"""Requests that are decided and ready to execute; nothing is on disk yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from guild.base.named_tuple import NamedTuple
from guild.ops.plan.plan import Plan
from guild.ops.plan.request import RunRequest
from guild.run import Run

if TYPE_CHECKING:  # a single run does not load batches
    from guild.launch.batch_directory import StagedBatch
    from guild.launch.batch_plan import BatchPlan


class PreparedRun(NamedTuple):
    """One run to start.

    Attributes:
        request: the request.
        plan: the plan of the run.
        restart: the existing run to start again; None for a new one.
        trial_plan: the plan of the trials that the run chooses; None unless it is an optimizer.
    """

    request: RunRequest
    plan: Plan
    restart: Run | None = None
    trial_plan: Plan | None = None

    @property
    def name(self) -> str:
        """Return the operation's name; of an optimizer, with that of its trials: `train+opt`."""
        name = self.plan.operation.name
        return f"{self.trial_plan.operation.name}+{name}" if self.trial_plan else name

    @property
    def flags(self) -> dict[str, Any]:
        """Return the flag values."""
        return self.plan.flags


class PreparedBatch(NamedTuple):
    """A new batch to start.

    Attributes:
        request: the request.
        plan: the plan of the batch.
    """

    request: RunRequest
    plan: BatchPlan

    @property
    def name(self) -> str:
        """Return the name of the batch: `echo+`, `echo+skopt:gp`."""
        return self.plan.name


class ResumedBatch(NamedTuple):
    """An existing batch to start or to resume.

    Attributes:
        request: the request.
        batch: the batch.
    """

    request: RunRequest
    batch: StagedBatch

    @property
    def name(self) -> str:
        """Return the name of the batch: `echo+`, `echo+skopt:gp`."""
        return self.batch.name

    @property
    def flags(self) -> dict[str, Any]:
        """Return the options of the optimizer."""
        return self.batch.options


class Skipped(NamedTuple):
    """A request that earlier runs have made unnecessary (`needed`).

    Attributes:
        request: the request.
        name: the operation's name.
        runs: the earlier runs, newest first; empty for a batch.
    """

    request: RunRequest
    name: str
    runs: tuple[Run, ...] = ()


Prepared: TypeAlias = PreparedRun | PreparedBatch | ResumedBatch | Skipped
