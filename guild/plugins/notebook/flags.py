"""From a notebook to its flags."""

from __future__ import annotations

from pathlib import Path

from guild.flags.flagdef import FlagDef
from guild.plugins.notebook.cells import CodeCell, parameter_cells, parse, read_cells
from guild.plugins.python_flags.globals import global_flags


def notebook_flags(path: Path) -> dict[str, FlagDef]:
    """The flags of the notebook `path`: the variables of its `parameters` cell, else those
    that any cell sets to a literal, with the last one as default.

    Raises GuildError for a file that is missing or no notebook.
    """
    return flags_of_cells(parameter_cells(read_cells(path)), path.name)


def flags_of_cells(cells: list[CodeCell], file: str) -> dict[str, FlagDef]:
    """The variables that `cells` set to a literal; `file` is named in their source."""
    flags: dict[str, FlagDef] = {}
    for cell in cells:
        module = parse(cell.source)
        if module is not None:
            flags.update(global_flags(module, f"{file}:cell {cell.number}"))
    return flags
