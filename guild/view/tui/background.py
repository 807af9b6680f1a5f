"""Work that may take a while, in a thread that nobody waits for at the end."""

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
    """Does one thing after the other in a thread of its own.

    The thread ends with the process, in the middle of what it does if need be: what a
    user quits must not wait for an index to be read.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. A call that is cancelled before its turn is left out."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job.future.cancelled():
                continue
            end = _outcome(job)
            try:
                job.loop.call_soon_threadsafe(end)
            except RuntimeError:  # the loop has ended, and with it who waited
                return


def _outcome(job: _Job) -> Callable[[], None]:
    """Do the job; the result tells who waits for it how it ended."""
    try:
        value = job.work()
    except BaseException as error:
        return partial(_end, job.future, partial(job.future.set_exception, error))
    return partial(_end, job.future, partial(job.future.set_result, value))


def _end(future: asyncio.Future[Any], how: Callable[[], None]) -> None:
    if not future.done():
        how()
