"""A user's script, compiled by its supervisor with flag values and a prelude.

When CPython runs a `.pyc` file as a script, the script's frame is the outermost one. The
prelude adjusts the rest of the process to match `python SCRIPT`.
"""

from __future__ import annotations

import _ast as ast  # the classes of nodes alone, which takes a third of the time
import importlib.util
import marshal
import warnings
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from guild.ops.python.flags_dest import SET_ITEMS, FlagChanges, FlagValues
from guild.plugins.python_main import Place

# Placeholders for code objects, which a syntax tree cannot contain.
_PRELUDE = "\0guild:script_prelude"
_DEBUG = "\0guild:debug_prelude"
_SETTINGS = "\0guild:settings"


class CompileError(Exception):
    """The script does not compile; the interpreter reports the reason when it runs it."""


def compile_script(
    source: bytes,
    place: Place,
    flags: FlagValues | None = None,
    optimize: int = 0,
    debug: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the content of a `.pyc` file that runs `source` as the main script.

    Args:
        source: the content of the script.
        place: the location and identity of the script in its process.
        flags: values to set in the script.
        optimize: the optimization level of the child interpreter (PYTHONOPTIMIZE). Its
            Python version must be the version of this process.
        debug: the settings for `debug_prelude`; None for no debugger.

    Raises CompileError, and GuildError for flag values that cannot be set.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            module = _parse(source, place.file)
            changes = _set_flags(module, flags)
            _insert_prelude(module, debug is not None)
            code = compile(module, place.file, "exec", dont_inherit=True, optimize=optimize)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise CompileError(str(error)) from error
    settings = {
        **place._asdict(),
        **changes._asdict(),
        "warnings": [(str(w.message), w.category.__name__, w.lineno) for w in caught],
        "debug": debug,
    }
    consts = tuple(_fill_placeholder(const, settings) for const in code.co_consts)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code.replace(co_consts=consts))


def _parse(source: str | bytes, file: str) -> ast.Module:
    """Parse `source` as `ast.parse` does."""
    module = compile(source, file, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(module, ast.Module)
    return module


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield `node` and all nodes below it, as `ast.walk` does."""
    yield node
    for field in node._fields:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _set_flags(module: ast.Module, flags: FlagValues | None) -> FlagChanges:
    if flags is None or not flags.values:
        return FlagChanges()
    from guild.ops.python.flag_rewrite import set_flags

    return set_flags(module, flags)


def _insert_prelude(module: ast.Module, debug: bool) -> None:
    """Insert the prelude after the docstring and the `__future__` imports.

    It is on line 0, so that a debugger still stops at the script's first line.
    """
    source = f"exec({_PRELUDE!r}, {{'main': globals(), 'settings': {_SETTINGS!r}}})\n"
    if debug:
        source += f"exec({_DEBUG!r}, {{'settings': {_SETTINGS!r}}})\n"
    statements = _parse(source, "<prelude>").body
    for statement in statements:
        for node in _walk(statement):
            if isinstance(node, (ast.stmt, ast.expr, ast.keyword)):
                node.lineno = node.end_lineno = 0
                node.col_offset = node.end_col_offset = 0
    index = _first_statement(module.body)
    module.body[index:index] = statements


def _first_statement(body: list[ast.stmt]) -> int:
    index = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        index = int(isinstance(body[0].value.value, str))
    while index < len(body):
        node = body[index]
        if not (
            isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level
        ):
            break
        index += 1
    return index


def _fill_placeholder(const: object, settings: dict[str, Any]) -> object:
    if const == _SETTINGS:
        return marshal.dumps(settings)
    if const in (_PRELUDE, _DEBUG, SET_ITEMS):
        return _code_of(str(const).partition(":")[2])
    return const


def _code_of(name: str) -> CodeType:
    """Return the code of a module that is never imported, from its cached `.pyc` file."""
    spec = importlib.util.find_spec(f"guild.ops.python.{name}")
    assert spec is not None
    loader: Any = spec.loader  # an InspectLoader, which takes 7 ms to import
    code: CodeType = loader.get_code(spec.name)
    return code
