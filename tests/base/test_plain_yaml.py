"""Plain YAML is read and written without a parser as the parser would."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guild.base import parsed_yaml, plain_yaml, yaml

CHARACTERS = st.sampled_from("aeyn019_.-+:#'\"&*!|>%@,[]{}=~/() \n")
PIECES = st.sampled_from(
    ["yes", "no", "on", "off", "true", "null", "- ", ": ", ":\n", "\n  ", "\n- ", "0b1", "0x1f",
     "1e3", "1.5", "---", "a: ", "b: 1\n", "''", " #", "12:30", "a:b"]
)  # fmt: skip
TEXTS = st.lists(CHARACTERS | PIECES, max_size=14).map("".join)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text("ab: -#'y=/.,")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.text("ab-_.:y "), inner),
    max_leaves=12,
)


def read(load: Any, text: str) -> str:
    try:
        return repr(load(text))
    except (yaml.YAMLError, parsed_yaml.Error, ValueError, RecursionError):
        return "invalid"


@given(TEXTS)
@example("2d4857cf016d5010c7e7e21f1588ea65\n")
@example("12345678901234567890123456789012\n")
@example("1234567890123456789012345678901e\n")
@example("n: 1\ny: yes\nno: 1\n")
@example("a: on1\nb: 1.0e+5\nc: 007\n")
@example("a: 1\na: 2\n")
@example("a:\n- 1\n- b: 2\n  c:\n    d: []\n")
@example("a: 'it''s'\nb: x:y, z\n")
@example("- - 1\n  - 2\n- a: 1\n")
@example("a: no way\n")
@example("off\n")
def test_what_is_read_is_what_the_parser_reads(text: str) -> None:
    try:
        value = plain_yaml.load(text)
    except plain_yaml.NotPlain:
        return
    assert repr(value) == read(parsed_yaml.load, text)


@given(VALUES)
def test_the_parser_reads_what_is_written(value: object) -> None:
    try:
        text = plain_yaml.dump(value)
    except plain_yaml.NotPlain:
        return
    assert repr(parsed_yaml.load(text)) == repr(_sorted(value))
    assert repr(yaml.load(text)) == repr(_sorted(value))


@given(VALUES)
def test_anything_plain_is_written_and_read_back(value: object) -> None:
    assert repr(_sorted(yaml.load(yaml.dump(value)))) == repr(_sorted(value))


@pytest.mark.parametrize(
    "value",
    [
        {"x": 1.0, "y": 2, "z": "a", "empty": {}, "none": None, "l": [1, "b"], "m": {"n": [{}]}},
        "x=1.00 y=2 z=a",
        ["/opt/python", "-um", "guild.op_main"],
        1e-5,
        "a17a8625d62d51b51264a0a4757fefa8",
        {"file:a.txt": {"paths": ["../x/y", "./z"], "uri": "file:a.txt"}, "a/b:c-d.e": "../.."},
    ],
)
def test_guild_s_own_files_are_plain_and_as_the_parser_writes_them(value: object) -> None:
    text = plain_yaml.dump(value)
    assert parsed_yaml.load(text) == value
    assert plain_yaml.load(text) == value
    if not isinstance(value, list):  # the parser quotes less: `-um` may stand as it is
        assert text == parsed_yaml.dump(value)


def test_attributes_quote_what_yaml_1_1_reads_as_booleans() -> None:
    value = {"n": "y", "list": ["Y", {"N": "no"}], "yn": "n y"}
    expected = "list:\n- 'Y'\n- 'N': 'no'\n'n': 'y'\nyn: n y\n"
    assert yaml.dump_attribute(value) == expected
    assert yaml.dump_attribute("n") == "'n'\n"
    assert yaml.dump_attribute({**value, "z": "ü"}) == f"{expected}z: ü\n"  # by the parser
    assert yaml.load(expected) == value
    assert yaml.dump({"n": "y"}) == "n: y\n"


@pytest.mark.parametrize("text", ["[", "a: b: c", "&a [*a", "2026-13-45", "\x00", "[" * 300_000])
def test_what_is_no_yaml_is_told(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.load(text)


def test_a_number_of_more_digits_than_python_reads_is_told() -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.load("1" * 5000)


def test_plain_files_need_no_parser() -> None:
    code = "import sys; from guild.base import yaml; yaml.load(yaml.dump({'a': [1, 'b']})); "
    shown = subprocess.check_output([sys.executable, "-c", code + "print('yaml' in sys.modules)"])
    assert shown == b"False\n"


def _sorted(value: Any) -> Any:
    """As it is read back: keys in order, and a NaN is a NaN."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
