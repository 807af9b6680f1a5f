"""From a notebook to its flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guild.flags.flagdef import FlagDef
from guild.plugins.notebook.cells import CodeCell, parameter_cells, parse, read_cells
from guild.plugins.notebook.patterns import value_in_place
from guild.plugins.python_flags.globals import global_flags


def notebook_flags(path: Path) -> dict[str, FlagDef]:
    """The flags of the notebook `path`: the variables of its `parameters` cell, else those
    that any cell sets to a literal, with the last one as default.

    Raises GuildError for a file that is missing or no notebook.
    """
    return flags_of_cells(parameter_cells(read_cells(path)), path.name)


def with_values_in_place(flags: Mapping[str, FlagDef], path: Path) -> dict[str, FlagDef]:
    """`flags` of the notebook `path`, where one with `nb_replace` has the default that stands
    there if it has no other. Raises GuildError as `notebook_flags` does."""
    found = dict(flags)
    for name, flag in flags.items():
        if flag.nb_replace is not None and flag.default is None:
            value = value_in_place(read_cells(path), flag.nb_replace)
            found[name] = flag._replace(default=value)
    return found


def flags_of_cells(cells: list[CodeCell], file: str) -> dict[str, FlagDef]:
    """The variables that `cells` set to a literal; `file` is named in their source."""
    flags: dict[str, FlagDef] = {}
    for cell in cells:
        module = parse(cell.source)
        if module is not None:
            flags.update(global_flags(module, f"{file}:cell {cell.number}"))
    return flags
