"""How a run is called and described, in the words of listings."""

from __future__ import annotations

import os

from guild.index.fields import operation_name as operation_name
from guild.index.fields import read_trial_opref
from guild.index.query import IndexedRun

_LONGEST_PLACE = 28
_LEFT_OUT = "\N{HORIZONTAL ELLIPSIS}"


def operation_place(run: IndexedRun, cwd: str) -> str | None:
    """The folder of the operation's guild.yml or script as seen from `cwd`: a relative path
    where that is the shorter one, without its middle where it is long. None if it is `cwd`,
    or no folder is known."""
    opref = read_trial_opref(run) if run.is_batch else run.opref
    if opref is None or opref.type not in ("guildfile", "script"):
        return None
    folder = os.path.dirname(opref.pkg_name) if opref.type == "guildfile" else opref.pkg_name
    if os.path.realpath(folder) == os.path.realpath(cwd):
        return None
    relative = os.path.relpath(folder, cwd)
    if os.path.basename(relative) == os.pardir:
        relative += os.sep
    return _shortened(min(relative, folder, key=len))


def _shortened(path: str) -> str:
    """`path`, or where it is long its first name and as many of the last as fit."""
    if len(path) <= _LONGEST_PLACE:
        return path
    names = path.split(os.sep)
    first = 2 if path.startswith(os.sep) else 1
    for kept in range(len(names) - first - 1, 0, -1):
        shown = os.sep.join([*names[:first], _LEFT_OUT, *names[-kept:]])
        if len(shown) <= _LONGEST_PLACE or kept == 1:
            return shown
    return path


def operation_source(run: IndexedRun) -> str:
    """What the operation was defined by: a guild.yml, a script's folder, a package."""
    return run.opref.pkg_name if run.opref else ""
