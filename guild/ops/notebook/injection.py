"""Notebook cells with flag values in place of the values that they assign.

Only changed statements are rewritten. The other statements of a cell, its comments and its
layout are preserved.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.ops.python.flag_rewrite import set_globals
from guild.ops.python.value_syntax import value_expression
from guild.plugins.flags.notebook.cells import PARAMETERS, CodeCell, parameter_cells, parse_cell
from guild.plugins.flags.notebook.patterns import replace_value
from guild.plugins.flags.notebook_finder import flags_of_cells


def inject_values(cells: list[CodeCell], values: Mapping[str, Any]) -> dict[int, str]:
    """Return the new sources of the cells that change when `values` are set, by cell number.

    Values are set in the cells that define flags: those tagged `parameters`, else all. A
    name that they do not assign is set after the parameters, or before all other code.
    Raises GuildError for a value that a Python literal cannot express, and for a notebook
    without code.
    """
    targets = parameter_cells(cells)
    if not targets:
        if values:
            raise GuildError("cannot set flags: the notebook has no code")
        return {}
    sources: dict[int, str] = {}
    missing = dict(values)
    for cell in targets:
        module = parse_cell(cell.source)
        if module is None:
            continue
        rewritten = copy.deepcopy(module)
        result = set_globals(rewritten, values)
        missing = {name: value for name, value in missing.items() if name in result.missing}
        source = _edited(cell.source, module.body, rewritten.body)
        if source != cell.source:
            sources[cell.number] = source
    if missing:
        first = targets[0]
        lines = "".join(f"{name} = {_source(name, value)}\n" for name, value in missing.items())
        source = sources.get(first.number, first.source)
        is_tagged = PARAMETERS in first.tags
        sources[first.number] = f"{source.rstrip()}\n{lines}" if is_tagged else f"{lines}{source}"
    return sources


class PatternResult(NamedTuple):
    """The result of replacing patterns by values.

    Attributes:
        cells: all cells, some with new sources.
        rest: the values that have not been set.
        unmatched: the names of values whose patterns match nothing.
    """

    cells: list[CodeCell]
    rest: dict[str, Any]
    unmatched: tuple[str, ...]


def replace_patterns(
    cells: list[CodeCell], values: Mapping[str, Any], patterns: Mapping[str, str]
) -> PatternResult:
    """Replace the text that matches `patterns` by the values of these names.

    Values of names that the cells also assign remain in `rest`. Raises GuildError as
    `inject_values` does.
    """
    rest, unmatched = dict(values), []
    assigned = flags_of_cells(parameter_cells(cells), "")
    for name in [name for name in values if name in patterns]:
        text = _source(name, values[name])
        sources = [replace_value(cell.source, patterns[name], text) for cell in cells]
        if name not in assigned:
            del rest[name]
            if all(source is None for source in sources):
                unmatched.append(name)
        cells = [
            cell if source is None else cell._replace(source=source)
            for cell, source in zip(cells, sources, strict=True)
        ]
    return PatternResult(cells, rest, tuple(unmatched))


def _source(name: str, value: Any) -> str:
    return ast.unparse(value_expression(name, value))


class _Edit(NamedTuple):
    """A replacement for part of a source, given by byte offsets."""

    start: int
    end: int
    text: bytes


def _edited(source: str, before: list[ast.stmt], after: list[ast.stmt]) -> str:
    """Return `source` with the statements `before` replaced by those of `after` that differ.

    An added statement in `after` has the location of the statement that it follows.
    """
    data = source.encode()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    replacements: dict[tuple[int, int], list[ast.stmt]] = {}
    for node in after:
        replacements.setdefault((node.lineno, node.col_offset), []).append(node)
    edits = []
    for node in before:
        new = replacements[node.lineno, node.col_offset]
        if len(new) == 1 and ast.dump(new[0]) == ast.dump(node):
            continue
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        indent = " " * node.col_offset
        text = "\n".join(ast.unparse(statement) for statement in new).replace("\n", f"\n{indent}")
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        edits.append(_Edit(start, end, text.encode()))
    for edit in reversed(edits):
        data = data[: edit.start] + edit.text + data[edit.end :]
    return data.decode()
