"""The cells of a notebook with the values of flags in place of those that they assign.

Only the statements that change are written anew: the rest of a cell, its comments and its
layout stay as they are.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.ops.python.flag_rewrite import set_globals, value_expression
from guild.plugins.notebook.cells import PARAMETERS, CodeCell, parameter_cells, parse
from guild.plugins.notebook.flags import flags_of_cells
from guild.plugins.notebook.patterns import replaced


def inject_values(cells: list[CodeCell], values: Mapping[str, Any]) -> dict[int, str]:
    """The sources of those of `cells`, by number, that change when `values` are set.

    They are set where flags are found: in the cell that is tagged `parameters`, else in
    all. What no cell assigns is set behind the parameters, or before everything else.
    Raises GuildError for a value that no Python literal can express, and for a notebook
    that has no code.
    """
    where = parameter_cells(cells)
    if not where:
        if values:
            raise GuildError("the notebook has no code that flags could be set in")
        return {}
    sources: dict[int, str] = {}
    missing = dict(values)
    for cell in where:
        module = parse(cell.source)
        if module is None:
            continue
        rewritten = copy.deepcopy(module)
        result = set_globals(rewritten, values)
        missing = {name: value for name, value in missing.items() if name in result.missing}
        source = _edited(cell.source, module.body, rewritten.body)
        if source != cell.source:
            sources[cell.number] = source
    if missing:
        first = where[0]
        lines = "".join(f"{name} = {_source(name, value)}\n" for name, value in missing.items())
        source = sources.get(first.number, first.source)
        tagged = PARAMETERS in first.tags
        sources[first.number] = f"{source.rstrip()}\n{lines}" if tagged else f"{lines}{source}"
    return sources


class Placed(NamedTuple):
    """Cells with values in them.

    Attributes:
        cells: all of them.
        rest: the values that are still to be set.
        unmatched: the names whose patterns match unmatched.
    """

    cells: list[CodeCell]
    rest: dict[str, Any]
    unmatched: tuple[str, ...]


def replace_patterns(
    cells: list[CodeCell], values: Mapping[str, Any], patterns: Mapping[str, str]
) -> Placed:
    """Put those of `values` that have one of `patterns` where it matches. Where the cells assign
    the name, too, that is still to be done. Raises GuildError as `inject` does.
    """
    rest, unmatched = dict(values), []
    assigned = flags_of_cells(parameter_cells(cells), "")
    for name in [name for name in values if name in patterns]:
        text = _source(name, values[name])
        sources = [replaced(cell.source, patterns[name], text) for cell in cells]
        if name not in assigned:
            del rest[name]
            if all(source is None for source in sources):
                unmatched.append(name)
        cells = [
            cell if source is None else cell._replace(source=source)
            for cell, source in zip(cells, sources, strict=True)
        ]
    return Placed(cells, rest, tuple(unmatched))


def _source(name: str, value: Any) -> str:
    return ast.unparse(value_expression(name, value))


class _Edit(NamedTuple):
    """Text for a part of a source, given by byte offsets."""

    start: int
    end: int
    text: bytes


def _edited(source: str, before: list[ast.stmt], after: list[ast.stmt]) -> str:
    """`source`, which is the statements `before`, with those of `after` that are different.

    A statement of `after` that was added has the place of the one that it belongs to.
    """
    data = source.encode()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    places: dict[tuple[int, int], list[ast.stmt]] = {}
    for node in after:
        places.setdefault((node.lineno, node.col_offset), []).append(node)
    edits = []
    for node in before:
        now = places[node.lineno, node.col_offset]
        if len(now) == 1 and ast.dump(now[0]) == ast.dump(node):
            continue
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        indent = " " * node.col_offset
        text = "\n".join(ast.unparse(new) for new in now).replace("\n", f"\n{indent}")
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        edits.append(_Edit(start, end, text.encode()))
    for edit in reversed(edits):
        data = data[: edit.start] + edit.text + data[edit.end :]
    return data.decode()
