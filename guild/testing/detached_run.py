"""`python -m guild.testing.detached_run REQUEST RESULT`: the supervisor of a detached run.

It reads a start request as JSON and writes the exit code and the error. The command itself
returns once the run is claimed; a child in a new session supervises the run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from guild.base import files
from guild.executors.job import run_of, start_claimed
from guild.extend.executor import StartRequest
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.ops.process.signals import SignalWatch
from guild.testing.detached_executor import CLAIMED_ELSEWHERE


def main(request_file: Path, result_file: Path) -> None:
    """Start the requested run in a child of this process and wait until it is claimed."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(reader)
        _supervise(request_file, result_file, lambda: os.close(writer))
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)


def _supervise(request_file: Path, result_file: Path, on_claimed: Callable[[], None]) -> None:
    request = StartRequest(**json.loads(request_file.read_text()))
    try:
        with SignalWatch() as signals, RunLock(run_of(request)):
            on_claimed()
            end = start_claimed(request, signals, quiet=True)
            # Written before the claim ends, so that no run ends without a result.
            files.write_atomic(result_file, json.dumps([end.exit_code, end.error]).encode())
    except AlreadyRunningError:
        files.write_atomic(result_file, CLAIMED_ELSEWHERE.encode())
    except FileNotFoundError:  # the loop ended and deleted its spool directory
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
