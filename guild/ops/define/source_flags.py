"""Flags that choose what the sources of an operation refer to, such as a run of another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guild.extend.source import SOURCES, Scope, Source
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef, SourceDef
from guild.guildfile.opdef import OpDef

_PATH_TYPES = ("path", "existing-path")


def add_source_flags(opdef: OpDef) -> tuple[dict[str, FlagDef], tuple[str, ...]]:
    """Return the flags of `opdef` with one for each required source that offers a choice.

    A flag that the operation defines itself wins, but by default it is not passed to the script.
    Warnings about its definition are returned as well.
    """
    flags, warnings = dict(opdef.flags), []
    for _, source, flag in _choices(opdef.requires):
        own = opdef.flags.get(flag.name)
        if own is None:
            flags[flag.name] = flag
            continue
        types = (None, "string", *(_PATH_TYPES if source.kind != "operation" else ()))
        if own.type not in types:
            # Guild AI 0.9 wording
            warnings.append(
                f"flag '{flag.name}' for operation {opdef.full_name} is configured with type "
                f"'{own.type}' - this value cannot be used because it conflicts with the "
                f"dependency '{source.full_name}' - ignoring configured value"
            )
        flags[flag.name] = own._replace(
            default=flag.default if own.default is None else own.default,
            type=own.type if own.type in types[1:] else "string",
            arg_skip=True if own.arg_skip is None else own.arg_skip,
        )
    return flags, tuple(warnings)


def choose_sources(
    flags: Mapping[str, Any], requires: tuple[ResourceDef, ...], scope: Scope
) -> dict[str, Any]:
    """Return `flags` with the value to record for each source that offers a choice.

    For a run that is its full id, or None if no run is suitable. Each item of a list is chosen
    on its own. Raises GuildError for an invalid value.
    """
    values = dict(flags)
    for kind, source, flag in _choices(requires):
        value = flags.get(flag.name)
        values[flag.name] = (
            [kind.choose(source, item, scope) for item in value]
            if isinstance(value, list)
            else kind.choose(source, value, scope)
        )
    return values


def unavailable_sources(
    flags: Mapping[str, Any], requires: tuple[ResourceDef, ...], scope: Scope
) -> list[str]:
    """Return the names of sources for which a value in the chosen `flags` refers to nothing."""
    names = []
    for kind, source, flag in _choices(requires):
        value = flags.get(flag.name)
        items = value if isinstance(value, list) else [value]
        if not all(kind.is_available(source, item, scope) for item in items):
            names.append(source.full_name)
    return names


def _choices(requires: tuple[ResourceDef, ...]) -> Iterator[tuple[Source, SourceDef, FlagDef]]:
    for resource in requires:
        for source in resource.sources:
            kind = SOURCES.get(source.kind)
            flag = kind.flag(source) if kind is not None else None
            if kind is not None and flag is not None:
                yield kind, source, flag
