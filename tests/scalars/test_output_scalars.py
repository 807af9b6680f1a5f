"""Which lines of output are scalars, and what they are of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.scalars.output_scalars import OutputScalarParser


def found(line, spec=None):
    return dict(OutputScalarParser(spec).feed(line.encode()))


# What Guild AI 0.9 finds, too.
@pytest.mark.parametrize(
    ("line", "scalars"),
    [
        ("loss: 1.0", {"loss": 1.0}),
        ("loss:  2", {"loss": 2.0}),
        ("loss:\t2", {"loss": 2.0}),
        ("loss: 1 ", {"loss": 1.0}),
        ("loss: 1\r\n", {"loss": 1.0}),
        ("a: 1e5", {"a": 100000.0}),
        ("a: 1.e5", {"a": 100000.0}),
        ("a: .5", {"a": 0.5}),
        ("a: 5.", {"a": 5.0}),
        ("a: -.5", {"a": -0.5}),
        ("1: 2", {"1": 2.0}),
        ("a/b: 1", {"a/b": 1.0}),
        ("a#b: 1", {"a#b": 1.0}),
        ("a:b: 1", {"a:b": 1.0}),
        ("http://foo: 1", {"http://foo": 1.0}),
        ("é: 1", {"é": 1.0}),
        ("[a]: 1", {"[a]": 1.0}),
        ("'a': 1", {"'a'": 1.0}),
        ("Step: 9", {"Step": 9.0}),
        ("loss: 4.5 (x 13)", {"loss": 4.5}),
        (" loss: 1", {}),
        ("loss = 1", {}),
        ("loss : 1", {}),
        ("loss:1", {}),
        ("a b: 1", {}),
        ("epoch 1 loss: 2", {}),
        ("- a: 1", {}),
        (": 1", {}),
        ("a: 1 x", {}),
        ("a: 1%", {}),
        ("a: 1,000", {}),
        ("a: 1_000", {}),
        ("a: 0x10", {}),
        ("a: 1.2.3", {}),
        ("a: 1e", {}),
        ("a: 12:30", {}),
        ("a: --5", {}),
        ("a: True", {}),
        ("prog: 1\rprog: 2", {}),
        ("", {}),
    ],
)
def test_a_name_a_colon_and_a_number(line, scalars):
    assert found(line) == scalars


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("a: +5", 5.0),
        ("a: 1E-5", 1e-5),
        ("a: 1.5E+10", 1.5e10),
        ("a: inf", math.inf),
        ("a: -inf", -math.inf),
        ("a: Infinity", math.inf),
    ],
)
def test_numbers_that_guild_ai_missed(line, value):
    assert found(line) == {"a": value}


@pytest.mark.parametrize("word", ["nan", "NaN", "-nan"])
def test_no_number_is_kept(word):
    assert math.isnan(found(f"a: {word}")["a"])


def test_a_json_object_gives_its_numbers():
    line = '{"loss": 0.1, "acc": 1, "name": "x", "ok": true, "bad": NaN, "more": {"x": 1}}'
    scalars = found(line)
    assert math.isnan(scalars.pop("bad"))
    assert scalars == {"loss": 0.1, "acc": 1.0}


@pytest.mark.parametrize("line", ['{"loss": 0.1,', '["loss", 1]', "{'loss': 1}", "{" * 9000 + "}"])
def test_what_is_no_json_object_gives_nothing(line):
    assert found(line) == {}


def steps(lines, spec=None):
    parser = OutputScalarParser(spec)
    return [
        (tag, value, parser.step) for line in lines for tag, value in parser.feed(line.encode())
    ]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("step: 3", 3),
        ("step: -3", -3),
        ("step: 4.5", 4),
        ("step: 1e3", 1000),
        ("step: 9007199254740993", 9007199254740993),
        ("a: 1 (step 7)", 7),
        ("a: 1 (7)", 7),
        ("foo a: 1 (step 7)", 7),
        ('{"step": 7, "a": 1}', 7),
        ('{"a": 1, "step": 7}', 7),
        ("step: nan", 0),
        ("step: inf", 0),
        ("step: 1e30", 0),
        ("step: x", 0),
    ],
)
def test_a_step_is_that_of_what_follows(line, step):
    parser = OutputScalarParser()
    assert not any(tag == "step" for tag, _ in parser.feed(line.encode()))
    assert parser.step == step


def test_a_step_holds_until_the_next():
    lines = ["x: 1", "step: 5", "x: 2", "x: 3", "x: 4 (step 7)", "x: 5", "step: 2", "x: 6"]
    assert steps(lines) == [
        ("x", 1.0, 0),
        ("x", 2.0, 5),
        ("x", 3.0, 5),
        ("x", 4.0, 7),
        ("x", 5.0, 7),
        ("x", 6.0, 2),
    ]


@pytest.mark.parametrize(
    ("spec", "line", "scalars"),
    [
        ({"loss": r"loss is (\value)"}, "the loss is 1.5!", {"loss": 1.5}),
        ({"loss": r"loss is \value"}, "the loss is 1.5!", {"loss": 1.5}),
        ({"loss": r"loss (?:is|was) (\value)"}, "loss was 2", {"loss": 2.0}),
        ({"loss": r"loss (is|was) (\value)"}, "loss was 2", {"was": 2.0}),
        ({"loss": [r"^a (\value)$", r"^b (\value)$"]}, "b 2", {"loss": 2.0}),
        (r"(\key)=(\value)", "a-b=1E-5, c=nano d=-Inf", {"a-b": 1e-5, "d": -math.inf}),
        (r"\key=\value", "a-b=12 c=12abc", {"a-b": 12.0, "c": 12.0}),
        ([r"(\key)=(\value)", {"c": r"c (\value)"}], "a=1 c 2", {"a": 1.0, "c": 2.0}),
        (r"(?P<foo>\value) foos (?P<bar>[0-9]+)", "3 foos 4", {"foo": 3.0, "bar": 4.0}),
        (r"(?P<_val>\value) is (?P<_key>\key)", "3 is x", {"x": 3.0}),
        ({"x": r"x (\value)"}, "x 1 x 2", {"x": 2.0}),
        ({"x": r"x (.*)"}, "x one", {}),
        ({"version": r"v(\value)"}, "v1.2.3", {}),
        ({"x": r"x (\value)\.$"}, "x 0.5.", {"x": 0.5}),
        ({"loss": r"loss is (\value)"}, "loss: 1", {}),
        (False, "loss: 1", {}),
        ([], "loss: 1", {}),
        ({}, "loss: 1", {}),
    ],
)
def test_an_operation_has_patterns_of_its_own(spec, line, scalars):
    assert found(line, spec) == scalars


def test_patterns_of_an_operation_set_the_step_of_their_line():
    spec = {"step": r"Epoch (\step)", "loss": r"loss=(\value)"}
    assert steps(["Epoch 3: loss=0.1", "loss=0.2"], spec) == [("loss", 0.1, 3), ("loss", 0.2, 3)]
    assert steps(["7 (0.1)"], r"(?P<step>\step) \((?P<loss>\value)\)") == [("loss", 0.1, 7)]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (12, "output-scalars: expected a mapping, list, string or no but got 12"),
        (True, "output-scalars: expected a mapping, list, string or no but got True"),
        ({"x": 12}, "output-scalars: expected a pattern for 'x' but got 12"),
        ([["x"]], "output-scalars: expected a pattern or a mapping of patterns but got ['x']"),
        (
            {"x": "(x"},
            "output-scalars: invalid pattern '(x': "
            "missing ), unterminated subpattern at position 0",
        ),
        (
            {"x": "x"},
            "output-scalars: invalid pattern 'x': expected a group for the value, or two for "
            "key and value, but got 0; use (?:...) for other groups",
        ),
        (
            {"x": "(a)(b)(c)"},
            "output-scalars: invalid pattern '(a)(b)(c)': expected a group for the value, or two "
            "for key and value, but got 3; use (?:...) for other groups",
        ),
        (
            "x (.*)",
            "output-scalars: invalid pattern 'x (.*)': the value has no name; "
            r"write NAME: PATTERN, or capture a name with (\key)",
        ),
        (
            "(?P<_key>x)",
            "output-scalars: invalid pattern '(?P<_key>x)': groups _key and _val require each "
            "other",
        ),
    ],
)
def test_a_bad_pattern_is_named(spec, message):
    with pytest.raises(GuildError) as error:
        OutputScalarParser(spec)
    assert error.value.message == message


def test_a_very_long_line_is_passed_over():
    assert found("x" * 20_000 + ": 1") == {}
    parser = OutputScalarParser()
    assert parser.feed_chunk(b"x" * 20_000 + b": 1\ny: 2\n") == {"y": ([0], [2.0])}


# -- Chunks give what lines give

# fmt: off
WORDS = st.sampled_from([
    "loss: 1", "loss:\t2", "step: 3", "step: 4.5", "step: -7", "step: 99999999999999999999",
    "a: nan", "a: -Inf", "a: 1_000", "a: 1e5 ", "a: 1\r", "é: 0.5", "words without", "two words",
    "loss: 1 (step 9)", "x (y)", '{"a": 1, "step": 2}', "{", "", " ", ":", ": 1", "::", "a:: 1",
    "a: b", "loss: 1 2", " loss: 1", "loss:\n1", "a:\v1", "b: 1\f", "a:\xa01", "step:", "a: \u0661",
])
# fmt: on
LINES = st.lists(WORDS | st.text(st.sampled_from("a:1. -e\t\r_(){}é\v\f"), max_size=8), max_size=12)


def comparable(series):
    return {tag: (steps, [repr(v) for v in values]) for tag, (steps, values) in series.items()}


@pytest.mark.parametrize("spec", [None, r"(\key): (\value)", False])
@given(st.lists(LINES, max_size=3))
def test_chunks_give_what_lines_give(spec, chunks):
    by_chunk, by_line = OutputScalarParser(spec), OutputScalarParser(spec)
    for lines in chunks:
        data = "".join(line + "\n" for line in lines).encode()
        expected = {}
        for line in data.split(b"\n"):
            for tag, value in by_line.feed(line):
                steps, values = expected.setdefault(tag, ([], []))
                steps.append(by_line.step)
                values.append(value)
        assert comparable(by_chunk.feed_chunk(data)) == comparable(expected)
        assert by_chunk.step == by_line.step


def test_a_chunk_of_invalid_text_gives_what_its_lines_give():
    data = b"\xff: 1\n\xfe: 2\nok: 3\n"
    parser = OutputScalarParser()
    assert parser.feed_chunk(data) == {"�": ([0, 0], [1.0, 2.0]), "ok": ([0], [3.0])}


@pytest.mark.parametrize("line", ["a: 1_000", "two 1", ": 1", "a: x", "a:\t1", "a: 1\r"])
def test_a_chunk_of_one_unusual_line_gives_what_the_line_gives(line):
    chunk = OutputScalarParser().feed_chunk(f"{line}\n".encode())
    assert {tag: series.values for tag, series in chunk.items()} == {
        tag: [value] for tag, value in found(line).items()
    }
