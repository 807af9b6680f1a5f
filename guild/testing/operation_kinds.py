"""The contract suite for implementations of `guild.extend.operation_kind.OperationKind`.

A test class inherits `OperationKindContract`, names the implementation, and provides an example:

    class TestJuliaKind(OperationKindContract):
        kind = JuliaKind
        spec = "train.jl"
        source = "lr = 0.1\nprintln(lr)\n"
        defaults = {"lr": 0.1}
        definition = "main: train.jl"
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.operation_kind import (
    FLAG_ARGS,
    OPERATION_KINDS,
    Definition,
    FileOperation,
    OperationKind,
)
from guild.guildfile.load import load_guildfile
from guild.guildfile.opdef import OpDef


class OperationKindContract:
    """Tests that every operation kind passes.

    Attributes:
        kind: the class of the kind.
        spec: a file that the kind runs, as a user names it; None if it runs no files.
        source: the content of that file.
        mode: the permissions of that file.
        defaults: the defaults of the flags in that file, which `guild run SPEC` finds.
        definition: an operation of that kind in a guild.yml, as YAML.
    """

    kind: ClassVar[type[OperationKind]]
    spec: ClassVar[str | None]
    source: ClassVar[str] = ""
    mode: ClassVar[int] = 0o644
    defaults: ClassVar[Mapping[str, Any]] = {}
    definition: ClassVar[str]

    @pytest.fixture
    def ctx(self, tmp_path: Path) -> Context:
        """Return a context whose current directory holds the example."""
        for name in ("project", "home"):
            (tmp_path / name).mkdir()
        if self.spec is not None:
            path = tmp_path / "project" / self.spec
            path.write_text(self.source, encoding="utf-8")
            path.chmod(self.mode)
        return Context(tmp_path / "home", tmp_path / "project", {})

    def opdef(self, ctx: Context) -> OpDef:
        """Return the operation `definition` of a guild.yml in the current directory."""
        path = ctx.cwd / "guild.yml"
        path.write_text(f"op:\n  {self.definition}\n", encoding="utf-8")
        opdef = load_guildfile(path).get_operation("op")
        assert opdef is not None
        return opdef

    def found(self, ctx: Context) -> FileOperation:
        """Return the operation for the example file."""
        assert self.spec is not None
        file = self.kind().find(self.spec, ctx.cwd)
        assert file is not None, f"{self.kind.__name__} does not find {self.spec}"
        return file

    def define(self, opdef: OpDef, ctx: Context) -> Definition:
        """Return the definition of an operation in the current directory."""
        return self.kind().define(opdef, ctx.cwd, ctx)

    def test_is_registered_by_name(self) -> None:
        assert isinstance(OPERATION_KINDS.get(self.kind.name), self.kind)

    def test_claims_its_operations(self, ctx: Context) -> None:
        assert self.kind().claims(self.opdef(ctx), ctx.cwd)

    def test_claims_no_operations_of_built_in_kinds(self, ctx: Context) -> None:
        others = {
            "python": OpDef(name="op", main="other"),
            "notebook": OpDef(name="op", notebook="other.ipynb"),
            "exec": OpDef(name="op", exec="other"),
            "steps": OpDef(name="op", steps=()),
        }
        claimed = {name for name, opdef in others.items() if self.kind().claims(opdef, ctx.cwd)}
        assert claimed <= {self.kind.name}

    def test_finds_its_files(self, ctx: Context) -> None:
        if self.spec is None:
            assert self.kind().find("other", ctx.cwd) is None
            return
        file = self.found(ctx)
        assert os.path.basename(self.spec) == file.opdef.name
        assert (ctx.cwd / self.spec).is_relative_to(file.root)
        assert self.kind().claims(file.opdef, file.root)

    @pytest.mark.parametrize(
        "spec", ["missing", "missing.py", "", ".", "a/b", "\u00e4 b", "x" * 300]
    )
    def test_ignores_missing_files(self, ctx: Context, spec: str) -> None:
        assert self.kind().find(spec, ctx.cwd) is None

    def test_finds_flags_with_their_defaults(self, ctx: Context) -> None:
        if self.spec is None:
            return
        flags = self.define(self.found(ctx).opdef, ctx).flags
        assert {name: flag.default for name, flag in flags.items()} == dict(self.defaults)

    def test_command_has_one_place_for_flags(self, ctx: Context) -> None:
        command = self.define(self.opdef(ctx), ctx).command
        assert command.words
        assert command.words.count(FLAG_ARGS) <= 1

    def test_command_keeps_variables(self, ctx: Context) -> None:
        opdef = self.opdef(ctx)._replace(env={"A": "1"})
        assert self.define(opdef, ctx).command.env["A"] == "1"

    def test_same_files_give_the_same_definition(self, ctx: Context) -> None:
        opdef = self.opdef(ctx)
        assert self.define(opdef, ctx) == self.define(opdef, ctx)

    def test_main_file_is_in_the_source_root(self, ctx: Context) -> None:
        command = self.define(self.opdef(ctx), ctx).command
        path = self.kind().main_file(command, ctx.cwd)
        assert path is None or (path.is_file() and path.is_relative_to(ctx.cwd))

    def test_unreadable_source_is_an_error(self, ctx: Context) -> None:
        if not self.defaults or self.spec is None:
            return
        opdef = self.found(ctx).opdef
        (ctx.cwd / self.spec).write_bytes(b"\xff\x00\xfe(")
        with pytest.raises(GuildError) as error:
            self.define(opdef, ctx)
        assert "\n" not in error.value.message
