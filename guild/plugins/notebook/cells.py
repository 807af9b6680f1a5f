"""The code cells of a notebook file, and what of them is Python."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from guild.base.errors import GuildError

PARAMETERS = "parameters"
"""The tag of the cell that has a notebook's parameters, by papermill's convention."""


class CodeCell(NamedTuple):
    """A cell of code.

    Attributes:
        number: its place among all cells, from 1.
        source: its text.
        tags: of its metadata.
    """

    number: int
    source: str
    tags: tuple[str, ...]


def read_cells(path: Path) -> list[CodeCell]:
    """The code cells of the notebook `path`, in their order.

    Raises GuildError for a file that is missing or no notebook.
    """
    try:
        data = json.loads(path.read_bytes())
        return code_cells(data["cells"] if "cells" in data else _cells_of_format_3(data))
    except OSError as error:
        raise GuildError(f"cannot read notebook {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise GuildError(
            f"{path} is not a notebook of format 3 or 4 - save it anew in Jupyter"
        ) from None


def _cells_of_format_3(data: Any) -> list[Any]:
    """The cells of all worksheets, in the form of format 4."""
    return [
        {**cell, "source": cell["input"]} if cell["cell_type"] == "code" else cell
        for sheet in data["worksheets"]
        for cell in sheet["cells"]
    ]


def code_cells(cells: Any) -> list[CodeCell]:
    """Those of `cells`, as a notebook file has them, that are code."""
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
    """The cells in which flags are looked for and set: the first one that is tagged
    `parameters`, else all."""
    return [cell for cell in cells if PARAMETERS in cell.tags][:1] or cells


# Cell magics below which Python goes on in the notebook's own namespace.
_TRANSPARENT = re.compile(r"\s*%%(time|capture|prun)\b")
_SHELL_LINE = re.compile(r"\s*[%!?]|.*\?\s*$|\s*[\w, ]+=\s*[%!]")


def parse(source: str) -> ast.Module | None:
    """The syntax of a cell, with `pass` for lines that are IPython's; None if it is no
    Python, or in error."""
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
    for text in (source, "\n".join(python)):
        try:
            module = compile(text, "<cell>", "exec", flags)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        assert isinstance(module, ast.Module)
        return module
    return None
