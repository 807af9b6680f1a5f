"""Flags of Jupyter notebooks: the variables that their cells set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.extend.program import Program
from guild.flags.flagdef import FlagDef
from guild.plugins.flags.globals_finder import global_flags
from guild.plugins.flags.notebook.cells import CodeCell, parameter_cells, parse_cell, read_cells
from guild.plugins.flags.notebook.patterns import find_value


class NotebookFinder(FlagFinder):
    """Finds the variables of a notebook's cell tagged `parameters`, as papermill defines it.

    Without such a cell, flags are the variables that any cell sets to a literal. The
    last literal is the default.
    """

    dests = frozenset({"globals"})

    def claims(self, program: Program) -> bool:
        return program.is_notebook

    def find(self, program: Program) -> FoundFlags:
        """Return the notebook's flags. Raises GuildError as `read_cells` does."""
        cells = read_cells(program.path, program.files)
        return FoundFlags(flags_of_cells(parameter_cells(cells), program.path.name), "globals")


def flags_of_cells(cells: list[CodeCell], file: str) -> dict[str, FlagDef]:
    """Return the variables that `cells` set to a literal. `file` is part of their source."""
    flags: dict[str, FlagDef] = {}
    for cell in cells:
        module = parse_cell(cell.source)
        if module is not None:
            flags.update(global_flags(module, f"{file}:cell {cell.number}"))
    return flags


def with_pattern_defaults(flags: Mapping[str, FlagDef], path: Path) -> dict[str, FlagDef]:
    """Return `flags` with defaults for those that have `nb_replace` and no default.

    The default is the literal that the pattern matches in the notebook `path`. Raises
    GuildError as `read_cells` does.
    """
    result = dict(flags)
    for name, flag in flags.items():
        if flag.nb_replace is not None and flag.default is None:
            default = find_value(read_cells(path), flag.nb_replace)
            result[name] = flag._replace(default=default)
    return result
