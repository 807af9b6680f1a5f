"""`--test-output-scalars` says what matches, and why a line does not."""

from __future__ import annotations

import pytest

from guild.scalars.output_report import output_scalars_report


def report(text, spec=None):
    lines = text.encode().splitlines(keepends=True)
    return "\n".join(output_scalars_report(lines, spec))


def test_default_patterns():
    step = r"'\\key: +\\value\\s+\\((?:step\\s+)?(?P<step>\\step)\\)$'"
    value = r"'^(\\key):\\s+(\\value)(?:\\s+\\(.*\\))?$'"
    expected = f"""\
loss: 1.5
  {step}: <no matches>
  {value}: [('loss', '1.5')] (loss=1.5)
a: 2 (step 7)
  {step}: [('7',)] (step=7.0)
  {value}: [('a', '2')] (a=2.0)
{{"x": 1, "step": 2}}
  {step}: <no matches>
  {value}: <no matches>
  JSON: (x=1.0, step=2.0)
hello there
  {step}: <no matches>
  {value}: <no matches>"""
    assert report('loss: 1.5\na: 2 (step 7)\n{"x": 1, "step": 2}\nhello there\n') == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (" loss: 1", "the line must start with the name"),
        ("loss:1", "a space must follow the colon"),
        ("val loss: 1", "names cannot contain spaces"),
        ("loss = 1", "a colon, not =, must follow the name"),
        ("loss: 1%", "the number must end the line"),
    ],
)
def test_a_line_that_is_nearly_a_scalar(line, why):
    assert report(line).splitlines()[-1] == f"  no scalar: {why}"


def test_patterns_of_the_operation():
    assert report("loss is 2\nx\n", {"loss": r"loss is (\value)", "all": "(.*)"}) == (
        "loss is 2\n"
        "  'loss is (\\\\value)': [('2',)] (loss=2.0)\n"
        "  '(.*)': [('loss is 2',), ('',)] (all: 'loss is 2' is not a number)\n"
        "x\n"
        "  'loss is (\\\\value)': <no matches>\n"
        "  '(.*)': [('x',), ('',)] (all: 'x' is not a number)"
    )


def test_output_scalars_that_are_off():
    assert report("loss: 1\n", False) == "Output scalars disabled, nothing to test"


def test_a_long_line():
    assert report("x" * 20_000).endswith("\n  <not searched: longer than 16384 bytes>")
