"""How a run is called and described, in the words of listings."""

from __future__ import annotations

import os
import time

from guild.base.errors import GuildError
from guild.index.query import IndexedRun
from guild.opref import OpRef
from guild.run import Run


def operation_name(run: IndexedRun) -> str:
    """The name of the run's operation: `train`, `model:train`; of a batch that of its
    trials' operation, a `+`, and the optimizer if there is one: `train+`, `train+skopt:gp`.
    """
    if not run.is_batch:
        return run.operation
    trial = _trial_opref(run)
    optimizer = run.operation
    return f"{trial.full_name if trial else ''}+{'' if optimizer == '+' else optimizer}"


def operation_place(run: IndexedRun, cwd: str) -> str | None:
    """The folder of the operation's guild.yml or script as seen from `cwd`: a relative path
    where that is the shorter one. None if it is `cwd`, or no folder is known."""
    opref = _trial_opref(run) if run.is_batch else run.opref
    if opref is None or opref.type not in ("guildfile", "script"):
        return None
    folder = os.path.dirname(opref.pkg_name) if opref.type == "guildfile" else opref.pkg_name
    if os.path.realpath(folder) == os.path.realpath(cwd):
        return None
    relative = os.path.relpath(folder, cwd)
    if os.path.basename(relative) == os.pardir:
        relative += os.sep
    return min(relative, folder, key=len)


def operation_source(run: IndexedRun) -> str:
    """What the operation was defined by: a guild.yml, a script's folder, a package."""
    return run.opref.pkg_name if run.opref else ""


def _trial_opref(run: IndexedRun) -> OpRef | None:
    proto = run.run.batch_proto
    return _opref(proto) if proto else None


def _opref(run: Run) -> OpRef | None:
    try:
        return run.opref
    except (GuildError, OSError):
        return None


def run_started(run: IndexedRun) -> object:
    """When the run started; of one that has not, when it was made."""
    return run.attrs.get("initialized") if run.started is None else run.started


def format_time(timestamp: object) -> str:
    """Microseconds since the epoch as local date and time; what is no time is empty."""
    if not isinstance(timestamp, int):
        return ""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(timestamp // 1_000_000))
    except (OverflowError, ValueError, OSError):
        return ""
