"""Helpers for operation kinds: files that are operations by themselves, and flags in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guild.flags.arguments import join_values, split_value
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef


def source_root_of(path: Path, cwd: Path) -> Path:
    """Return the directory of source code for the file `path`: `cwd` if it contains the file."""
    return cwd if path.is_relative_to(cwd) else path.parent


def imported_names(opdef: OpDef, flags: Mapping[str, FlagDef]) -> list[str]:
    """Return the names in `flags`, found in the source of `opdef`, that it imports."""
    skip = opdef.flags_import_skip or ()
    if opdef.flags_import is True:
        return [name for name in flags if name not in skip]
    if not opdef.flags_import:
        return []
    return [name for name in opdef.flags_import if name in flags and name not in skip]


def complete_flags(opdef: OpDef, in_source: Mapping[str, FlagDef]) -> dict[str, FlagDef]:
    """Return the flags of `opdef`: those imported from its source, and those of the guild.yml
    completed by their definitions in the source."""
    in_source = {name: flag._replace(own_default=True) for name, flag in in_source.items()}
    flags = {name: in_source[name] for name in imported_names(opdef, in_source)}
    for name, flag in opdef.flags.items():
        flags[name] = _complete(flag, in_source.get(name))
    return flags


def _complete(flag: FlagDef, in_source: FlagDef | None) -> FlagDef:
    if in_source is None:
        return flag
    blank = FlagDef(flag.name)
    explicit = {
        field: value
        for field, value in flag._asdict().items()
        if value != getattr(blank, field) and field != "name"
    }
    own_default = "default" not in explicit
    if own_default and in_source.arg_split is True and isinstance(explicit.get("arg_split"), str):
        words = split_value(str(in_source.default), in_source)
        in_source = in_source._replace(default=join_values(words, flag))
    return in_source._replace(**explicit, own_default=own_default)
