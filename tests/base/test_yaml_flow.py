"""Values in one line, as labels and previews show them."""

from __future__ import annotations

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from guild.base import yaml


@pytest.mark.parametrize(
    "text",
    ["4e4b41191194f7f957b8a97e1d6a2b4c", "16 8", "../data", "./x", "3x3-conv", "1.5px", "data/x"],
)
def test_a_clear_text_is_not_quoted(text: str) -> None:
    assert yaml.dump_flow(text) == text


@pytest.mark.parametrize(
    "text", ["1e5", "013", "2020-01-01", ".inf", ".NaN", "0x1f", "1:30", "1_0", "1e000000", "", "."]
)
def test_what_could_be_a_number_or_date_is(text: str) -> None:
    assert yaml.dump_flow(text) == f"'{text}'"


@given(st.text("0123456789.abcdefginotxyzTZ_/ +-:=") | st.from_regex(r"[0-9a-f]{32}\Z"))
def test_the_parser_reads_what_is_written(text: str) -> None:
    assert pyyaml.safe_load(yaml.dump_flow(text)) == text
