"""What the index keeps of one run, read from its directory."""

from __future__ import annotations

import json
import os
import time
from typing import Any, NamedTuple

from guild.base import yaml
from guild.base.errors import GuildError
from guild.opref import OpRef
from guild.run import (
    Markers,
    RunStatus,
    ended_status,
    parse_lock,
    start_or_creation,
    unfinished_status,
)

# How the run was made: long, rarely asked for, and read from the run when they are.
LEFT_OUT = frozenset(
    (
        *("cmd", "deps", "env", "host", "op", "opdef_attrs", "pip_freeze", "platform"),
        *("plugins", "random_seed", "run_params", "steps", "user_flags", "vcs_commit"),
        "id",  # the name of the directory tells
    )
)
_LONGEST_ATTRIBUTE = 16_384
_MOST_NODES = 5_000

# File systems and kernels tell times more coarsely than things happen (2 seconds on the
# coarsest): a directory that has changed that recently may change again unnoticed.
SETTLING_TIME_NS = 3_000_000_000


_NO_MARKERS = Markers()


class Record(NamedTuple):
    """One run, as it was when its directory had the stamp `stamp`.

    Attributes:
        stamp: what `read_final_stamp` gave if the run is final, else `read_stamp`; 0 while
            the run is too new or too unfinished for that to tell of every later change.
        final: the run has ended, and only a change of its stamp can change the record.
        timestamp: when it started, else was made; 0 where that is unknown.
        opref: the content of `.guild/opref`; None where there is none.
        attrs: attributes that JSON can hold.
        yaml: the others, as YAML text.
        damage: what could not be read, in one line.
    """

    id: str
    stamp: int
    final: bool
    timestamp: int
    opref: str | None
    attrs: dict[str, Any]
    yaml: dict[str, str]
    markers: Markers
    is_batch: bool
    damage: str | None

    def to_json(self) -> str:
        """What `from_row` takes beside the first four attributes."""
        opref, attrs, others, markers, is_batch, damage = self[4:]
        known = None if markers == _NO_MARKERS else markers
        return json.dumps((opref, attrs, others, known, is_batch, damage), separators=(",", ":"))

    @classmethod
    def from_row(cls, id: str, stamp: int, final: int, timestamp: int, data: list[Any]) -> Record:
        opref, attrs, others, markers, is_batch, damage = data
        known = Markers(*markers) if markers else _NO_MARKERS
        return cls(id, stamp, bool(final), timestamp, opref, attrs, others, known, is_batch, damage)

    def status(self, folder: str) -> RunStatus:
        """Return the current status of the run, which is in `folder`."""
        if not self.final:
            lock_file = f"{folder}/{self.id}/.guild/LOCK"
            if (status := unfinished_status(self.markers, lock_file)) is not None:
                return status
        return ended_status(self.attrs.get("exit_status"))


def read_final_stamp(run_dir: str, folder: int | None = None) -> int:
    """A number that changes with the attributes of a run that has ended; 0 without a run.

    It is the latest time, in nanoseconds, at which `.guild/attrs` or the run directory
    changed: not the modification time, which copying and unpacking set back. (A copy
    of a whole directory touches the directory itself last.) `run_dir` is relative to the
    open directory `folder`, if that is given.
    """
    try:
        attrs = os.stat(f"{run_dir}/.guild/attrs", dir_fd=folder).st_ctime_ns
        return max(attrs, os.stat(run_dir, dir_fd=folder).st_ctime_ns)
    except OSError:
        return 0


def read_stamp(run_dir: str, folder: int | None = None) -> int:
    """The same for any run: it changes with the markers in `.guild` too."""
    try:
        guild = os.stat(f"{run_dir}/.guild", dir_fd=folder).st_ctime_ns
    except OSError:
        return 0
    return max(guild, read_final_stamp(run_dir, folder))


def read_record(run_dir: str, id: str) -> Record | None:
    """What is in the run directory now; None if it is gone or no run."""
    now = time.time_ns()
    stamp, final_stamp = read_stamp(run_dir), read_final_stamp(run_dir)
    if not stamp:
        return None
    guild_dir = f"{run_dir}/.guild"
    damage: list[str] = []
    try:
        present = set(os.listdir(guild_dir))
    except OSError as error:
        return Record(
            id, 0, False, 0, None, {}, {}, Markers(), False, f"{guild_dir}: {error.strerror}"
        )
    lock = _read(f"{guild_dir}/LOCK") if "LOCK" in present else None
    markers = Markers(
        "LOCK.remote" in present, parse_lock(lock), "PENDING" in present, "STAGED" in present
    )
    opref = _read(f"{guild_dir}/opref") if "opref" in present else None
    if opref is None:
        if not markers.pending:  # what is being made has none yet
            damage.append("opref is missing" if "opref" not in present else "cannot read opref")
    elif parse_opref(opref) is None:
        damage.append("opref is invalid")
    attrs, others = _read_attrs(f"{guild_dir}/attrs", damage)
    is_old = now - stamp > SETTLING_TIME_NS
    settled = is_old and not (lock is not None and markers.pid is None)
    final = settled and final_stamp != 0 and markers == _NO_MARKERS
    return Record(
        id,
        (final_stamp if final else stamp) if settled else 0,
        final,
        _timestamp(attrs),
        opref,
        attrs,
        others,
        markers,
        "proto" in present,
        # What is half written now is no damage.
        ", ".join(damage) or None if is_old else None,
    )


_oprefs: dict[str, OpRef | None] = {}


def parse_opref(text: str) -> OpRef | None:
    """`OpRef.parse`, remembered, for there are few operations and many runs; None if invalid."""
    if text not in _oprefs:
        try:
            _oprefs[text] = OpRef.parse(text)
        except GuildError:
            _oprefs[text] = None
    return _oprefs[text]


def _read_attrs(folder: str, damage: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The attributes that JSON can hold, and the YAML of the others."""
    attrs: dict[str, Any] = {}
    others: dict[str, str] = {}
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return attrs, others
    except OSError as error:
        damage.append(f"attributes: {error.strerror}")
        return attrs, others
    for name in names:
        if name in LEFT_OUT or name.startswith("."):
            continue
        text = _read(f"{folder}/{name}")
        if text is None:
            if os.path.lexists(f"{folder}/{name}"):
                damage.append(f"cannot read attribute {name}")
            continue
        if len(text) > _LONGEST_ATTRIBUTE:
            continue
        try:
            value = yaml.load(text)
        except ValueError:
            damage.append(f"attribute {name} is invalid")
            continue
        if _is_json(value):
            attrs[name] = value
        else:
            others[name] = text
    return attrs, others


def _read(path: str) -> str | None:
    """The text of a file; None where it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = os.read(fd, _LONGEST_ATTRIBUTE + 1)
    except OSError:
        return None
    finally:
        os.close(fd)
    return data.decode("utf-8", "surrogateescape")


def _timestamp(attrs: dict[str, Any]) -> int:
    timestamp = start_or_creation(attrs.get) or 0
    return timestamp if abs(timestamp) < 2**63 else 0  # the range of SQLite's integers


def _is_json(value: Any) -> bool:
    """Whether JSON gives back the same value."""
    todo, nodes = [value], 0
    while todo:
        value = todo.pop()
        nodes += 1
        if nodes > _MOST_NODES:  # aliases can make a short text endless
            return False
        kind = type(value)
        if kind is dict:
            if any(type(key) is not str for key in value):
                return False
            todo.extend(value.values())
        elif kind is list:
            todo.extend(value)
        elif kind not in (str, int, float, bool) and value is not None:
            return False
    return True
