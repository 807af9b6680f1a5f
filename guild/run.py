"""One run: a directory, and nothing that is not in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guild.base import files, processes, yaml
from guild.base.errors import GuildError
from guild.opref import OpRef

STATUSES = ("running", "completed", "error", "terminated", "pending", "staged")

# The attributes that Guild itself gives to runs; any other is a user's.
OWN_ATTRIBUTES = frozenset(
    (
        *("cmd", "comments", "compare", "deps", "env", "exit_status", "flags", "host", "id"),
        *("initialized", "label", "marked", "max_trials", "objective", "op", "opdef_attrs"),
        *("pip_freeze", "platform", "plugins", "random_seed", "run_params", "started", "steps"),
        *("sourcecode_digest", "stopped", "tags", "trial_opt", "user", "user_flags", "vcs_commit"),
    )
)


def is_attr_name(name: str) -> bool:
    """Whether an attribute can be called `name`: it is the name of a file."""
    return bool(name) and not name.startswith(".") and "/" not in name and "\0" not in name


class Run:
    """A view of the run directory `path`; it keeps no state of its own.

    Attributes:
        id: the run's id, 32 hex digits for a run in a home.
        path: the run directory, which is also the operation's working directory.
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
        return str(self._path)

    dir = path

    @property
    def short_id(self) -> str:
        return self.id[:8]

    def guild_path(self, *names: str) -> str:
        """The path of something of ours in the run: `guild_path("attrs", "label")`."""
        return str(self._path.joinpath(".guild", *names))

    # -- Attributes

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute `name`, or `default` where it is missing or cannot be read."""
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
        """The names of the attributes that the run has, sorted."""
        try:
            names = os.listdir(self.guild_path("attrs"))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name for name in names if not name.startswith("."))

    def set(self, name: str, value: Any) -> None:
        """Write the attribute `name`, whole or not at all. Raises OSError."""
        folder = Path(self.guild_path("attrs"))
        folder.mkdir(parents=True, exist_ok=True)
        files.write_atomic(folder / name, yaml.dump(value).encode("utf-8", "surrogateescape"))

    def delete_attr(self, name: str) -> None:
        """Remove the attribute `name` if it is there."""
        Path(self.guild_path("attrs", name)).unlink(missing_ok=True)

    # -- The same by the names that programs written for Guild AI 0.9 use

    def has_attr(self, name: str) -> bool:
        """Whether the run has the attribute `name`."""
        return os.path.exists(self.guild_path("attrs", name))

    def iter_attrs(self) -> Iterator[tuple[str, Any]]:
        """The attributes that can be read, by name."""
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

    # -- What the directory tells

    @property
    def opref(self) -> OpRef | None:
        """The operation the run was made from; None where that cannot be read."""
        try:
            text = files.read_regular_text(self.guild_path("opref"))
            return None if text is None else OpRef.parse(text)
        except (GuildError, OSError):
            return None

    @property
    def lock_pid(self) -> int | None:
        """The process that holds the run's lock; None without a valid lock."""
        text = files.read_regular_text(self.guild_path("LOCK"))
        try:
            return int(text.split()[0]) if text else None
        except (ValueError, IndexError):
            return None

    @property
    def remote(self) -> str | None:
        """The name of the remote that runs the run, if one does."""
        text = files.read_regular_text(self.guild_path("LOCK.remote"))
        return None if text is None else text.strip()

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        if os.path.exists(self.guild_path("LOCK.remote")):
            return "running"
        pid = self.lock_pid
        if pid is not None and processes.holds(pid, self.guild_path("LOCK")):
            return "running"
        if os.path.exists(self.guild_path("PENDING")):
            return "pending"
        if os.path.exists(self.guild_path("STAGED")):
            return "staged"
        exit_status = self.get("exit_status")
        if exit_status == 0:
            return "completed"
        if isinstance(exit_status, int) and exit_status < 0:
            return "terminated"
        return "error"

    @property
    def timestamp(self) -> int:
        """When the run started, else when it was made: microseconds since the epoch."""
        for name in ("started", "initialized"):
            value = self.get(name)
            if isinstance(value, int):
                return value
        return 0

    @property
    def batch_proto(self) -> Run | None:
        """Of a batch: the run its trials are made from."""
        path = self.guild_path("proto")
        return Run(os.path.basename(path), path) if os.path.isdir(path) else None
