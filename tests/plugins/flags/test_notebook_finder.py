"""Flags of notebooks, and how their values get into the cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.notebooks import notebook

from guild.base.errors import GuildError
from guild.extend.program import Program
from guild.ops.notebook.injection import inject_values
from guild.plugins.flags.inspection import inspect_program
from guild.plugins.flags.notebook.cells import CodeCell, parse_cell
from guild.plugins.flags.notebook_finder import NotebookFinder
from guild.testing.flag_finders import FlagFinderContract


def flags(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    return {name: flag.default for name, flag in inspect_program(Program(path)).flags.items()}


def test_only_the_parameters_cell_has_flags(tmp_path):
    found = flags(tmp_path, notebook("a = 1", "b = 2\nc = 'x'", "d = 4", tagged=[1]))
    assert found == {"b": 2, "c": "x"}


def test_all_cells_have_flags_without_a_parameters_cell(tmp_path):
    found = flags(tmp_path, notebook("a = 1\n_b = 2", "import os\na = 3\nc = os.sep", "d = None"))
    assert found == {"a": 3, "d": None}


def test_source_names_cell_and_line(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(notebook("import os", "\na = 1"))
    assert inspect_program(Program(path)).flags["a"].source == "n.ipynb:cell 2:2"


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\na = 1",
        "!pip list\na = 1",
        "files = !ls\na = 1",
        "a = 1\nprint?",
        "?print\na = 1",
        "%%time\na = 1",
        "a = 1\nawait thing()",
        "if True:\n    %time 3\na = 1",
        "a = 1\nx = 7 %3\ny = (2\n%3)",
    ],
)
def test_ipython_syntax_is_supported(tmp_path, source):
    assert flags(tmp_path, notebook(source))["a"] == 1
    edited = inject_values([CodeCell(1, source, ())], {"a": 2})
    assert edited == {1: source.replace("a = 1", "a = 2")}


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


def cells(*sources: str, tagged: int | None = None) -> list[CodeCell]:
    return [
        CodeCell(number, source, ("parameters",) if number == tagged else ())
        for number, source in enumerate(sources, 1)
    ]


def test_only_statements_that_change_are_written_anew():
    source = "# Settings\na = 1;  b  =  2  # two\n\nif a:\n    c = 'é'   # text\nd = (1,\n     2)\n"
    assert inject_values(cells(source), {"b": 3}) == {1: source.replace("b  =  2", "b = 3")}
    assert inject_values(cells(source), {"d": [3]})[1].endswith("\nd = (3,)\n")
    assert inject_values(cells(source), {"a": 1}) == {}


def test_values_are_set_in_all_cells_that_assign_them():
    changed = inject_values(cells("a = 1", "print(a)", "a = 2\na = a + 1"), {"a": 9})
    assert changed == {1: "a = 9", 3: "a = 9\na = a + 1"}


def test_names_that_share_a_value_get_their_own():
    assert inject_values(cells("a = b = []\nc = 1"), {"b": [1]}) == {
        1: "a = b = []\nb = [1]\nc = 1"
    }


def test_what_no_cell_assigns_comes_behind_the_parameters_or_before_everything():
    assert inject_values(cells("x = 1", "a = 1", tagged=2), {"b": "t"}) == {2: "a = 1\nb = 't'\n"}
    assert inject_values(cells("x = 1", "a = 1"), {"b": None}) == {1: "b = None\nx = 1"}


def test_with_parameters_other_cells_are_left_alone():
    assert inject_values(cells("a = 1", "a = 2", tagged=1), {"a": 3}) == {1: "a = 3"}


def test_notebook_without_code():
    assert inject_values([], {}) == {}
    with pytest.raises(GuildError, match="cannot set flags: the notebook has no code"):
        inject_values([], {"a": 1})


_NAMES = st.sampled_from(["a", "b", "äö", "long_name"])
_VALUES = st.one_of(st.integers(), st.text(), st.booleans(), st.none(), st.lists(st.integers()))


@given(st.dictionaries(_NAMES, _VALUES, min_size=1), st.dictionaries(_NAMES, _VALUES))
def test_injected_cells_assign_the_values_whatever_they_are(before, values):
    source = "".join(f"{name} = {value!r}; 'é'  # {name}\n" for name, value in before.items())
    changed = inject_values([CodeCell(1, source, ())], values)
    names: dict[str, object] = {}
    exec(changed.get(1, source), names)
    expected = {**before, **values}
    assert {name: names[name] for name in expected} == expected


@given(st.text())
def test_any_text_is_a_cell(source):
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
