"""The extension point `Source`: one kind of dependency that `requires` can name."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base.errors import GuildError
from guild.extend.registry import Registry
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import SOURCE_KINDS, SOURCES_GROUP, SourceDef

if TYPE_CHECKING:
    from pathlib import Path


class SourceRequest(NamedTuple):
    """A source to resolve for one run.

    Attributes:
        source: the definition in guild.yml.
        value: the value of the flag of the source; None if not set.
        project_dir: the directory of the project, which relative paths start from.
        cwd: the current directory, which relative paths of a value start from.
        source_root: the root of the project's source code.
        home: the Guild home.
        expand: replaces references to flags, such as `${name}`, in a string. Raises GuildError
            for a reference to an undefined flag.
        report: shows a message about the progress to the user.
    """

    source: SourceDef
    value: Any
    project_dir: Path
    cwd: Path
    source_root: Path
    home: Path
    expand: Callable[[str], str]
    report: Callable[[str], None]

    @property
    def location(self) -> str:
        """Return the flag value, by default the target of the source, with references replaced."""
        return self.expand(str(self.value or self.source.target))

    @property
    def cache_dir(self) -> str:
        """Return the directory for fetched files, shared by all runs; it may not exist yet."""
        return os.path.join(self.home, "cache", "resources")


class ResolvedSource(NamedTuple):
    """The file or directory that a source refers to.

    Attributes:
        path: the absolute path.
        name: the path in the run, before `target-path` and `rename` apply. Only its last name is
            used, unless the source preserves paths.
        uri: the origin, as the manifest of the run records it.
        member: the name within the origin, as the manifest records it; None for the origin itself.
        is_container: whether a directory stands for its entries, not for itself.
        is_excluded: for a container, returns whether a path in it is never used, `/` between names.
        is_config: whether the file is a config file that is written with the values of the flags.
    """

    path: str
    name: str
    uri: str
    member: str | None = None
    is_container: bool = False
    is_excluded: Callable[[str], bool] = lambda _: False
    is_config: bool = False


class Scope(NamedTuple):
    """The runs that a source can choose from.

    Attributes:
        home: the Guild home.
        visible: the ids of the runs to choose from without a value; None for those of `home`.
        is_staging: whether the run that requires the source is started later.
        cwd: the current directory, which relative paths of a value start from.
    """

    home: Path
    visible: frozenset[str] | None = None
    is_staging: bool = False
    cwd: Path | None = None


class Source(ABC):
    """One kind of dependency, such as `file` or `url`.

    A package adds a kind with an entry point in the group `guild.sources`. The name of the entry
    point is the key in guild.yml: with `mem`, an operation can require `{mem: NAME}`, where `NAME`
    is the target of the source.

    The kind only locates a file or directory. Guild then checks `sha256`, unpacks archives,
    applies `select`, `rename`, `target-path` and all other options, copies or links the files
    into the run, and records them. No path that a kind returns can lead out of the run.

    Rules:
        - A kind is created without arguments, once a process. It keeps no state between calls.
        - `resolve` does not write to the project or to the run. Files that have to be fetched go
          to the cache directory, whole or not at all, as runs may resolve a source concurrently.
        - A source that does not exist or cannot be fetched is a GuildError in one line.
    """

    @abstractmethod
    def resolve(self, request: SourceRequest) -> ResolvedSource | None:
        """Locate the file or directory that a source refers to.

        Return None if the dependency is met without any files. Raises GuildError if it is not met.
        """

    waits_for_start = False
    """Whether a staged run resolves the source when it is started, not before."""

    def uri(self, source: SourceDef) -> str:
        """Return the URI that the run records for the source."""
        return f"{source.kind}:{source.target}"

    def project_path(self, source: SourceDef) -> str | None:
        """Return the path in the project that the source refers to, which is not source code."""
        return None

    def flag(self, source: SourceDef) -> FlagDef | None:
        """Return the flag that chooses what the source refers to, or None without a choice.

        Its name is `source.source_flag`. By default, sources with `flag-name` have a flag, and its
        default is the target.
        """
        if not source.flag_name:
            return None
        return FlagDef(
            source.flag_name,
            default=source.target,
            type="string",
            arg_skip=True,
            source=source.location,
        )

    def choose(self, source: SourceDef, value: Any, scope: Scope) -> Any:
        """Return the flag value to record for the `value` that the user set, or None if not set.

        Called when a run is planned, for each item of a list. A value that was returned before is
        returned unchanged. Raises GuildError for an invalid value.
        """
        return value

    def is_available(self, source: SourceDef, value: Any, scope: Scope) -> bool:
        """Return whether the chosen `value` refers to something, as far as that is known early."""
        return True


SOURCES: Registry[Source] = Registry(
    "source",
    SOURCES_GROUP,
    Source,  # type: ignore[type-abstract]  # implementations are checked against it
    {kind: f"guild.plugins.sources.{kind}:{kind.capitalize()}Source" for kind in SOURCE_KINDS},
)


def get_source(kind: str) -> Source:
    """Return the kind of source `kind`. Raises GuildError if it does not exist."""
    source = SOURCES.get(kind)
    if source is None:
        raise GuildError(f"unknown source '{kind}'; install the package that provides it")
    return source
