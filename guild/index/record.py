"""Index records, each read from one run directory."""

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

# Attributes that describe how a run was made. They are long and rarely needed, so they are read
# from the run on request.
UNSTORED_ATTRS = frozenset(
    (
        *("cmd", "deps", "env", "host", "op", "opdef_attrs", "pip_freeze", "platform"),
        *("plugins", "random_seed", "run_params", "steps", "user_flags", "vcs_commit"),
        "id",  # same as the name of the directory
    )
)
_MAX_ATTRIBUTE_LENGTH = 16_384
_MAX_NODES = 5_000

# Timestamps of file systems are coarse, up to 2 seconds. If a directory changed that recently,
# another change may not alter its timestamp.
SETTLING_TIME_NS = 3_000_000_000


_NO_MARKERS = Markers()


class Record(NamedTuple):
    """The state of one run when its directory had the stamp `stamp`.

    Attributes:
        stamp: the result of `read_final_stamp` if the run is final, else of `read_stamp`; 0 if
            later changes might not change it, because the run is new or being modified.
        final: the run has ended, so its stamp changes whenever the record becomes stale.
        timestamp: the start, else the creation of the run; 0 if neither is recorded.
        opref: the content of `.guild/opref`; None if it is missing.
        attrs: the attributes that JSON can represent.
        yaml: the other attributes, as YAML.
        damage: what could not be read, in one line; None if nothing.
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
        """Serialize all attributes except the first four, for `from_row`."""
        opref, attrs, others, markers, is_batch, damage = self[4:]
        data = (opref, attrs, others, None if markers == _NO_MARKERS else markers, is_batch, damage)
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def from_row(cls, id: str, stamp: int, final: int, timestamp: int, data: list[Any]) -> Record:
        """Create a record from a row of the index; `data` is the decoded JSON of `to_json`."""
        opref, attrs, others, marks, is_batch, damage = data
        markers = Markers(*marks) if marks else _NO_MARKERS
        return cls(
            id, stamp, bool(final), timestamp, opref, attrs, others, markers, is_batch, damage
        )

    def status(self, folder: str) -> RunStatus:
        """Return the current status of the run, which is in `folder`."""
        if not self.final:
            lock_file = f"{folder}/{self.id}/.guild/LOCK"
            if (status := unfinished_status(self.markers, lock_file)) is not None:
                return status
        return ended_status(self.attrs.get("exit_status"))


def read_final_stamp(run_dir: str, folder: int | None = None) -> int:
    """Return a number that changes with the attributes of an ended run; 0 without a run.

    It is the latest change time (ctime, in nanoseconds) of `.guild/attrs` and the run
    directory. The modification time is not suitable, because copying and unpacking set it
    back. `run_dir` is relative to the open directory `folder`, if given.
    """
    try:
        attrs = os.stat(f"{run_dir}/.guild/attrs", dir_fd=folder).st_ctime_ns
        return max(attrs, os.stat(run_dir, dir_fd=folder).st_ctime_ns)
    except OSError:
        return 0


def read_stamp(run_dir: str, folder: int | None = None) -> int:
    """Return a number that changes with the attributes and markers of any run; 0 without one.

    See `read_final_stamp`.
    """
    try:
        guild = os.stat(f"{run_dir}/.guild", dir_fd=folder).st_ctime_ns
    except OSError:
        return 0
    return max(guild, read_final_stamp(run_dir, folder))


def read_record(run_dir: str, id: str) -> Record | None:
    """Read the record of a run directory; None if it does not exist or is not a run."""
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
        if not markers.pending:  # a run that is being created does not have it yet
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
        # A run that has just changed may be half written, which is not damage.
        ", ".join(damage) or None if is_old else None,
    )


_oprefs: dict[str, OpRef | None] = {}


def parse_opref(text: str) -> OpRef | None:
    """Parse an operation reference; None if it is invalid.

    Results are cached, because many runs share few operations.
    """
    if text not in _oprefs:
        try:
            _oprefs[text] = OpRef.parse(text)
        except GuildError:
            _oprefs[text] = None
    return _oprefs[text]


def _read_attrs(folder: str, damage: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the attributes that JSON can represent, and the YAML of the others."""
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
        if name in UNSTORED_ATTRS or name.startswith("."):
            continue
        text = _read(f"{folder}/{name}")
        if text is None:
            if os.path.lexists(f"{folder}/{name}"):
                damage.append(f"cannot read attribute {name}")
            continue
        if len(text) > _MAX_ATTRIBUTE_LENGTH:
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
    """Read the text of a file, up to a limit; None if it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = os.read(fd, _MAX_ATTRIBUTE_LENGTH + 1)
    except OSError:
        return None
    finally:
        os.close(fd)
    return data.decode("utf-8", "surrogateescape")


def _timestamp(attrs: dict[str, Any]) -> int:
    timestamp = start_or_creation(attrs.get) or 0
    return timestamp if abs(timestamp) < 2**63 else 0  # the range of SQLite's integers


def _is_json(value: Any) -> bool:
    """Return whether a value stays the same when encoded as JSON."""
    pending, nodes = [value], 0
    while pending:
        value = pending.pop()
        nodes += 1
        if nodes > _MAX_NODES:  # YAML aliases can expand a short text without limit
            return False
        kind = type(value)
        if kind is dict:
            if any(type(key) is not str for key in value):
                return False
            pending.extend(value.values())
        elif kind is list:
            pending.extend(value)
        elif kind not in (str, int, float, bool) and value is not None:
            return False
    return True
