"""One run: a directory, and nothing outside it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from guild.base import files, processes, yaml
from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.opref import OpRef

# -- Ids


_NEW_ID = re.compile("[0-9a-f]{32}").fullmatch


def is_new_id(name: str) -> bool:
    """Return whether `name` has the form of `new_run_id`, as almost all run ids do."""
    return _NEW_ID(name) is not None


def is_run_id(name: str) -> bool:
    """Return whether `name` can be the id of a run: any visible file name.

    The id of a run is the name of its directory. Users may rename it, or choose it with
    `guild run --run-id`. A directory of that name is a run if it holds `.guild`.
    """
    try:
        name.encode()  # as the index stores it
    except UnicodeEncodeError:
        return False
    return name[:1] not in ("", ".") and "/" not in name and "\0" not in name


def is_run_dir(path: str | os.PathLike[str]) -> bool:
    """Return whether the directory `path` is that of a run."""
    return os.path.isdir(os.path.join(path, ".guild"))


def new_run_id() -> str:
    """Return a new run id: 32 hex digits."""
    return os.urandom(16).hex()


# -- Attributes


# The attributes that Guild records, with their types. Users may add others.
ATTRIBUTE_TYPES: Mapping[str, type] = {
    **dict.fromkeys(("exit_status", "initialized", "max_trials", "random_seed"), int),
    **dict.fromkeys(("started", "stopped"), int),
    **dict.fromkeys(("cmd", "comments", "compare", "pip_freeze", "plugins", "steps", "tags"), list),
    **dict.fromkeys(("deps", "env", "flags", "op", "opdef_attrs", "platform"), dict),
    **dict.fromkeys(("run_params", "trial_opt", "user_flags"), dict),
    **dict.fromkeys(("host", "id", "label", "objective", "sourcecode_digest"), str),
    **dict.fromkeys(("user", "vcs_commit"), str),
    "marked": bool,
}


def typed_attr(name: str, value: object) -> Any:
    """Return `value` if it has the type of the attribute `name`, else None.

    Guild AI and users write attributes, too, so any value may be of another type.
    """
    kind = ATTRIBUTE_TYPES[name]
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    return None


def string_keys(flags: dict[Any, Any]) -> dict[str, Any]:
    """Return `flags` with names as strings: YAML reads some names as numbers."""
    if all(type(name) is str for name in flags):
        return flags
    return {str(name): value for name, value in flags.items()}


def start_or_creation(get: Callable[[str], object]) -> int | None:
    """Return the time by which a run is listed, a timestamp: its start, else its creation.

    `get` returns an attribute by name. None if neither is recorded.
    """
    started: int | None = typed_attr("started", get("started"))
    return typed_attr("initialized", get("initialized")) if started is None else started


def is_attr_name(name: str) -> bool:
    """Return whether an attribute can be called `name`, which is the name of its file."""
    return bool(name) and not name.startswith(".") and "/" not in name and "\0" not in name


# -- Status


RunStatus = Literal["running", "completed", "error", "terminated", "pending", "staged"]
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)


class Markers(NamedTuple):
    """The files in `.guild` that mark a run as unfinished.

    Attributes:
        remote: a remote runs the run (`LOCK.remote`).
        pid: the process that holds the lock (`LOCK`).
        pending: the run is still being made (`PENDING`).
        staged: the run is ready to start (`STAGED`).
    """

    remote: bool = False
    pid: int | None = None
    pending: bool = False
    staged: bool = False


def parse_lock(text: str | None) -> int | None:
    """Return the process id in the content of a `LOCK` file; None if it is invalid."""
    try:
        return int(text.split()[0]) if text else None
    except (ValueError, IndexError):
        return None


def unfinished_status(markers: Markers, lock_file: str) -> RunStatus | None:
    """Return the status of a run that has not ended; None if it has ended."""
    if markers.remote:
        return "running"
    if markers.pid is not None and processes.holds_lock(markers.pid, lock_file):
        return "running"
    if markers.pending:
        return "pending"
    return "staged" if markers.staged else None


def ended_status(exit_status: object) -> RunStatus:
    """Return the status of an ended run by its attribute `exit_status`."""
    if exit_status == 0:
        return "completed"
    return "terminated" if isinstance(exit_status, int) and exit_status < 0 else "error"


# -- Runs


class Run:
    """A view of one run directory, without state of its own.

    Attributes:
        id: the run's id, which is the name of its directory in a home.
    """

    def __init__(self, id: str, path: str | os.PathLike[str]) -> None:
        self.id = id
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"<guild.run.Run '{self.id}'>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (self.id, self._path) == (other.id, other._path)

    def __hash__(self) -> int:
        return hash((self.id, self._path))

    @property
    def path(self) -> str:
        """Run directory, which is also the operation's working directory."""
        return str(self._path)

    dir = path

    @property
    def short_id(self) -> str:
        """First eight characters of the id."""
        return self.id[:8]

    def guild_path(self, *names: str) -> str:
        """Return a path in the run's `.guild` directory: `guild_path("attrs", "label")`."""
        return os.path.join(self.path, ".guild", *names)

    # -- Attributes

    def get(self, name: str, default: Any = None) -> Any:
        """Return the attribute `name`, or `default` if it is missing or unreadable."""
        try:
            text = files.read_regular_text(self.guild_path("attrs", name))
            return default if text is None else yaml.load(text)
        except (yaml.YAMLError, OSError):
            return default

    def __getitem__(self, name: str) -> Any:
        value = self.get(name, default=KeyError)
        if value is KeyError:
            raise KeyError(name)
        return value

    def attr_names(self) -> list[str]:
        """Return the names of the run's attributes, sorted."""
        try:
            names = os.listdir(self.guild_path("attrs"))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name for name in names if not name.startswith("."))

    def set(self, name: str, value: Any) -> None:
        """Write the attribute `name` atomically. Raises OSError."""
        path = self.guild_path("attrs", name)
        data = yaml.dump_attribute(value).encode("utf-8", "surrogateescape")
        try:
            files.write_atomic(path, data)
        except FileNotFoundError:  # the first attribute
            os.makedirs(os.path.dirname(path), exist_ok=True)
            files.write_atomic(path, data)

    def delete_attr(self, name: str) -> None:
        """Remove the attribute `name` if it exists."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.guild_path("attrs", name))

    # Aliases that programs written for Guild AI 0.9 use

    def has_attr(self, name: str) -> bool:
        """Return whether the run has the attribute `name`."""
        return os.path.exists(self.guild_path("attrs", name))

    def iter_attrs(self) -> Iterator[tuple[str, Any]]:
        """Yield name and value of each readable attribute, sorted by name."""
        for name in self.attr_names():
            value = self.get(name, default=KeyError)
            if value is not KeyError:
                yield name, value

    def write_attr(self, name: str, value: Any) -> None:
        """See `set`."""
        self.set(name, value)

    def del_attr(self, name: str) -> None:
        """See `delete_attr`."""
        self.delete_attr(name)

    @property
    def pid(self) -> int | None:
        """See `lock_pid`."""
        return self.lock_pid

    # -- Recorded attributes, typed

    @property
    def exit_status(self) -> int | None:
        """Exit code, or the negative number of the signal that ended the run."""
        return self._int("exit_status")

    @property
    def started(self) -> int | None:
        """Timestamp of the latest start."""
        return self._int("started")

    @property
    def stopped(self) -> int | None:
        """Timestamp of the end."""
        return self._int("stopped")

    @property
    def timestamp(self) -> int:
        """Timestamp of the start, else of the creation; 0 if neither is recorded."""
        return start_or_creation(self.get) or 0

    @property
    def flags(self) -> dict[str, Any]:
        """Flag values by name."""
        return string_keys(self._typed("flags") or {})

    @property
    def label(self) -> str:
        """Label, empty without one."""
        value = self.get("label")
        return "" if value is None else str(value)

    @property
    def tags(self) -> list[str]:
        """Tags in the order in which they are recorded."""
        return [str(tag) for tag in self._typed("tags") or ()]

    @property
    def comments(self) -> list[dict[str, Any]]:
        """Comments: mappings of `body`, `host`, `time` (a timestamp) and `user`."""
        return [item for item in self._typed("comments") or () if isinstance(item, dict)]

    @property
    def random_seed(self) -> int | None:
        """Random seed."""
        return self._int("random_seed")

    def _int(self, name: str) -> int | None:
        value: int | None = self._typed(name)
        return value

    def _typed(self, name: str) -> Any:
        return typed_attr(name, self.get(name))

    # -- Files in `.guild`

    @property
    def opref(self) -> OpRef | None:
        """Operation the run was made from; None if it is missing or invalid."""
        try:
            text = files.read_regular_text(self.guild_path("opref"))
            return None if text is None else OpRef.parse(text)
        except (GuildError, OSError):
            return None

    @property
    def lock_pid(self) -> int | None:
        """Process that holds the run's lock; None without a valid lock."""
        return parse_lock(files.read_regular_text(self.guild_path("LOCK")))

    @property
    def remote(self) -> str | None:
        """Name of the remote that runs the run, if any."""
        text = files.read_regular_text(self.guild_path("LOCK.remote"))
        return None if text is None else text.strip()

    @property
    def status(self) -> RunStatus:
        """Current status."""
        markers = Markers(
            os.path.exists(self.guild_path("LOCK.remote")),
            self.lock_pid,
            os.path.exists(self.guild_path("PENDING")),
            os.path.exists(self.guild_path("STAGED")),
        )
        # The exit status is read last: it is written before the lock is released.
        return unfinished_status(markers, self.guild_path("LOCK")) or ended_status(
            self.get("exit_status")
        )

    @property
    def batch_proto(self) -> Run | None:
        """Run that a batch makes its trials from; None for other runs."""
        path = self.guild_path("proto")
        return Run(os.path.basename(path), path) if os.path.isdir(path) else None
