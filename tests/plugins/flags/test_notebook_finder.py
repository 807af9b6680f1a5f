"""Flags of notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.notebooks import IPYTHON_CELLS, notebook

from guild.base.errors import GuildError
from guild.extend.program import Program
from guild.plugins.flags.inspection import inspect_program
from guild.plugins.flags.notebook.cells import parse_cell
from guild.plugins.flags.notebook_finder import NotebookFinder
from guild.testing.flag_finders import FlagFinderContract


def flags(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    return {name: flag.default for name, flag in inspect_program(Program(path)).flags.items()}


def test_only_the_parameters_cell_has_flags(tmp_path):
    values = flags(tmp_path, notebook("a = 1", "b = 2\nc = 'x'", "d = 4", tagged=[1]))
    assert values == {"b": 2, "c": "x"}


def test_all_cells_have_flags_without_a_parameters_cell(tmp_path):
    values = flags(tmp_path, notebook("a = 1\n_b = 2", "import os\na = 3\nc = os.sep", "d = None"))
    assert values == {"a": 3, "d": None}


def test_source_names_cell_and_line(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(notebook("import os", "\na = 1"))
    assert inspect_program(Program(path)).flags["a"].source == "n.ipynb:cell 2:2"


@pytest.mark.parametrize("source", IPYTHON_CELLS)
def test_ipython_syntax_is_supported(tmp_path, source):
    assert flags(tmp_path, notebook(source))["a"] == 1


@pytest.mark.parametrize("source", ["%%bash\na=1", "%%writefile x\na = 1", "a = = 1", "a = 1\x00"])
def test_cells_without_python_have_no_flags(tmp_path, source):
    assert flags(tmp_path, notebook(source, "b = 2")) == {"b": 2}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', "nonsense"])
def test_invalid_notebook_is_an_error(tmp_path, text):
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(GuildError) as caught:
        inspect_program(Program(path))
    assert caught.value.message == (
        f"{path} is not a notebook in format 3 or 4; save it again in Jupyter"
    )


@given(st.text())
def test_any_cell_source_is_accepted(source):
    parse_cell(source)


# -- Contract


class TestNotebookFinder(FlagFinderContract):
    def make(self):
        return NotebookFinder()

    def example(self):
        return "lr: float = 0.1\nopt = 'sgd'\n", {"lr": 0.1, "opt": "sgd"}

    def write(self, directory, source):
        path = directory / "program.ipynb"
        path.write_text(notebook("import os", source))
        return Program(path, [directory])
