"""The runs that an operation takes files from: flags that choose them, and their default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef
from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.runs.store import RunStore

# A run that failed made nothing to rely on, one that was not started made nothing at all.
_SUITABLE = frozenset({"completed", "running", "terminated"})


def with_run_flags(
    flags: Mapping[str, FlagDef], requires: tuple[ResourceDef, ...]
) -> dict[str, FlagDef]:
    """`flags`, and one more for each run that `requires` takes files from."""
    chosen = {
        name: FlagDef(
            name,
            type="string",
            arg_skip=True,
            description=f"Run of {source.target} that is used.",
            source=source.location,
        )
        for resource in requires
        for source in resource.sources
        for name in [source.full_name]
        if source.kind == "operation"
    }
    said = {name: flag._replace(arg_skip=True) for name, flag in flags.items() if name in chosen}
    return {**flags, **chosen, **said}


def choose_runs(
    flags: Mapping[str, Any],
    requires: tuple[ResourceDef, ...],
    home: Path,
    visible: frozenset[str] | None = None,
) -> dict[str, Any]:
    """`flags` with the whole id of a run for each that `requires` takes files from.

    What a flag says is the start of an id, or a list of those for a grid. Without it the
    latest run of the operation is used that was not an error, a marked one before others, of
    the ids `visible` if those are given; None where there is none.
    Raises GuildError for an id that is none, or the start of several.
    """
    chosen = dict(flags)
    for resource in requires:
        for source in resource.sources:
            if source.kind != "operation":
                continue
            name = source.full_name
            said = flags.get(name)
            if isinstance(said, list):
                chosen[name] = [_run_id(one, name, home) for one in said]
            else:
                chosen[name] = (
                    _run_id(said, name, home) if said else _latest(source.target, home, visible)
                )
    return chosen


def _run_id(said: Any, name: str, home: Path) -> str:
    found = RunStore(home).find(str(said))
    if len(found) != 1:
        problem = "there is no run" if not found else f"{len(found)} runs have an id"
        raise GuildError(f"flag '{name}': {problem} that starts with '{said}'")
    return found[0].id


def _latest(target: str, home: Path, visible: frozenset[str] | None) -> str | None:
    """The id of the latest suitable run of the operations `target`, of those that are marked
    if any is; None without one."""
    tests = [_pattern(part.strip()) for part in target.split(",")]
    with RunIndex(home) as index:
        runs = [
            run
            for run in index.select(RunQuery(statuses=_SUITABLE))
            if (visible is None or run.id in visible)
            and not run.is_batch
            and any(test.fullmatch(_name(run, test)) for test in tests)
        ]
    marked = [run for run in runs if run.marked]
    return next((run.id for run in marked or runs), None)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise GuildError(f"invalid operation '{text}' in requires: {error}") from None


def _name(run: IndexedRun, test: re.Pattern[str]) -> str:
    """The name of the run's operation, with its model where `test` has one."""
    if run.opref is None:
        return ""
    return run.operation if ":" in test.pattern else run.opref.op
