"""Sources `operation: NAME`: files that a run of another operation generated."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Scope, Source, SourceRequest
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import SourceDef
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.run import Run, is_run_dir, is_run_id
from guild.runs import manifest
from guild.runs.store import RunStore

# A failed run has no reliable files, and a run that was not started has none at all.
_STATUSES = frozenset({"completed", "running", "terminated"})


class OperationSource(Source):
    """A run of the operations that the target names, by default the latest one.

    The target is a comma-separated list of regular expressions for operation names.
    """

    waits_for_start = True

    def flag(self, source: SourceDef) -> FlagDef | None:
        """Return the flag that chooses the run, unless the source has `flag-name: no`.

        The target is another name of the flag if the source has none.
        """
        if source.flag_name is False:
            return None
        return FlagDef(
            source.source_flag,
            type="string",
            arg_skip=True,
            alias=None if source.name or source.flag_name else source.target,
            source=source.location,
        )

    def choose(self, source: SourceDef, value: Any, scope: Scope) -> str | None:
        """Return the full id of the run for the prefix `value`, or of the latest run without one.

        A marked run wins over later ones. `value` can also be the id of any run, or the path of
        a run directory. It is returned unchanged if no run is suitable.
        """
        run = _find_run(value, scope)
        if run is not None:
            return run.id if run.path == RunStore(scope.home).get(run.id).path else run.path
        run_id = _latest_run_id(source.target, scope, str(value or ""))
        return run_id or value or None

    def is_available(self, source: SourceDef, value: Any, scope: Scope) -> bool:
        """Return whether `value` is a run."""
        return _find_run(value, scope) is not None

    def resolve(self, request: SourceRequest) -> ResolvedSource:
        """Return the directory of the run.

        Unless the source selects files, those that the run did not generate itself are excluded.
        """
        source = request.source
        scope = Scope(request.home, cwd=request.cwd)
        value = request.value
        if not value and source.flag_name is False:
            value = _latest_run_id(source.target, scope)
        run = _find_run(value, scope)
        if run is None:
            # Guild AI 0.9 wording
            raise GuildError(f"no suitable run for {source.target}")
        request.report(f"Using run {run.id} for {source.full_name}")
        return ResolvedSource(
            run.path,
            "",
            f"operation:{source.target}",
            is_container=True,
            is_excluded=_is_internal if _is_selective(source) else _excluded_paths(run),
        )


def _find_run(value: Any, scope: Scope) -> Run | None:
    """Return the run with the whole id `value`, or the run in the directory `value`."""
    if not value:
        return None
    text = str(value)
    run = RunStore(scope.home).get(text) if is_run_id(text) else None
    if run is not None and is_run_dir(run.path):
        return run
    path = os.path.join(scope.cwd or "", os.path.expanduser(text))
    if os.sep in text and is_run_dir(path):
        path = os.path.abspath(path)
        return Run(os.path.basename(path), path)
    return None


def _latest_run_id(target: str, scope: Scope, prefix: str = "") -> str | None:
    """Return the id of the marked or latest run of `target` whose id starts with `prefix`."""
    patterns = [_compile(part.strip()) for part in target.split(",")]
    visible = None if prefix else scope.visible
    statuses = _STATUSES | {"staged"} if scope.is_staging else _STATUSES
    with RunIndex(scope.home) as index:
        runs = [
            run
            for run in index.select(RunQuery(statuses=statuses))
            if run.id.startswith(prefix)
            and (visible is None or run.id in visible)
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
