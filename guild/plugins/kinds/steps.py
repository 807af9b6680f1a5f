"""Operations that consist of steps."""

from __future__ import annotations

from pathlib import Path

from guild.context import Context
from guild.extend.operation_kind import CommandTemplate, Definition, FileOperation, OperationKind
from guild.guildfile.opdef import OpDef


class StepsKind(OperationKind):
    """Operations with `steps`, whose flags are passed on to the steps."""

    name = "steps"

    def claims(self, opdef: OpDef, source_root: Path) -> bool:
        return opdef.steps is not None

    def find(self, spec: str, cwd: Path) -> FileOperation | None:
        return None

    def define(self, opdef: OpDef, source_root: Path, ctx: Context) -> Definition:
        words = ("${guild_python_exe}", "-um", "guild.steps_main")
        return Definition(opdef.flags, CommandTemplate(words, dict(opdef.env), "args"))
