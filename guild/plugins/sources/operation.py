"""Sources `operation: NAME`: files that a run of another operation generated."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Scope, Source, SourceRequest
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import SourceDef
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.run import Run
from guild.runs import manifest
from guild.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

# A failed run has no reliable files, and a run that was not started has none at all.
_STATUSES = frozenset({"completed", "running", "terminated"})


class OperationSource(Source):
    """A run of the operations that the target names, by default the latest one.

    The target is a comma-separated list of regular expressions for operation names.
    """

    def flag(self, source: SourceDef) -> FlagDef:
        """Return the flag that chooses the run."""
        return FlagDef(
            source.full_name,
            type="string",
            arg_skip=True,
            description=f"Run of {source.target} to use.",
            source=source.location,
        )

    def choose(self, source: SourceDef, value: Any, scope: Scope) -> str | None:
        """Return the full id of the run for the prefix `value`, or of the latest run without one.

        A marked run wins over later ones. The result is None if the operation has no suitable run.
        Raises GuildError if no run or several runs match the prefix.
        """
        if value:
            return _run_id(str(value), source.full_name, scope.home)
        return _latest_run_id(source.target, scope.home, scope.visible)

    def resolve(self, request: SourceRequest) -> ResolvedSource:
        """Return the directory of the run.

        Unless the source selects files, those that the run did not generate itself are excluded.
        """
        source = request.source
        if not request.value:
            # Guild AI 0.9 wording, with a remedy added
            raise GuildError(
                f"no suitable run for {source.target}; "
                f"run '{source.target}' first, or specify {source.full_name}=RUN"
            )
        run = RunStore(request.home).get(str(request.value))
        if not os.path.isdir(run.path):
            raise GuildError(f"run {request.value} does not exist")
        request.report(f"Using run {run.short_id} for {source.full_name}")
        return ResolvedSource(
            run.path,
            "",
            f"operation:{source.target}",
            is_container=True,
            is_excluded=_is_internal if _is_selective(source) else _excluded_paths(run),
        )


def _run_id(prefix: str, flag: str, home: Path) -> str:
    runs = RunStore(home).find(prefix)
    if len(runs) != 1:
        problem = f"{len(runs)} runs have" if runs else "no run has"
        raise GuildError(
            f"invalid value for flag '{flag}': {problem} an id starting with '{prefix}'"
        )
    return runs[0].id


def _latest_run_id(target: str, home: Path, visible: frozenset[str] | None) -> str | None:
    patterns = [_compile(part.strip()) for part in target.split(",")]
    with RunIndex(home) as index:
        runs = [
            run
            for run in index.select(RunQuery(statuses=_STATUSES))
            if (visible is None or run.id in visible)
            and not run.is_batch
            and any(pattern.fullmatch(_operation_name(run, pattern)) for pattern in patterns)
        ]
    marked = [run for run in runs if run.marked]
    return next((run.id for run in marked or runs), None)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise GuildError(f"invalid operation '{pattern}' in requires: {error}") from None


def _operation_name(run: IndexedRun, pattern: re.Pattern[str]) -> str:
    """Return the operation of the run, with its model if the pattern contains one."""
    if run.opref is None:
        return ""
    return run.operation if ":" in pattern.pattern else run.opref.op


def _is_selective(source: SourceDef) -> bool:
    return bool(source.select or source.select_min or source.select_max)


def _is_internal(path: str) -> bool:
    """Return whether `path` in a run is that of Guild's own files."""
    return path == ".guild"


def _excluded_paths(run: Run) -> Callable[[str], bool]:
    """Return a test for paths that the run did not generate.

    These are Guild's own files, source code, dependencies, and directories of nothing else.
    """
    given = {entry.run_path for entry in manifest.read_entries(run.path)}

    def is_excluded(path: str) -> bool:
        if path == ".guild" or path in given:
            return True
        full = os.path.join(run.path, path)
        if not os.path.isdir(full) or os.path.islink(full):
            return False
        if not any(other.startswith(f"{path}/") for other in given):
            return False
        return all(is_excluded(f"{path}/{name}") for name in os.listdir(full))

    return is_excluded
