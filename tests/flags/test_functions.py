"""Flag functions: the values of Guild AI 0.9, and one clear line for what cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.flags.functions import (
    LogUniform,
    Uniform,
    distribution_from_slice,
    make_distribution,
    parse_flag_function,
    require_number_flag,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("range[3]", [0, 1, 2]),
        ("range[1:5]", [1, 2, 3, 4, 5]),
        ("range[1:5:2]", [1, 3, 5]),
        ("range[5:1:-1]", [5, 4, 3, 2, 1]),
        ("range[0:10:3]", [0, 3, 6, 9]),
        ("range[1:1]", [1]),
        ("range[0:1:0.25]", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("range[0:0.5:0.1]", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        ("range[1:2:0.3]", [1.0, 1.3, 1.6, 1.9]),
        ("range[1e3:3e3:1e3]", [1000.0, 2000.0, 3000.0]),
        ("linspace[0:1]", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("linspace[0:1:4]", [0.0, 0.33333333, 0.66666667, 1.0]),
        ("linspace[0:10:3]", [0.0, 5.0, 10.0]),
        ("linspace[1:0:3]", [1.0, 0.5, 0.0]),
        ("linspace[0:1:1]", [0.0]),
        ("logspace[0:3]", [1.0, 5.62341325, 31.6227766, 177.827941, 1000.0]),
        ("logspace[-4:-1:4]", [0.0001, 0.001, 0.01, 0.1]),
        ("logspace[0:3:4:2]", [1.0, 2.0, 4.0, 8.0]),
        ("logspace[-10:-9:3]", [1e-10, 3.1622777e-10, 1e-09]),
    ],
)
def test_sequence(text: str, values: list[float]):
    parsed = parse_flag_function(text, "x")
    assert parsed == values
    assert [type(value) for value in parsed] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1:2]", Uniform(1, 2)),
        ("[1:3:2]", Uniform(1, 3, 2)),
        ("[0.1:0.2]", Uniform(0.1, 0.2)),
        ("[-1.0 : 1.0]", Uniform(-1.0, 1.0)),
        ("uniform[0:5]", Uniform(0, 5)),
        ("loguniform[1e-5:1e-1]", LogUniform(1e-5, 0.1)),
        ("loguniform[1:30:3]", LogUniform(1, 30, 3)),
        ("[2:2]", Uniform(2, 2)),
    ],
)
def test_distribution(text: str, expected: Uniform | LogUniform):
    parsed = parse_flag_function(text, "x")
    assert parsed == expected
    assert type(parsed) is type(expected)


@pytest.mark.parametrize(
    "text", ["1", "abc", "[1,2]", "[1]", "[]", "[host:80]", "[a: b]", "'a[1:2]'", "x[0][1:2]", ""]
)
def test_no_function(text: str):
    assert parse_flag_function(text, "x") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a[1:2]",
            "unknown function 'a' used for flag x; use one of linspace, logspace, "
            "loguniform, range, uniform, or quote the value if it is a string",
        ),
        (
            "[3:1]",
            "invalid function args in 'x=[3:1]': the lower bound 3 has to be less than "
            "the upper bound 1",
        ),
        ("[1:]", "invalid function args in 'x=[1:]': '' is not a number"),
        ("uniform[a:b]", "invalid function args in 'x=uniform[a:b]': 'a' is not a number"),
        (
            "uniform[1]",
            "invalid function args in 'x=uniform[1]': a range requires 2 or 3 args, got 1",
        ),
        (
            "[1:2:5]",
            "invalid function args in 'x=[1:2:5]': the first value 5 is not within 1 and 2",
        ),
        (
            "loguniform[0:1]",
            "invalid function args in 'x=loguniform[0:1]': the lower bound 0 must be above zero",
        ),
        (
            "range[5:1]",
            "invalid function args in 'x=range[5:1]': no value from 5 to 1 in steps of 1",
        ),
        ("range[1:2:0]", "invalid function args in 'x=range[1:2:0]': the step must not be zero"),
        (
            "range[0:1:1e-9]",
            "invalid function args in 'x=range[0:1:1e-9]': 1000000000 values are too many "
            "(at most 1000000)",
        ),
        (
            "range[-1e308:1e308:1e-3]",
            "invalid function args in 'x=range[-1e308:1e308:1e-3]': the bounds are too far apart",
        ),
        (
            "linspace[0:1:2.5]",
            "invalid function args in 'x=linspace[0:1:2.5]': "
            "the number of values 2.5 is not a positive integer",
        ),
        ("logspace[0:999]", "invalid function args in 'x=logspace[0:999]': a value is too large"),
        (
            f"[0:1{'0' * 400}]",
            f"invalid function args in 'x=[0:1{'0' * 400}]': int too large to convert to float",
        ),
        ("[1:1e999]", "invalid function args in 'x=[1:1e999]': inf is not a finite number"),
    ],
)
def test_error(text: str, message: str):
    with pytest.raises(GuildError) as error:
        parse_flag_function(text, "x")
    assert error.value.message == message


def test_slice_and_python_functions():
    assert distribution_from_slice(slice(0, 5), "a") == Uniform(0, 5)
    assert distribution_from_slice(slice(0, 5, 2), "a") == Uniform(0, 5, 2)
    assert make_distribution("loguniform", (1, 10), "a") == LogUniform(1, 10)
    with pytest.raises(GuildError, match=r"^invalid function args in 'a=uniform\[None:5\]': None"):
        distribution_from_slice(slice(5), "a")


def test_range_for_a_flag_that_is_no_number():
    with pytest.raises(GuildError) as error:
        require_number_flag(FlagDef("s", default="abc"), "[1:2]")
    assert error.value.message == (
        "invalid value '[1:2]' for flag 's': ranges apply only to numbers, "
        "but the flag is of type string; set a list of values instead"
    )
    for flag in (FlagDef("s", type="path"), FlagDef("s", default=True)):
        with pytest.raises(GuildError):
            require_number_flag(flag, "[1:2]")
    for flag in (FlagDef("n"), FlagDef("n", default=1), FlagDef("n", "1", type="int")):
        require_number_flag(flag, "[1:2]")


@given(st.text(alphabet="[]:.eE+-0123456789 ranguifolspc,x'", max_size=24))
def test_any_text_is_a_value_or_a_guild_error(text: str):
    try:
        parsed = parse_flag_function(text, "x")
    except GuildError:
        return
    if isinstance(parsed, list):
        assert parsed


@given(
    st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(1e-2, 10).filter(lambda step: step >= 1e-2)
)
def test_range_stays_within_its_bounds(start: float, span: float, step: float):
    values = parse_flag_function(f"range[{start!r}:{start + span!r}:{step!r}]", "x")
    assert isinstance(values, list)
    assert values[0] == pytest.approx(start, abs=1e-8)
    assert max(values) <= start + span + 1e-7
