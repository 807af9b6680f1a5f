"""The contract of observers, which are notified of the progress of batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guild.base.named_tuple import NamedTuple
from guild.extend.registry import Registry

if TYPE_CHECKING:
    from guild.flags.flagdef import FlagDef
    from guild.run import Run


class BatchStart(NamedTuple):
    """A batch that starts or resumes.

    Attributes:
        run: the batch run.
        name: the name of the batch: `echo+`, `echo+skopt:gp`.
        operation: the operation's name.
        flag_defs: the definitions of the operation's flags by name.
        objective: the column to minimize, with a leading `-` to maximize.
        max_trials: the largest number of trials that the batch can have.
        existing: the number of trials that exist already.
    """

    run: Run
    name: str
    operation: str
    flag_defs: Mapping[str, FlagDef]
    objective: str
    max_trials: int
    existing: int


class RunEnd(NamedTuple):
    """A run that ended.

    Attributes:
        run: the run.
        exit_code: the exit code that a shell would report; 0 for success.
        error: why the run could not be started or recorded; None if it could.
    """

    run: Run
    exit_code: int
    error: str | None = None


class BatchEnd(NamedTuple):
    """The end of a batch, or of this process's part in it.

    Attributes:
        trials: the number of trials that exist.
        failed: the trials that failed, in whichever process.
        errors: why runs could not be started or recorded in this process, by run id.
        stopped: whether the batch was asked to stop.
    """

    trials: int
    failed: tuple[Run, ...] = ()
    errors: Mapping[str, str] = {}  # never modified
    stopped: bool = False


class RunObserver:
    """A base class for observers: every method does nothing.

    An observer shows progress or passes it on, for example to a tracking server. It implements
    the methods that it needs. They are called in the process that runs the batch, one at a time,
    so they should return quickly. Packages declare an observer under the entry-point
    group `guild.observers`. Such an observer is created without arguments for each batch, and is
    dropped with a warning if one of its methods raises an exception.

    Attributes:
        interval: seconds between calls of `on_tick` while trials run; None for no such calls.
    """

    interval: float | None = None

    def on_batch_start(self, batch: BatchStart) -> None:
        """Handle the start of a batch, or its resumption."""

    def on_basis(self, message: str) -> None:
        """Handle a description of what the next suggested trial is based on."""

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        """Handle the start of a trial."""

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        """Handle the end of a trial."""

    def on_warning(self, message: str) -> None:
        """Handle a warning that should reach the user before the batch ends."""

    def on_tick(self) -> None:
        """Handle the passing of time; see `interval`."""

    def on_batch_end(self, end: BatchEnd | None) -> None:
        """Handle the end of the batch; None if an error ended it.

        No other method is called afterwards.
        """


OBSERVERS = Registry("observer", "guild.observers", RunObserver, {})
