"""`python -um guild.queue_main`: the command of the operation `queue`.

It starts the staged runs of the home one after the other, in the order in which they were staged,
with the flags of the run in RUN_DIR. Several queues share the work.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from guild.base import log
from guild.run import Run
from guild.runs.store import RunStore


def main() -> int:
    """Start staged runs until the queue is stopped; with `run-once`, until none is left."""
    log.to_console(log.level_of(os.environ))
    signal.signal(signal.SIGTERM, _stop)
    own = Run(os.environ.get("RUN_ID", ""), os.path.abspath(os.environ.get("RUN_DIR", ".")))
    flags = own.flags
    store = RunStore(os.environ["GUILD_HOME"])
    _log("Starting queue")
    try:
        while True:
            _process_staged(store, own.id, flags)
            if flags.get("run-once"):
                return 0
            time.sleep(float(flags.get("poll-interval") or 10))
    except KeyboardInterrupt:
        return 0
    finally:
        _log("Stopping queue")


def _stop(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _log(message: str) -> None:
    # Guild AI 0.9 wording, of the other messages too
    log.info(f"{datetime.now():%Y-%m-%d %H:%M:%S} {message}")


def _process_staged(store: RunStore, own_id: str, flags: Mapping[str, Any]) -> None:
    """Start each staged run, also those that are staged meanwhile."""
    started = time.monotonic()
    tried: set[str] = set()
    while (run := _next_staged(store, tried, flags)) is not None:
        if not tried:
            _log("Processing staged runs")
        tried.add(run.id)
        if flags.get("wait-for-running"):
            _wait_for_others(store, own_id, float(flags.get("poll-interval") or 10))
        with _claimed(run) as is_claimed:
            if is_claimed and run.status == "staged":
                _start(run, flags)
    if tried:
        seconds = time.monotonic() - started
        _log(f"queue processed {len(tried)} run(s) in {seconds:f} seconds")


def _next_staged(store: RunStore, tried: set[str], flags: Mapping[str, Any]) -> Run | None:
    runs = (store.get(run_id) for run_id in store.ids() if run_id not in tried)
    staged = [run for run in runs if run.status == "staged" and _is_suitable(run, flags)]
    return min(staged, key=lambda run: run.timestamp, default=None)


def _is_suitable(run: Run, flags: Mapping[str, Any]) -> bool:
    """Return whether the queue may start `run`: it does not ask for other GPUs."""
    gpus = flags.get("gpus")
    params = run.get("run_params")
    requested = params.get("gpus") if isinstance(params, dict) else None
    return gpus is None or requested is None or str(requested) == str(gpus)


def _wait_for_others(store: RunStore, own_id: str, interval: float) -> None:
    """Wait until no other run is running. Queues do not count."""
    is_waiting = False
    while any(_is_running(store.get(run_id)) for run_id in store.ids() if run_id != own_id):
        if not is_waiting:
            _log("Waiting for other runs to finish")
        is_waiting = True
        time.sleep(interval)


def _is_running(run: Run) -> bool:
    if run.status != "running":
        return False
    opref = run.opref
    return opref is None or opref.type != "builtin" or opref.op != "queue"


@contextmanager
def _claimed(run: Run) -> Iterator[bool]:
    """Keep other queues from starting `run`; yield False if one does so already."""
    try:
        fd = os.open(run.guild_path("QUEUED"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:  # deleted meanwhile
        yield False
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(fd)
        Path(run.guild_path("QUEUED")).unlink(missing_ok=True)


def _start(run: Run, flags: Mapping[str, Any]) -> None:
    """Start `run` and wait for its end."""
    _log(f"Starting staged run {run.id}")
    gpus = [] if flags.get("gpus") is None else ["--gpus", str(flags["gpus"])]
    command = [sys.executable, "-m", "guild", "run", "--start", run.id, "-y", *gpus]
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("RUN_ID", "RUN_DIR") and not name.startswith("FLAG_")
    }
    subprocess.run(command, env=environ, cwd=os.environ.get("PROJECT_DIR"), check=False)


if __name__ == "__main__":
    sys.exit(main())
