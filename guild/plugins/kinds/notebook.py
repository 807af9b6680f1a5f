"""Jupyter notebooks."""

from __future__ import annotations

import os
from pathlib import Path

from guild.context import Context
from guild.extend.operation_files import complete_flags, source_root_of
from guild.extend.operation_kind import (
    FLAG_ARGS,
    PYTHON,
    CommandTemplate,
    Definition,
    FileOperation,
    OperationKind,
)
from guild.guildfile.opdef import OpDef


class NotebookKind(OperationKind):
    """Operations with `notebook`, and `.ipynb` files."""

    name = "notebook"

    def claims(self, opdef: OpDef, source_root: Path) -> bool:
        return opdef.notebook is not None

    def find(self, spec: str, cwd: Path) -> FileOperation | None:
        path = Path(os.path.normpath(cwd / os.path.expanduser(spec)))
        if not (spec.endswith(".ipynb") and os.path.isfile(path)):
            return None
        root = source_root_of(path, cwd)
        notebook = path.relative_to(root).as_posix()
        opdef = OpDef(name=path.name, notebook=notebook, flags_import=True)
        return FileOperation(path.parent, root, opdef)

    def define(self, opdef: OpDef, source_root: Path, ctx: Context) -> Definition:
        from guild.plugins.flags.inspection_cache import inspect_cached

        assert opdef.notebook is not None
        path = source_root / opdef.notebook
        inspected = inspect_cached(path, [source_root], ctx.home / "cache" / "flags")
        flags = complete_flags(opdef, inspected.flags)
        if any(flag.nb_replace is not None for flag in flags.values()):
            from guild.plugins.flags.notebook_finder import with_pattern_defaults

            flags = with_pattern_defaults(flags, path)
        words = (PYTHON, "-um", "guild.ops.notebook", opdef.notebook, "--", FLAG_ARGS)
        command = CommandTemplate(words, dict(opdef.env), "globals")
        return Definition(flags, command)
