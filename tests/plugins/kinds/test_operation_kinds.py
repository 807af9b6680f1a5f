"""The built-in operation kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.operation_kind import get_kind, kind_of
from guild.guildfile.opdef import OpDef
from guild.plugins.kinds.executable import ExecutableKind
from guild.plugins.kinds.notebook import NotebookKind
from guild.plugins.kinds.python import PythonKind
from guild.plugins.kinds.steps import StepsKind
from guild.testing.operation_kinds import OperationKindContract

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": "lr = 0.1"}],
}


FLAGS: dict[str, Any] = {"lr": 0.1}


class TestPython(OperationKindContract):
    kind = PythonKind
    spec = "train.py"
    source = "lr = 0.1\nprint(lr)\n"
    defaults = FLAGS
    definition = "main: train"


class TestPythonWithSpaces(OperationKindContract):
    kind = PythonKind
    spec = "my train.py"
    source = "lr = 0.1\nprint(lr)\n"
    defaults = FLAGS
    definition = "main: '\"my train\"'"


class TestNotebook(OperationKindContract):
    kind = NotebookKind
    spec = "train.ipynb"
    source = json.dumps(NOTEBOOK)
    defaults = FLAGS
    definition = "notebook: train.ipynb"


class TestExecutable(OperationKindContract):
    kind = ExecutableKind
    spec = "train.sh"
    source = "#!/bin/sh\necho hi\n"
    mode = 0o755
    definition = "exec: ./train.sh ${flag_args}"


class TestSteps(OperationKindContract):
    kind = StepsKind
    spec = None
    definition = "steps: [a, b]"


def test_python_modules_are_found(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__main__.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "train.py").write_text("y = 2\n")
    for spec, flags in (("pkg", ["x"]), ("pkg.train", ["y"])):
        file = PythonKind().find(spec, tmp_path)
        assert file is not None
        ctx = Context(tmp_path / "home", tmp_path, {})
        assert list(PythonKind().define(file.opdef, tmp_path, ctx).flags) == flags


def test_an_executable_file_wins_over_a_module(tmp_path: Path) -> None:
    (tmp_path / "a.b").write_text("#!/bin/sh\n")
    (tmp_path / "a.b").chmod(0o755)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").touch()
    assert PythonKind().find("a.b", tmp_path) is None
    assert ExecutableKind().find("a.b", tmp_path) is not None


def test_files_of_other_languages_are_left_to_installed_kinds(tmp_path: Path) -> None:
    (tmp_path / "train.jl").touch()
    opdef = OpDef(name="op", main="train.jl")
    assert not PythonKind().claims(opdef, tmp_path)
    assert kind_of(opdef, tmp_path).name == "python"  # no such kind is installed here


def test_a_kind_that_is_not_installed_is_an_error() -> None:
    with pytest.raises(GuildError, match="operation kind 'julia' is not installed"):
        get_kind("julia")
