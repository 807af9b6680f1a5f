"""Syntax and semantics of filter expressions."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.index import expressions
from guild.index.numbers import Float32

VALUES: dict[str, Any] = {
    "op": "train",
    "n": 3,
    "lr": 0.1,
    "on": True,
    "name": "abc",
    "batch-size": 100,
    "digits": "3",
    "loss": Float32(0.10000000149011612),
    "nan": Float32("nan"),
    "tags": ["t1", "t 2"],
}


def holds(text: str) -> bool:
    return expressions.parse_expression(text).holds(lambda reference: VALUES.get(reference.name))


TRUE = """
n = 3 | n=3 | n = 3.0 | n >= 3 | n <= 3 | n < 4 | n > -3 | n > -1.5e3 | n is 3 | n is not 4
n != 4 | n <> 4 | not n = 4 | not not n = 3 | n in [1, 3] | n in [abc,3] | n not in [1, 2]
n not in [] | lr = .1 | lr = 1e-1 | lr < n or n = 3 | lr = 0.1 and n = 3 | (n = 3) | ((n = 3))
n = 4 or lr = 0.1 and n = 3 | (n = 4 or lr = 0.1) and n = 3 | n=3 AND(lr=0.1)OR n=4
name = abc | name = 'abc' | name = "abc" | name contains B | name contains 'bC' | name > abb
name in [abc, 'a b'] | name not contains x | n contains 3 | lr contains 1
digits = 3 | digits = '3' | on = true | on = yes | on is on | on != no | on = 1
missing is undefined | n is not undefined | missing = undefined | missing != 1 | not missing < 1
missing not in [1] | missing not contains a | loss = 0.1 | loss < 0.2 | loss in [0.1]
nan != 0 | not nan < 1 | tags contains t1 | batch-size = 100 | flag:n = 3 | attr:name = abc
scalar:loss < 1 | last loss < 1 | min loss step < 1 | loss step < 1 | "n" = 3 | count loss < 1
""".replace("\n", "|")

FALSE = """
n = 4 | n = '3' | lr = "0.1" | name = ABC | name = 3 | name < 3 | n < abc | missing = 1
missing < 1 | missing contains a | missing in [1] | n in [] | n contains 4 | n is undefined
n is not 3 | lr = 0.1 and n = 4 | not (n = 3 or n = 4) | not n = 3 and n = 3 | on = false
on = no | on = maybe | nan = 0 | nan < 0 | tags = t1 | name = undefined
""".replace("\n", "|")


@pytest.mark.parametrize("text", [text.strip() for text in TRUE.split("|") if text.strip()])
def test_expression_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize("text", [text.strip() for text in FALSE.split("|") if text.strip()])
def test_expression_does_not_hold(text: str) -> None:
    assert not holds(text)


def test_references() -> None:
    parsed = expressions.parse_expression(
        "a = 1 or flag:b > 2 and (max train#loss step in [1] or a = 2)"
    )
    assert parsed.references == (
        expressions.Reference("", "a"),
        expressions.Reference("flag", "b"),
        expressions.Reference("scalar", "train#loss", "max", True),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " - unexpected end of expresion"),
        ("lr", " - unexpected end of expresion"),
        ("lr = ", " - unexpected end of expresion"),
        ("lr == 1", " at position 4: unexpected token '='"),
        ("lr = 1 n = 2", " at position 7: unexpected token 'n'"),
        ("(lr = 1", " - unexpected end of expresion"),
        ("lr = 1)", " at position 6: unexpected token ')'"),
        ("n in 3", " at position 5: unexpected token '3'"),
        ("n in [3", " - unexpected end of expresion"),
        ("n in [3,]", " at position 8: unexpected token ']'"),
        ("n not = 3", " at position 6: unexpected token '='"),
        ("a b = 1", " at position 2: unexpected token 'b'"),
        ("min flag:x = 1", " at position 4: 'flag:x' is not a scalar"),
        ("3 = n", " at position 0: unexpected token '3'"),
        ("n = 'x", " at position 4: unexpected character '''"),
        ("(" * 200, " at position 100: more than 100 nested parentheses"),
    ],
)
def test_syntax_error(text: str, message: str) -> None:
    with pytest.raises(GuildError) as error:
        expressions.parse_expression(text)
    assert error.value.message == f"syntax error in filter{message}"


_COMPARISONS = st.sampled_from(["n = 3", "n > 5", "name contains b", "on = no", "n in [1, 3]"])


_TREES = st.recursive(
    _COMPARISONS.map(lambda text: (text, holds(text))),
    lambda inner: st.one_of(
        inner.map(lambda term: (f"not ({term[0]})", not term[1])),
        st.tuples(inner, inner).map(
            lambda terms: (f"({terms[0][0]}) and ({terms[1][0]})", terms[0][1] and terms[1][1])
        ),
        st.tuples(inner, inner).map(
            lambda terms: (f"({terms[0][0]}) or ({terms[1][0]})", terms[0][1] or terms[1][1])
        ),
    ),
)


@given(_TREES)
def test_logic_matches_python(tree: tuple[str, bool]) -> None:
    assert holds(tree[0]) is tree[1]


_SIGNS = st.sampled_from("()[],#'\\-")
_PIECES = st.sampled_from(
    ["n", "3", "'x'", "and", "or", "not", "in", "is", "contains", "undefined", "=", "<", "é"]
)


@given(st.lists(_PIECES | _SIGNS, max_size=10).map(" ".join) | st.text())
def test_any_text_parses_or_raises_guild_error(text: str) -> None:
    with contextlib.suppress(GuildError):
        expressions.parse_expression(text)
