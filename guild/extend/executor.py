"""The contract of executors, which start staged runs somewhere and report how they end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.extend.registry import Registry


class StartRequest(NamedTuple):
    """A request to start a staged run: plain values that can be pickled or written as JSON.

    Attributes:
        run_id: the run's id.
        run_dir: the absolute path of the run directory, which has everything except secrets.
        environ: the environment of the run, including the secrets.
        quiet: record the output without passing it on.
        stop_after: minutes after which to stop the run; None for no limit.
        kill_delay: seconds between stopping and killing the run; None for the configured value.
    """

    run_id: str
    run_dir: str
    environ: Mapping[str, str]
    quiet: bool = False
    stop_after: float | None = None
    kill_delay: float | None = None


class JobEnd(NamedTuple):
    """A submitted run that ended.

    Attributes:
        handle: the handle that `submit` returned.
        exit_code: the exit code that a shell would report; 0 for success.
        error: why the run could not be started, recorded or supervised to its end; or None.
    """

    handle: str
    exit_code: int
    error: str | None = None


class Executor(ABC):
    """A place where runs are started, used within a `with` block.

    `guild.testing.executors` checks these rules for any executor:

    - The process that supervises a run claims it (see `guild.runs.claim`), wherever that process
      is. The loop that submits runs holds no lock for them. When `submit` returns, each run is
      claimed, so that no other loop submits it.
    - `poll` reports each submitted run once. The run directory records how the run ended.
    - Problems with a single run are reported by `poll` and never raised.
    - If the supervising process is killed, `poll` reports the end of the run with an error, and
      the next process can claim the run.
    - If the submitting process is killed, its runs either end or stay claimed until they
      finish. In both cases each of them can be submitted again only once it is unclaimed.
    - Signals belong to the submitting process. On a request to stop it calls `cancel`, and `poll`
      still reports the runs. A second call may end them by force.

    The command `guild.executors.job` claims and supervises one run wherever an executor starts it.

    Packages declare executors under the entry-point group `guild.executors`. The class is called
    with the number of slots.

    Attributes:
        slots: the number of runs that can be active at a time. No more are ever submitted.
    """

    def __init__(self, slots: int = 1) -> None:
        self.slots = slots

    @abstractmethod
    def submit(self, requests: Sequence[StartRequest]) -> list[str | None]:
        """Start runs and return a handle for each.

        A handle is None if the run is not started because another process has claimed or
        deleted it.
        """

    @abstractmethod
    def poll(self, timeout: float | None = None) -> list[JobEnd]:
        """Return the runs that ended since the last call.

        Wait up to `timeout` seconds for the first one, or without limit for None. Return an empty
        list at once if no run is active. An executor that runs in this process may take longer.
        """

    @abstractmethod
    def cancel(self, handles: Sequence[str]) -> None:
        """Ask the runs of `handles` to stop; handles of ended runs are ignored."""

    def close(self) -> None:  # noqa: B027  # optional
        """Release the executor's resources. No run is active."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


EXECUTORS = Registry(
    "executor",
    "guild.executors",
    Executor,  # type: ignore[type-abstract]
    {"local": "guild.executors.local:LocalExecutor"},
)


def create_executor(name: str = "local", slots: int = 1) -> Executor:
    """Return a new executor.

    Raises GuildError if no executor has that name, or if it cannot be created.
    """
    executor_class = EXECUTORS.find_class(name)
    if executor_class is None:
        raise GuildError(f"unknown executor '{name}'{did_you_mean(name, EXECUTORS.names())}")
    return EXECUTORS.create(name, lambda: executor_class(slots))
