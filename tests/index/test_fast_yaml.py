"""The quick reader gives what the YAML parser gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guild.base import yaml
from guild.index import fast_yaml

_CHARACTERS = st.sampled_from("aeyn019_.-+:#'\"&*!|>%@,[]{}=~ \n")
_PIECES = st.sampled_from(
    ["yes", "no", "on", "off", "true", "null", "- ", ": ", "0b1", "0x1f", "1e3", "1.5", "---"]
)
_TEXTS = st.lists(_CHARACTERS | _PIECES, max_size=12).map("".join)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


def _read(load: Any, text: str) -> str:
    try:
        return repr(load(text))
    except (yaml.YAMLError, ValueError):
        return "invalid"


@given(_TEXTS)
@example("2d4857cf016d5010c7e7e21f1588ea65\n")
@example("12345678901234567890123456789012\n")
@example("1234567890123456789012345678901e\n")
@example("n: 1\ny: yes\nno: 1\n")
@example("a: on1\nb: 1.0e+5\nc: 007\n")
@example("a: 1\na: 2\n")
def test_any_text_is_read_as_the_parser_reads_it(text: str) -> None:
    assert _read(fast_yaml.load, text) == _read(yaml.load, text)


@given(_VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    text = yaml.dump(value)
    assert _read(fast_yaml.load, text) == _read(yaml.load, text)


@pytest.mark.parametrize("text", ["[", "a: b: c", "&a [*a", "2026-13-45"])
def test_what_is_no_yaml_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        fast_yaml.load(text)
