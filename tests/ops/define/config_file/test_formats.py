"""Formats of config files: changed values are read back, everything else keeps its form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base import yaml
from guild.base.errors import GuildError
from guild.ops.define.config_file import ini_format, json_format, toml_format, yaml_format
from guild.ops.define.config_file.paths import flatten


@pytest.mark.parametrize(
    ("text", "changes", "changed"),
    [
        # comments, quotes and indentation
        (
            "# the whole\nlr: 0.1  # rate\nmodel:\n    name: 'cnn'\n    layers: [32, 64]\n",
            {"lr": 0.00001, "model.name": "yes"},
            "# the whole\nlr: 1.0e-05 # rate\nmodel:\n    name: 'yes'\n    layers: [32, 64]\n",
        ),
        # a list on one line stays there, a list on several lines keeps what follows it
        ("a: [1, 2]\n\n# next\nb: 1\n", {"a": [3]}, "a: [3]\n\n# next\nb: 1\n"),
        ("a:\n- 1\n- 2\n# next\nb: 1\n", {"a": [3]}, "a:\n- 3\n# next\nb: 1\n"),
        ("a: 1\n", {"a": [3, 4]}, "a: [3, 4]\n"),
        # lines keep their indentation
        ("a:\n    b:\n    - 1\n    c: 1\n", {"a.c": 2}, "a:\n    b:\n    - 1\n    c: 2\n"),
        ("a:\n  b:\n    -   1\n  c: 1\n", {"a.c": 2}, "a:\n  b:\n    -   1\n  c: 2\n"),
        ("a:\n  - b: 1\n    c: 2\nd: 1\n", {"d": 2}, "a:\n  - b: 1\n    c: 2\nd: 2\n"),
        # a file of comments
        ("# nothing yet\n", {"a": 1}, "# nothing yet\na: 1\n"),
    ],
)
def test_yaml_keeps_its_form(text: str, changes: dict[str, Any], changed: str) -> None:
    assert yaml_format.changed(text, changes) == changed


def test_json_keeps_order_and_indentation() -> None:
    text = '{\n   "lr": 0.1,\n   "deep": {\n      "é": null,\n      "on": true\n   }\n}\n'
    changed = json_format.changed(text, {"deep.on": False, "deep.é": 5})
    assert changed == text.replace("true", "false").replace("null", "5")


def test_toml_keeps_comments() -> None:
    text = '# c\nlr = 0.1  # r\n\n[sub]\nday = 2020-01-01\nname = "x"   # n\n'
    changed = toml_format.changed(text, {"lr": 2, "sub.name": "y"})
    assert changed == text.replace("0.1", "2").replace('"x"', '"y"')
    assert toml_format.changed("a = 1\nb = 2\n", {"a": None}) == "b = 2\n"


def test_ini_keeps_comments_and_words_for_booleans() -> None:
    text = "; c\n[A b]\nKey: 1\non = yes\nlong = one\n  two\n\n[z]\nq=\n"
    changed = ini_format.changed(text, {"A b.Key": 2, "A b.on": False, "A b.long": 3})
    assert changed == "; c\n[A b]\nKey: 2\non = no\nlong = 3\n\n[z]\nq=\n"


def test_ini_adds_sections_and_keys() -> None:
    assert ini_format.changed("[a]\nk = 1\n", {"a.n": 2, "b.k": True}) == (
        "[a]\nk = 1\nn = 2\n\n[b]\nk = True\n"
    )
    with pytest.raises(GuildError, match="'x' has no section; names in an INI file are SECTION"):
        ini_format.changed("[a]\n", {"x": 1})


_NAMES = st.text("abcXYZ_0é- ", min_size=1, max_size=5).map(str.strip).filter(bool)
_PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8),
)
_VALUES = st.recursive(
    st.dictionaries(_NAMES, _PLAIN, max_size=3),
    lambda inner: st.dictionaries(_NAMES, st.one_of(_PLAIN, inner), max_size=3),
    max_leaves=6,
)
_LISTS = st.lists(_PLAIN, max_size=3)


def _dump(values: dict[str, Any], format_name: str) -> str:
    import tomlkit

    dump = {"yaml": yaml.dump, "json": json.dumps, "toml": tomlkit.dumps}[format_name]
    return dump(values)


@pytest.mark.parametrize(
    "format_", [yaml_format, json_format, toml_format], ids=["yaml", "json", "toml"]
)
@given(data=st.data())
def test_changed_values_are_read_back(format_: Any, data: st.DataObject) -> None:
    values = data.draw(_VALUES)
    text = _dump(values, format_.__name__.rpartition(".")[2].removesuffix("_format"))
    before = flatten(format_.values(text) or {})
    if not before:
        return
    changes = {
        key: data.draw(st.one_of(_PLAIN, _LISTS))
        for key in data.draw(st.sets(st.sampled_from(sorted(before)), max_size=3))
    }
    after = flatten(format_.values(format_.changed(text, changes)))
    assert after == {**before, **changes}


_INI_STRINGS = st.text("abc XYZ1.", max_size=6).map(str.strip)


@given(
    values=st.dictionaries(
        st.sampled_from(["a", "b c", "a.d"]),
        st.dictionaries(st.sampled_from(["k", "l m", "n"]), _INI_STRINGS, min_size=1),
        min_size=1,
    ),
    data=st.data(),
)
def test_changed_ini_values_are_read_back(
    values: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    text = "".join(
        f"[{section}]\n# c\n" + "".join(f"{key} = {value}\n" for key, value in items.items())
        for section, items in values.items()
    )
    section = data.draw(st.sampled_from(sorted(values)))
    key = data.draw(st.sampled_from(["k", "l m", "n"]))
    new = data.draw(st.one_of(st.integers(), st.booleans(), st.just("text")))
    after = ini_format.values(ini_format.changed(text, {f"{section}.{key}": new}))
    assert after[section][key] == new
    before = ini_format.values(text)
    del after[section][key]
    before[section].pop(key, None)
    assert after == before
