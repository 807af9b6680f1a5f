"""Python scripts and modules."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from guild.context import Context
from guild.extend.operation_files import complete_flags, imported_names, source_root_of
from guild.extend.operation_kind import (
    FLAG_ARGS,
    PYTHON,
    CommandTemplate,
    Definition,
    FileOperation,
    OperationKind,
)
from guild.flags import templates
from guild.flags import values as flag_values
from guild.flags.arguments import own_options, split_command, with_own_default
from guild.guildfile.opdef import OpDef
from guild.plugins.python_main import MODULE, installed_script, script_path

if TYPE_CHECKING:
    from guild.plugins.flags.execution.request import Execution


class PythonKind(OperationKind):
    """Operations with `main`, or none of the names of other kinds; `.py` files and modules."""

    name = "python"

    def claims(self, opdef: OpDef, source_root: Path) -> bool:
        if opdef.exec is not None or opdef.notebook is not None or opdef.steps is not None:
            return False
        main = opdef.main
        # A file of another language is for an installed kind.
        return main is None or " " in main or not _is_foreign_file(source_root / main)

    def find(self, spec: str, cwd: Path) -> FileOperation | None:
        path = Path(os.path.normpath(cwd / os.path.expanduser(spec)))
        if spec.endswith(".py"):
            return _script(path, cwd) if os.path.isfile(path) else None
        if "/" in spec or (os.access(path, os.X_OK) and os.path.isfile(path)):
            return None
        module = script_path(spec, cwd) if "." in spec else path / "__main__.py"
        if module is None or not os.path.isfile(module):
            return None
        return FileOperation(cwd, cwd, OpDef(name=spec, main=spec, flags_import=True))

    def define(self, opdef: OpDef, source_root: Path, ctx: Context) -> Definition:
        module, *args = split_command(opdef.main or opdef.name, "main")
        if module == opdef.name and script_path(module, source_root) is None:
            module = module.replace("-", "_")  # an operation without 'main'
        if opdef.flags_dest == "none" or (opdef.flags_dest or "").startswith("config:"):
            return Definition(opdef.flags, _command(module, args, opdef, opdef.flags_dest))
        return _with_flags_of_script(opdef, module, args, source_root, ctx)

    def main_file(self, command: CommandTemplate, source_root: Path) -> Path | None:
        if command.words[1:3] != ("-um", MODULE):
            return None
        return script_path(command.words[3], source_root)


def _is_foreign_file(path: Path) -> bool:
    return path.suffix not in ("", ".py") and os.path.isfile(path)


def _script(path: Path, cwd: Path) -> FileOperation:
    root = source_root_of(path, cwd)
    module = path.relative_to(root).as_posix().removesuffix(".py")
    opdef = OpDef(name=path.name, main=shlex.quote(module), flags_import=True)
    return FileOperation(path.parent, root, opdef)


def _command(module: str, args: list[str], opdef: OpDef, dest: str | None) -> CommandTemplate:
    words = (PYTHON, "-um", MODULE, module.removesuffix(".py"), *args, "--", FLAG_ARGS)
    return CommandTemplate(words, dict(opdef.env), dest or "args")


def _with_flags_of_script(
    opdef: OpDef, module: str, args: list[str], source_root: Path, ctx: Context
) -> Definition:
    script = script_path(module, source_root) or installed_script(module)
    if opdef.flags_import_exec and opdef.flags_import is None and takes_arguments(opdef):
        opdef = opdef._replace(flags_import=True)
    dest = opdef.flags_dest
    if script is None or (dest is None and opdef.flags_import is False):
        return Definition(opdef.flags, _command(module, args, opdef, dest))
    from guild.plugins.flags.inspection_cache import inspect_cached

    execution = _execution(opdef, module, script, source_root)
    inspected = inspect_cached(
        script, [source_root], ctx.home / "cache" / "flags", dest, args, execution
    )
    own = own_options(args, FLAG_ARGS)
    imported = imported_names(opdef, inspected.flags)
    flags = complete_flags(opdef, inspected.flags)
    for name in imported:
        if name not in opdef.flags:
            flags[name] = with_own_default(flags[name], own)
    warnings = [
        f"{opdef.location}: flags-import: {script.name} has no flag '{name}'"
        for name in (opdef.flags_import if isinstance(opdef.flags_import, tuple) else ())
        if name not in inspected.flags and name not in opdef.flags
    ]
    if imported or execution is not None:
        warnings += inspected.warnings
    return Definition(flags, _command(module, args, opdef, inspected.dest), tuple(warnings))


def _execution(opdef: OpDef, module: str, script: Path, source_root: Path) -> Execution | None:
    """Return how to execute the script to find its flags; None unless the operation asks."""
    if not opdef.flags_import_exec or opdef.flags_import is False or not takes_arguments(opdef):
        return None
    from guild.plugins.flags.execution.request import Execution

    package = None
    if "/" not in module and source_root / f"{module.removesuffix('.py')}.py" != script:
        folder = script.parent.relative_to(source_root)
        package = ".".join(folder.parts)
    python_path = tuple(
        os.path.normpath(source_root / os.path.expanduser(path)) for path in opdef.python_path or ()
    )
    env = {
        name: templates.resolve_references(text, {}, flag_values.encode_argument, missing="")
        for name, text in opdef.env.items()
    }
    return Execution(package, env, python_path)


def takes_arguments(opdef: OpDef) -> bool:
    """Check whether the flags of a Python operation are, or may be, arguments."""
    return (opdef.flags_dest or "args").partition(":")[0] == "args"
