"""An executor for staged calls of functions in this process."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.extend.executor import Executor, JobEnd, StartRequest
from guild.ops.functions.function_call import FunctionCall
from guild.ops.functions.function_run import RunException, call_locked
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.run import Run


class _Job(NamedTuple):
    """A submitted call; the lock of its run is held."""

    run: Run
    lock: RunLock


class FunctionExecutor(Executor):
    """Calls functions, with one slot in the thread that polls, otherwise in a thread for each.

    A function cannot be stopped from outside, so `cancel` does nothing.

    Attributes:
        results: the results of the calls by run id.
        error: the first error of a call.
    """

    def __init__(self, calls: Mapping[str, FunctionCall], slots: int = 1) -> None:
        """Create an executor of `calls`, by run id."""
        super().__init__(slots)
        self.results: dict[str, Any] = {}
        self.error: Exception | None = None
        self._calls = calls
        self._queue: list[_Job] = []
        self._pool = ThreadPoolExecutor(slots)
        self._futures: set[Future[JobEnd]] = set()

    def submit(self, requests: Sequence[StartRequest]) -> list[str | None]:
        """See `Executor.submit`."""
        return [self._submit(Run(request.run_id, request.run_dir)) for request in requests]

    def _submit(self, run: Run) -> str | None:
        lock = RunLock(run)
        try:
            lock.acquire()
        except AlreadyRunningError:
            return None
        job = _Job(run, lock)
        if self.slots == 1:
            self._queue.append(job)
        else:
            context = contextvars.copy_context()
            self._futures.add(self._pool.submit(context.run, self._call, job))
        return run.id

    def poll(self, timeout: float | None = None) -> list[JobEnd]:
        """See `Executor.poll`."""
        if self._queue:
            return [self._call(self._queue.pop(0))]
        ended, self._futures = wait(self._futures, timeout, FIRST_COMPLETED)
        return [future.result() for future in ended]

    def cancel(self, handles: Sequence[str]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Wait for the active calls."""
        self._pool.shutdown()

    def _call(self, job: _Job) -> JobEnd:
        run = job.run
        try:
            self.results[run.id] = call_locked(run, self._calls[run.id])
        except RunException as error:
            self.error = self.error or error
            return JobEnd(run.id, abs(run.exit_status or 1))
        except GuildError as error:
            self.error = self.error or error
            return JobEnd(run.id, error.exit_code, error.message)
        finally:
            job.lock.release()
        return JobEnd(run.id, 0)
