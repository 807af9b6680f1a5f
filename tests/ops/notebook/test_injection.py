"""Values of flags injected into the cells of a notebook."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.notebooks import IPYTHON_CELLS

from guild.base.errors import GuildError
from guild.ops.notebook.injection import inject_values
from guild.plugins.flags.notebook.cells import CodeCell


def cells(*sources: str, tagged: int | None = None) -> list[CodeCell]:
    return [
        CodeCell(number, source, ("parameters",) if number == tagged else ())
        for number, source in enumerate(sources, 1)
    ]


def test_unchanged_statements_keep_their_source():
    source = "# Settings\na = 1;  b  =  2  # two\n\nif a:\n    c = 'é'   # text\nd = (1,\n     2)\n"
    assert inject_values(cells(source), {"b": 3}) == {1: source.replace("b  =  2", "b = 3")}
    assert inject_values(cells(source), {"d": [3]})[1].endswith("\nd = (3,)\n")
    assert inject_values(cells(source), {"a": 1}) == {}


def test_values_are_set_in_all_cells_that_assign_them():
    changed = inject_values(cells("a = 1", "print(a)", "a = 2\na = a + 1"), {"a": 9})
    assert changed == {1: "a = 9", 3: "a = 9\na = a + 1"}


def test_names_that_share_a_value_are_separated():
    assert inject_values(cells("a = b = []\nc = 1"), {"b": [1]}) == {
        1: "a = b = []\nb = [1]\nc = 1"
    }


def test_unassigned_values_follow_the_parameters_or_come_first():
    assert inject_values(cells("x = 1", "a = 1", tagged=2), {"b": "t"}) == {2: "a = 1\nb = 't'\n"}
    assert inject_values(cells("x = 1", "a = 1"), {"b": None}) == {1: "b = None\nx = 1"}


def test_only_the_parameters_cell_is_changed():
    assert inject_values(cells("a = 1", "a = 2", tagged=1), {"a": 3}) == {1: "a = 3"}


def test_notebook_without_code():
    assert inject_values([], {}) == {}
    with pytest.raises(GuildError, match="cannot set flags: the notebook has no code"):
        inject_values([], {"a": 1})


@pytest.mark.parametrize("source", IPYTHON_CELLS)
def test_ipython_syntax_is_kept(source):
    assert inject_values([CodeCell(1, source, ())], {"a": 2}) == {
        1: source.replace("a = 1", "a = 2")
    }


_NAMES = st.sampled_from(["a", "b", "äö", "long_name"])
_VALUES = st.one_of(st.integers(), st.text(), st.booleans(), st.none(), st.lists(st.integers()))


@given(st.dictionaries(_NAMES, _VALUES, min_size=1), st.dictionaries(_NAMES, _VALUES))
def test_injected_cells_assign_any_values(before, values):
    source = "".join(f"{name} = {value!r}; 'é'  # {name}\n" for name, value in before.items())
    changed = inject_values([CodeCell(1, source, ())], values)
    names: dict[str, object] = {}
    exec(changed.get(1, source), names)
    expected = {**before, **values}
    assert {name: names[name] for name in expected} == expected
