"""Executable files and commands."""

from __future__ import annotations

import os
from pathlib import Path

from guild.context import Context
from guild.extend.operation_files import source_root_of
from guild.extend.operation_kind import (
    FLAG_ARGS,
    CommandTemplate,
    Definition,
    FileOperation,
    OperationKind,
)
from guild.flags import templates
from guild.flags.arguments import split_command
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef


class ExecutableKind(OperationKind):
    """Operations with `exec`, and executable files."""

    name = "exec"

    def claims(self, opdef: OpDef, source_root: Path) -> bool:
        return opdef.exec is not None

    def find(self, spec: str, cwd: Path) -> FileOperation | None:
        path = Path(os.path.normpath(cwd / os.path.expanduser(spec)))
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            return None
        root = source_root_of(path, cwd)
        words = (f"./{path.relative_to(root).as_posix()}", FLAG_ARGS)
        opdef = OpDef(name=path.name, exec=words, sourcecode=SourceCodeDef())
        return FileOperation(path.parent, root, opdef)

    def define(self, opdef: OpDef, source_root: Path, ctx: Context) -> Definition:
        assert opdef.exec is not None
        words = split_command(opdef.exec, "exec") if isinstance(opdef.exec, str) else opdef.exec
        # Recorded as Guild AI 0.9 does, which has no reference `${flag_args}`.
        words = [FLAG_ARGS if templates.is_reference(word, "flag_args") else word for word in words]
        return Definition(opdef.flags, CommandTemplate(tuple(words), dict(opdef.env), "args"))

    def main_file(self, command: CommandTemplate, source_root: Path) -> Path | None:
        program = command.words[0] if command.words else ""
        path = source_root / program
        return path if "/" in program and os.path.isfile(path) else None
