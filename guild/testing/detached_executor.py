"""An executor unlike the local one, which shows that the contract needs nothing local.

Each run is supervised by `python -m guild.testing.detached_run` in a session of its own. That
process shares neither memory nor file descriptors with the loop and outlives it. The loop learns
about its runs only from files: the claims in the run directories and a spool directory.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from guild.extend.executor import Executor, JobEnd, StartRequest
from guild.run import Run
from guild.runs.claim import is_claimed, read_claim

_INTERVAL = 0.02
_MODULE = "guild.testing.detached_run"
CLAIMED_ELSEWHERE = "claimed"
"""The content of a result file if another process has claimed the run."""


class DetachedExecutor(Executor):
    """An executor that starts each run in another session."""

    def __init__(self, slots: int = 1) -> None:
        super().__init__(slots)
        self._spool = Path(tempfile.mkdtemp(prefix="guild-executor-"))
        self._runs: dict[str, Run] = {}

    def submit(self, requests: Sequence[StartRequest]) -> list[str | None]:
        """See `Executor.submit`."""
        return [self._submit(request) for request in requests]

    def poll(self, timeout: float | None = None) -> list[JobEnd]:
        """See `Executor.poll`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            ended = [end for handle in list(self._runs) if (end := self._end(handle))]
            is_late = deadline is not None and time.monotonic() >= deadline
            if ended or not self._runs or is_late:
                return ended
            time.sleep(_INTERVAL)

    def cancel(self, handles: Sequence[str]) -> None:
        """See `Executor.cancel`."""
        for handle in handles:
            claim = read_claim(self._runs[handle]) if handle in self._runs else None
            if claim is not None and claim.is_local:
                os.kill(claim.pid, signal.SIGTERM)

    def close(self) -> None:
        """Delete the spool directory."""
        shutil.rmtree(self._spool, ignore_errors=True)

    def _submit(self, request: StartRequest) -> str | None:
        request_file = self._spool / f"{request.run_id}.request"
        request_file.touch(mode=0o600)
        request_file.write_text(json.dumps(request._asdict()))
        subprocess.run(
            [sys.executable, "-m", _MODULE, request_file, self._result_file(request.run_id)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        # The command returns once its child has claimed the run or given up.
        result = self._result_file(request.run_id)
        if result.exists() and result.read_text() == CLAIMED_ELSEWHERE:
            result.unlink()
            return None
        self._runs[request.run_id] = Run(request.run_id, request.run_dir)
        return request.run_id

    def _result_file(self, handle: str) -> Path:
        return self._spool / f"{handle}.result"

    def _end(self, handle: str) -> JobEnd | None:
        was_claimed = is_claimed(self._runs[handle])
        result = self._result_file(handle)
        if result.exists():
            code, error = json.loads(result.read_text())
            result.unlink()
        elif was_claimed:
            return None
        else:
            code, error = 128 + signal.SIGKILL, "its supervisor was killed"
        del self._runs[handle]
        return JobEnd(handle, code, error)
