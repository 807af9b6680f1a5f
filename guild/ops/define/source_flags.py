"""Flags that choose what the sources of an operation refer to, such as a run of another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from guild.extend.source import SOURCES, Scope, Source
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef, SourceDef

if TYPE_CHECKING:
    from pathlib import Path


def add_source_flags(
    flags: Mapping[str, FlagDef], requires: tuple[ResourceDef, ...]
) -> dict[str, FlagDef]:
    """Return `flags` with a flag added for each required source that offers a choice.

    A flag that the operation defines itself wins, but is not passed to the script.
    """
    choices = {flag.name: flag for _, _, flag in _choices(requires)}
    own = {name: flag._replace(arg_skip=True) for name, flag in flags.items() if name in choices}
    return {**flags, **choices, **own}


def choose_sources(
    flags: Mapping[str, Any],
    requires: tuple[ResourceDef, ...],
    home: Path,
    visible: frozenset[str] | None = None,
) -> dict[str, Any]:
    """Return `flags` with the value to record for each source that offers a choice.

    For a run that is its full id, or None if no run is suitable. Each item of a list is chosen
    on its own. Without a value only the runs `visible` by id are considered, if given.
    Raises GuildError for an invalid value.
    """
    scope = Scope(home, visible)
    values = dict(flags)
    for kind, source, flag in _choices(requires):
        value = flags.get(flag.name)
        values[flag.name] = (
            [kind.choose(source, item, scope) for item in value]
            if isinstance(value, list)
            else kind.choose(source, value, scope)
        )
    return values


def _choices(requires: tuple[ResourceDef, ...]) -> Iterator[tuple[Source, SourceDef, FlagDef]]:
    for resource in requires:
        for source in resource.sources:
            kind = SOURCES.get(source.kind)
            flag = kind.flag(source) if kind is not None else None
            if kind is not None and flag is not None:
                yield kind, source, flag
