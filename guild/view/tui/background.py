"""Background work in a thread that does not delay the end of the process."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Background:
    """A thread that does one job after another.

    The thread ends with the process even in the middle of a job, so quitting does not wait
    until the index has been read.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread and return its result, or raise its exception.

        A call that is canceled before its turn is skipped.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job.future.cancelled():
                continue
            settle = _run(job)
            try:
                job.loop.call_soon_threadsafe(settle)
            except RuntimeError:  # the loop is closed, so nothing awaits the result
                return


def _run(job: _Job) -> Callable[[], None]:
    """Do the job, and return a callback that settles its future."""
    try:
        value = job.work()
    except BaseException as error:
        return partial(_settle, job.future, partial(job.future.set_exception, error))
    return partial(_settle, job.future, partial(job.future.set_result, value))


def _settle(future: asyncio.Future[Any], set_outcome: Callable[[], None]) -> None:
    if not future.done():
        set_outcome()
