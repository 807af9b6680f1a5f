"""Breakpoints of `--break`: `[FILE:]LINE` or `MODULE.FUNCTION` as a file and a line."""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
from types import CodeType
from typing import Any

from guild.base.errors import GuildError


def build_debug_request(
    main_file: str, search_path: Sequence[str], environ: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the settings for `debug_prelude`, or None if the debugger is not requested.

    PDB_BREAKS in `environ` contains the locations as shell words. BREAK_ON_ERROR requests
    the debugger for uncaught exceptions. Files and modules are searched in `search_path`.
    Raises GuildError for an invalid location.
    """
    locations = shlex.split(environ.get("PDB_BREAKS", ""))
    on_error = bool(environ.get("BREAK_ON_ERROR"))
    if not locations and not on_error:
        return None
    breaks = [resolve_breakpoint(location, main_file, search_path) for location in locations]
    return {"breaks": breaks, "on_error": on_error}


def resolve_breakpoint(
    location: str, main_file: str, search_path: Sequence[str]
) -> tuple[str, int]:
    """Return the file and line of `location`.

    The line is the next one where a statement begins, or the first one of a function's body.
    Raises GuildError if the file, line, module or function does not exist.
    """
    file_name, colon, line = location.rpartition(":")
    if line.isdecimal():
        file = _find_file(file_name, search_path) if colon else main_file
        if file is None:
            raise GuildError(f"cannot break at '{location}': file '{file_name}' not found")
        return file, _next_line(file, int(line), location)
    names = location.split(".")
    for count in range(len(names) - 1, -1, -1):
        file = _find_module(names[:count], main_file, search_path)
        first = _function_line(file, names[count:]) if file else None
        if file and first:
            return file, first
    raise GuildError(
        f"cannot break at '{location}': expected [FILE:]LINE or the MODULE.FUNCTION of a "
        "function in the source code"
    )


def _find_file(name: str, search_path: Sequence[str]) -> str | None:
    for folder in search_path:
        for file in (os.path.join(folder, name), os.path.join(folder, f"{name}.py")):
            if os.path.isfile(file):
                return os.path.normpath(file)
    return None


def _find_module(names: list[str], main_file: str, search_path: Sequence[str]) -> str | None:
    """Return the file of a module. Its name may be empty or `__main__` for the main script."""
    main_name = os.path.splitext(os.path.basename(main_file))[0]
    if names in ([], ["__main__"], [main_name]):
        return main_file
    path = list(search_path)
    for count in range(1, len(names) + 1):
        spec = PathFinder.find_spec(".".join(names[:count]), path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    return spec.origin if spec and spec.origin and spec.origin.endswith(".py") else None


def _next_line(file: str, line: int, location: str) -> int:
    module = _parse(file)
    starts = set(_statement_lines(module))
    lines = [at for at in _code_lines(_compile(module, file)) if at >= line and at in starts]
    if not lines:
        raise GuildError(f"cannot break at '{location}': no code at or after line {line} of {file}")
    return min(lines)


def _statement_lines(module: ast.Module) -> Iterator[int]:
    """Yield the lines where a statement begins that can stop the debugger.

    Docstrings and `__future__` imports run before the debugger starts, or never.
    """
    for node in ast.walk(module):
        if not isinstance(node, ast.stmt):
            continue
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not is_text and not is_future:
            yield node.lineno
            yield from (item.lineno for item in getattr(node, "decorator_list", ()))


def _code_lines(code: CodeType) -> Iterator[int]:
    yield from (line for _start, _end, line in code.co_lines() if line)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_lines(constant)


def _function_line(file: str, names: list[str]) -> int | None:
    """Return the first line of the body of a function or method (`CLASS.METHOD`), if found."""
    body = _parse(file).body
    definition: ast.stmt | None = None
    for name in names:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        nodes = (node for node in _statements(body) if isinstance(node, kinds))
        definition = next((node for node in nodes if node.name == name), None)
        if definition is None:
            return None
        body = definition.body
    if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    has_docstring = ast.get_docstring(definition, clean=False) is not None and len(body) > 1
    return body[has_docstring].lineno


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of `body` and of its `if`, `try`, `with` and loop blocks."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, block, ()))


def _compile(module: ast.Module, file: str) -> CodeType:
    code = compile(module, file, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def _parse(file: str) -> ast.Module:
    try:
        with open(file, "rb") as source:
            return ast.parse(source.read(), file)
    except (SyntaxError, ValueError) as error:
        raise GuildError(f"cannot break in {file}: {error}") from error
