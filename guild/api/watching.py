"""Following the output of a run while it comes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from guild.api import stopping
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs.store import RunStore

_INTERVAL = 0.1
_CHUNK = 1 << 16


def follow_output(run: Run) -> Iterator[bytes]:
    """What the run has printed, and then what it prints until it ends, as it comes."""
    offset = 0
    while True:
        # Asked first: what is printed before the run ends is in the file when it has ended.
        running = stopping.starter(run) is not None
        for data in _read_from(run.guild_path("output"), offset):
            offset += len(data)
            yield data
        if not running:
            return
        time.sleep(_INTERVAL)


def _read_from(path: str, offset: int) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            while data := file.read(_CHUNK):
                yield data
    except FileNotFoundError:
        return


def run_of_process(home: Path, pid: str) -> Run:
    """The run that the process `pid` runs: its number, or the path of a file that holds it.

    Raises GuildError if there is none.
    """
    number = _process_id(pid)
    store = RunStore(home)
    for run_id in store.ids():
        run = store.get(run_id)
        if run.lock_pid == number:
            return run
    raise GuildError(f"cannot find a run for process {number}")


def _process_id(pid: str) -> int:
    if pid.isdecimal():
        return int(pid)
    if not os.path.exists(pid):
        raise GuildError(f"'{pid}' is neither a process id nor the file of one")
    try:
        return int(Path(pid).read_text())
    except (OSError, ValueError):
        raise GuildError(f"cannot read a process id from '{pid}'") from None
