"""A user's script, compiled by its supervisor with flag values and a prelude.

When CPython runs a `.pyc` file as a script, the script's frame is the outermost one. The
prelude adjusts the rest of the process to match `python SCRIPT`.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any, NamedTuple

from guild.ops.python import flag_rewrite, value_syntax
from guild.ops.python.flags_dest import FlagValues
from guild.plugins.python_main import Place

# Placeholders for code objects, which a syntax tree cannot contain.
_PRELUDE = "\0guild:prelude"
_DEBUG = "\0guild:debug"
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
            module = ast.parse(source, place.file)
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
    codes = {
        _PRELUDE: _code_of("script_prelude"),
        _SETTINGS: marshal.dumps(settings),
        value_syntax.SET_ITEMS: _code_of("set_items_prelude"),
    }
    if debug is not None:
        codes[_DEBUG] = _code_of("debug_prelude")
    consts = tuple(codes.get(c, c) if isinstance(c, str) else c for c in code.co_consts)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code.replace(co_consts=consts))


class _Changes(NamedTuple):
    """The effect of flags: whether the code changes, and values to set before it runs."""

    changed: bool
    start: Mapping[str, Any]
    start_namespaces: Mapping[str, Any]


def _set_flags(module: ast.Module, flags: FlagValues | None) -> _Changes:
    if flags is None or not flags.values:
        return _Changes(False, {}, {})
    if flags.target:
        if flag_rewrite.set_items(module, flags.target, flags.values):
            return _Changes(True, {}, {})
        start = {flags.target: _nested(flags.values)}
        return _Changes(True, {}, start) if flags.namespace else _Changes(True, start, {})
    plain, items = _split_items(flags.values)
    changed, missing = flag_rewrite.set_globals(module, plain)
    for target, values in items.items():
        changed = flag_rewrite.set_items(module, target, values) or changed
    return _Changes(changed or bool(missing), missing, {})


def _split_items(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Separate values of globals from values of their items (`a.b`), grouped by global."""
    plain: dict[str, Any] = {}
    items: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        target, dot, item = name.partition(".")
        if dot:
            items.setdefault(target, {})[item] = value
        else:
            plain[name] = value
    return plain, items


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert `{"a.b": 1}` to `{"a": {"b": 1}}`."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *outer, last = name.split(".")
        level = tree
        for part in outer:
            inner = level.get(part)
            if not isinstance(inner, dict):
                inner = level[part] = {}
            level = inner
        level[last] = value
    return tree


def _insert_prelude(module: ast.Module, debug: bool) -> None:
    """Insert the prelude after the docstring and the `__future__` imports.

    It is on line 0, so that a debugger still stops at the script's first line.
    """
    source = f"exec({_PRELUDE!r}, {{'main': globals(), 'settings': {_SETTINGS!r}}})\n"
    if debug:
        source += f"exec({_DEBUG!r}, {{'settings': {_SETTINGS!r}}})\n"
    statements = ast.parse(source).body
    for statement in statements:
        for node in ast.walk(statement):
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


def _code_of(name: str) -> CodeType:
    """Return the code of a module that is never imported, from its cached `.pyc` file."""
    spec = importlib.util.find_spec(f"guild.ops.python.{name}")
    assert spec is not None
    loader: Any = spec.loader  # an InspectLoader, which takes 7 ms to import
    code: CodeType = loader.get_code(spec.name)
    return code
