"""The process that supervises one run for an executor.

An executor can start `python -m guild.executors.job` anywhere, if the run directory has the same
path there. This command

1. reads a `StartRequest` from standard input as a JSON object;
2. prints `claimed` when it has claimed the run, or exits silently if another process has claimed
   or deleted it;
3. starts the run, records its output, and stops it on SIGTERM;
4. prints an error if the run could not be started or recorded, and exits with its exit code.
"""

from __future__ import annotations

import json
import os
import sys

from guild.base.errors import GuildError
from guild.extend.executor import JobEnd, StartRequest
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.ops.process.output_sinks import output_sinks
from guild.ops.process.signals import SignalWatch
from guild.ops.process.start import StartOptions, start_locked
from guild.run import Run

CLAIMED = b"claimed\n"


def run_of(request: StartRequest) -> Run:
    """Return the run that `request` starts."""
    return Run(request.run_id, request.run_dir)


def start_claimed(request: StartRequest, signals: SignalWatch, *, quiet: bool) -> JobEnd:
    """Start the run of `request`, whose lock this process holds, and wait for its end."""
    run = run_of(request)
    options = StartOptions(quiet, request.stop_after, request.kill_delay)
    try:
        code = start_locked(run, signals, request.environ, options, output_sinks(run))
    except GuildError as error:
        return JobEnd(request.run_id, error.exit_code, error.message)
    return JobEnd(request.run_id, code)


def claim_and_start(request: StartRequest, signals: SignalWatch, report: int) -> int:
    """Claim the run of `request`, start it, and return its exit code.

    What this command prints is written to the file descriptor `report`.
    """
    try:
        with RunLock(run_of(request)):
            os.write(report, CLAIMED)
            end = start_claimed(request, signals, quiet=True)
    except AlreadyRunningError:
        return 1
    except GuildError as error:  # the lock cannot be written
        if not os.path.isdir(request.run_dir):
            return 1
        os.write(report, CLAIMED)
        end = JobEnd(request.run_id, error.exit_code, error.message)
    except Exception as error:  # the executor cannot see it otherwise
        end = JobEnd(request.run_id, 1, f"unexpected error: {type(error).__name__}: {error}")
    if end.error:
        os.write(report, os.fsencode(end.error))
    return end.exit_code


def main() -> int:
    """Run this command."""
    request = StartRequest(**json.load(sys.stdin))
    with SignalWatch() as signals:
        return claim_and_start(request, signals, sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
