"""Options and results of executing a request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from guild.base.named_tuple import NamedTuple
from guild.ops.process.start import StartOptions
from guild.run import Run

if TYPE_CHECKING:
    from guild.extend.observer import BatchEnd

RUN, STAGE, STAGE_TRIALS, BACKGROUND = "run", "stage", "stage-trials", "background"
"""What `execute` does: run to the end, only write run directories, or start and return."""


class ExecuteOptions(NamedTuple):
    """Options for executing a request.

    Attributes:
        mode: `RUN`, `STAGE`, `STAGE_TRIALS` (trials alone, for a batch) or `BACKGROUND`.
        quiet: do not pass on the output of runs; it is recorded in any case.
        stop_after: minutes after which a run is stopped.
        pidfile: a file for the id of the background process.
        jobs: how many trials may run at a time.
        fail_on_trial_error: stop a batch at its first trial that fails.
        keep_batch: keep the batch run of a grid or a random search that succeeded.
    """

    mode: str = RUN
    quiet: bool = False
    stop_after: float | None = None
    pidfile: Path | None = None
    jobs: int = 1
    fail_on_trial_error: bool = False
    keep_batch: bool = False

    @property
    def start(self) -> StartOptions:
        """Return the options for the start of a single run."""
        return StartOptions(quiet=self.quiet, stop_after=self.stop_after)


class Outcome(NamedTuple):
    """The result of `execute`.

    Attributes:
        run: the run or the batch run; None if the request was skipped.
        exit_code: what a process that did nothing else exits with.
        pid: the process in the background, if the mode is `BACKGROUND`.
        batch_end: how a batch ended.
        trials: the trials that were staged, if the mode is `STAGE_TRIALS`.
        is_deleted: whether the run was moved to the trash, as its operation requests.
    """

    run: Run | None
    exit_code: int = 0
    pid: int | None = None
    batch_end: BatchEnd | None = None
    trials: tuple[Run, ...] = ()
    is_deleted: bool = False
