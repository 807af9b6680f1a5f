"""The code cells of a notebook file, and the Python in them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from guild.base.errors import GuildError

PARAMETERS = "parameters"
"""The tag of the cell that contains a notebook's parameters, by papermill's convention."""


class CodeCell(NamedTuple):
    """A code cell.

    Attributes:
        number: its position among all cells, from 1.
        source: its source code.
        tags: the tags in its metadata.
    """

    number: int
    source: str
    tags: tuple[str, ...]


def read_cells(path: Path, files: dict[Path, bytes | None] | None = None) -> list[CodeCell]:
    """Return the code cells of the notebook `path` in their order.

    The content is also stored in `files`, if given. Raises GuildError if `path` cannot
    be read or is not a notebook.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GuildError(f"cannot read notebook {path}: {error.strerror}") from None
    if files is not None:
        files[path] = content
    try:
        data = json.loads(content)
        return code_cells(data["cells"] if "cells" in data else _cells_of_format_3(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise GuildError(
            f"{path} is not a notebook in format 3 or 4; save it again in Jupyter"
        ) from None


def _cells_of_format_3(data: Any) -> list[Any]:
    """Return the cells of all worksheets in the form of format 4."""
    return [
        {**cell, "source": cell["input"]} if cell["cell_type"] == "code" else cell
        for sheet in data["worksheets"]
        for cell in sheet["cells"]
    ]


def code_cells(cells: Any) -> list[CodeCell]:
    """Select the code cells among `cells`, which are in the form of a notebook file."""
    return [
        CodeCell(
            number,
            "".join(cell["source"]),
            tuple(cell.get("metadata", {}).get("tags", ())),
        )
        for number, cell in enumerate(cells, 1)
        if cell["cell_type"] == "code"
    ]


def parameter_cells(cells: list[CodeCell]) -> list[CodeCell]:
    """Return the cells that may define flags: the first one tagged `parameters`, else all."""
    return [cell for cell in cells if PARAMETERS in cell.tags][:1] or cells


# Cell magics whose Python code runs in the notebook's own namespace.
_TRANSPARENT = re.compile(r"\s*%%(time|capture|prun)\b")
_SHELL_LINE = re.compile(r"\s*[%!?]|.*\?\s*$|\s*[\w, ]+=\s*[%!]")


def parse_cell(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell, or None if the cell is not valid Python.

    Lines with IPython syntax are replaced by `pass`.
    """
    lines = source.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        if not _TRANSPARENT.match(lines[0]):
            return None
        lines[0] = ""
    indented = (line[: len(line) - len(line.lstrip())] for line in lines)
    python = [
        f"{indent}pass" if _SHELL_LINE.match(line) and not line.lstrip().startswith("#") else line
        for indent, line in zip(indented, lines, strict=True)
    ]
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for code in (source, "\n".join(python)):
        try:
            module = compile(code, "<cell>", "exec", flags)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        assert isinstance(module, ast.Module)
        return module
    return None
