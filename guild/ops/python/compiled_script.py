"""A user's script, compiled by the process that starts it.

CPython runs a `.pyc` file that it is given as script with no frame beneath the
script's own, so the script can be handed over with flags' values put in and a
prelude that makes everything look as `python SCRIPT` would.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any, NamedTuple

from guild.ops.python import flag_rewrite
from guild.ops.python.flags_dest import FlagValues
from guild.plugins.python_main import Place

# They stand in the syntax tree for what it cannot hold: code objects.
_PRELUDE = "\0guild:prelude"
_DEBUG = "\0guild:debug"
_SETTINGS = "\0guild:settings"


class CompileError(Exception):
    """The script is not one that this Python compiles; the interpreter will say why."""


def compile_script(
    source: bytes,
    place: Place,
    flags: FlagValues | None = None,
    optimize: int = 0,
    debug: Mapping[str, Any] | None = None,
) -> bytes:
    """The content of a `.pyc` file that runs `source` as `place` says.

    `optimize` is the level of the child interpreter (PYTHONOPTIMIZE), which
    must be of this process's version. `debug` is what `debug_prelude` is given,
    None for no debugger. Raises `CompileError`, and GuildError for flag values
    that cannot be put in.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            module = ast.parse(source, place.file)
            changes = _put_flags(module, flags)
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
    real = {
        _PRELUDE: _code_of("script_prelude"),
        _SETTINGS: marshal.dumps(settings),
        flag_rewrite.SET_ITEMS: _code_of("set_items_prelude"),
    }
    if debug is not None:
        real[_DEBUG] = _code_of("debug_prelude")
    consts = tuple(real.get(c, c) if isinstance(c, str) else c for c in code.co_consts)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code.replace(co_consts=consts))


class _Changes(NamedTuple):
    """What flags change: `changed` if the code differs, and what is to be set before it runs."""

    changed: bool
    start: Mapping[str, Any]
    start_namespaces: Mapping[str, Any]


def _put_flags(module: ast.Module, flags: FlagValues | None) -> _Changes:
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
    """Values of globals, and by global those of its items (`a.b`)."""
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
    """`{"a.b": 1}` as `{"a": {"b": 1}}`."""
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
    """Make the prelude the first statement; a docstring and `__future__` imports stay before it.

    It is on line 0, so that a debugger still sees the script's first line begin.
    """
    text = f"exec({_PRELUDE!r}, {{'main': globals(), 'settings': {_SETTINGS!r}}})\n"
    if debug:
        text += f"exec({_DEBUG!r}, {{'settings': {_SETTINGS!r}}})\n"
    statements = ast.parse(text).body
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, (ast.stmt, ast.expr, ast.keyword)):
                node.lineno = node.end_lineno = 0
                node.col_offset = node.end_col_offset = 0
    at = _first_statement(module.body)
    module.body[at:at] = statements


def _first_statement(body: list[ast.stmt]) -> int:
    at = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        at = int(isinstance(body[0].value.value, str))
    while at < len(body):
        node = body[at]
        if not (
            isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level
        ):
            break
        at += 1
    return at


def _code_of(name: str) -> CodeType:
    """The code of one of our files that are never imported, from its own cached `.pyc`."""
    spec = importlib.util.find_spec(f"guild.ops.python.{name}")
    assert spec is not None
    loader: Any = spec.loader  # an InspectLoader, a class that takes 7 ms to import
    code: CodeType = loader.get_code(spec.name)
    return code
