"""Flag values from texts, and back."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.flags import values
from guild.flags.flagdef import FlagChoice, FlagDef

UNTYPED = FlagDef("n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("1e6", 1e6),
        ("1e-5", 1e-5),
        ("yes", True),
        ("no", False),
        ("null", None),
        ("a", "a"),
        ("", ""),
        ("''", ""),
        ("'1'", "1"),
        # what YAML 1.1 would make a number, a date or a boolean of
        ("y", "y"),
        ("n", "n"),
        ("013", "013"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("1e000000", "1e000000"),
        ("12e45678", "12e45678"),
        ("# x", "# x"),
        ("{a: 1}", {"a": 1}),
        ("a\nb", "a\nb"),
        (" 1", " 1"),
        # lists
        ("[1,2]", [1, 2]),
        ("[[1,2]]", [[1, 2]]),
        ("[a, 013, '1']", ["a", "013", "1"]),
        ("[]", []),
        ("[1, 2", "[1, 2"),
    ],
)
def test_untyped(text: str, value: Any) -> None:
    decoded = values.decode(text, UNTYPED)
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("int", "013", 13),
        ("int", "1e3", 1000),
        ("float", "1", 1.0),
        ("float", "-inf", -math.inf),
        ("number", "1", 1),
        ("number", "1.5", 1.5),
        ("boolean", "y", True),
        ("boolean", "0", False),
        ("string", "1e6", "1e6"),
        ("string", "yes", "yes"),
        ("string", "null", "null"),
        ("string", "[1,2]", ["1", "2"]),
        ("int", "null", None),
        ("int", "[1,2]", [1, 2]),
    ],
)
def test_typed(type_: str, text: str, value: Any) -> None:
    decoded = values.decode(text, FlagDef("n", type=type_))
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        ("int", "1.5", "invalid value '1.5' for n: invalid value for type 'int'"),
        ("float", "a", "invalid value a for n: invalid value for type 'float'"),
        ("number", "", "invalid value '' for n: invalid value for type 'number'"),
        ("boolean", "maybe", "invalid value maybe for n: invalid value for type 'boolean'"),
        (
            "existing-path",
            "/no/such",
            "invalid value /no/such for n: /no/such does not exist",
        ),
    ],
)
def test_wrong_type(type_: str, text: str, message: str) -> None:
    with pytest.raises(GuildError) as error:
        values.decode(text, FlagDef("n", type=type_))
    assert error.value.message == message


@pytest.mark.parametrize("type_", ["int", "float", "number"])
def test_a_truth_value_is_no_number(type_: str) -> None:
    with pytest.raises(GuildError, match="invalid value yes for n: invalid value"):
        values.coerce(True, FlagDef("n", type=type_))


def test_split_and_aliases() -> None:
    assert values.decode("1 'a b' 2", FlagDef("n", arg_split=True)) == "1 'a b' 2"
    assert values.decode("small", FlagDef("n", choices=(FlagChoice(10, alias="small"),))) == 10


def test_range_and_choices() -> None:
    flag = FlagDef("n", min=0, max=1)
    values.check_value(0.5, flag)
    values.check_value(None, flag)
    with pytest.raises(GuildError, match=r"for n: out of range \(greater than max 1\)"):
        values.check_value(2, flag)
    with pytest.raises(GuildError, match=r"for n: out of range \(less than min 0\)"):
        values.check_value(math.nan, flag)
    choice = FlagDef("n", choices=(FlagChoice("sgd"), FlagChoice("adam")))
    with pytest.raises(GuildError) as error:
        values.check_value("sdg", choice)
    assert error.value.message == (
        "invalid value 'sdg' for flag 'n': supported values are sgd, adam; did you mean 'sgd'?"
    )
    values.check_value("sdg", choice._replace(allow_other=True))


VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)


@given(VALUE)
def test_what_is_encoded_is_decoded(value: Any) -> None:
    decoded = values.decode(values.encode(value), UNTYPED)
    if isinstance(value, list | str) and value.startswith("["):
        return  # a text that looks like a list is one
    assert decoded == value
    assert type(decoded) is type(value)


@given(st.text(), st.sampled_from(["int", "float", "number", "boolean", "string", "path", None]))
def test_any_text_is_a_value_or_one_clear_line(text: str, type_: str | None) -> None:
    try:
        values.decode(text, FlagDef("n", type=type_))
    except GuildError as error:
        assert "\n" not in error.message  # noqa: PT017


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456789, "0.12345"),
        (1.0, "1.0"),
        (1e-10, "1.0e-10"),
        (True, "yes"),
        ("a b", "'a b'"),
        ("yes", "'yes'"),
        ("", "''"),
        ("a", "a"),
    ],
)
def test_short(value: Any, text: str) -> None:
    assert values.shorten_value(value) == text
