r"""Patterns of an operation's `output-scalars`, which find scalars in its output.

A pattern is a regular expression that is searched for in each line. In it, `\key`, `\value` and
`\step` stand for a name without spaces, a number and an integer. The captured group is the value.
Its name is one of

- the key of a mapping: `loss: 'loss is (\value)'`;
- a first of two groups: `'(\key)=(\value)'`;
- the groups' own names: `'(?P<loss>\value) after (?P<step>\step) steps'`;
- the groups `_key` and `_val`: `'(?P<_val>\value) is the (?P<_key>\key)'`.

A pattern without groups captures its shorthands. A scalar named `step` sets the step of the
scalars in the same line and in later lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple

# NaN and infinity match only whole words: "nan" does not match in "banana".
_FLOAT = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\.?[0-9])"
NUMBER = rf"(?:{_FLOAT}|(?<!\w)[+-]?(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)(?!\w))"
_SHORTHANDS = {r"\key": r"[^ \t]+", r"\value": NUMBER, r"\step": r"[0-9]+"}
_TEXT = r"\S(?:.*\S)?"
_SHORTHAND = r"\\key|\\value|\\step"

STEP = "step"


class Kind(NamedTuple):
    """The use of patterns: for scalars or for attributes.

    Attributes:
        name: the attribute of the operation that lists them.
        shorthands: the regular expressions for `\\key`, `\\value` and `\\step`.
    """

    name: str
    shorthands: Mapping[str, str]


SCALARS = Kind("output-scalars", _SHORTHANDS)
ATTRS = Kind("output-attrs", {**_SHORTHANDS, r"\value": _TEXT})


class Pattern(NamedTuple):
    """One pattern of `output-scalars` or `output-attrs`.

    Attributes:
        text: the pattern as written.
        expression: the regular expression.
        key: the name of the value of a single unnamed group, from a mapping.
    """

    text: str
    expression: str
    key: str | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """Return the compiled expression. Most runs do not need those of the default patterns."""
        return re.compile(self.expression)  # which keeps the result

    def matches(self, line: str) -> Iterator[tuple[str, str]]:
        """Yield name and string of each value that the pattern matches in `line`."""
        regex = self.regex
        for match in regex.finditer(line):
            if regex.groupindex:
                yield from _named(match)
            elif regex.groups == 2:
                yield match[1] or "", match[2] or ""
            else:
                yield self.key or "", match[1] or ""


def _named(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    groups = match.groupdict()
    key, value = groups.pop("_key", None), groups.pop("_val", None)
    if key and value:
        yield key, value
    for name, text in groups.items():
        if text is not None:
            yield name, text


# `loss: 0.1`, `loss: 0.1 (anything)`, and `(step 7)` or `(7)` at the end of such a line.
DEFAULT_PATTERNS = (
    Pattern(
        r"\key: +\value\s+\((?:step\s+)?(?P<step>\step)\)$",
        rf"(?<![^ \t])[^ \t]+: +{NUMBER}[ \t]+\((?:step[ \t]+)?(?P<step>[0-9]+)\)$",
    ),
    Pattern(
        r"^(\key):\s+(\value)(?:\s+\(.*\))?$",
        rf"^([^ \t]+):[ \t]+({NUMBER})(?:[ \t]+\(.*\))?$",
    ),
)


def compile_patterns(spec: Any, kind: Kind = SCALARS) -> tuple[Pattern, ...]:
    """Compile the patterns of `output-scalars`, or of `output-attrs` for another `kind`.

    None stands for the default: `DEFAULT_PATTERNS` for scalars, otherwise no patterns. False
    disables patterns. Raises GuildError if a pattern is invalid.
    """
    if spec is None:
        return DEFAULT_PATTERNS if kind is SCALARS else ()
    if spec is False:
        return ()
    return tuple(_patterns(spec, kind))


def _patterns(spec: Any, kind: Kind) -> Iterator[Pattern]:
    if isinstance(spec, str):
        yield _compile(spec, None, kind)
    elif isinstance(spec, Mapping):
        for key, text in spec.items():
            for item in text if isinstance(text, list) else [text]:
                if not isinstance(item, str):
                    raise GuildError(
                        f"{kind.name}: expected a pattern for {str(key)!r} but got {item!r}"
                    )
                yield _compile(item, str(key), kind)
    elif isinstance(spec, list):
        for item in spec:
            if not isinstance(item, str | Mapping):
                raise GuildError(
                    f"{kind.name}: expected a pattern or a mapping of patterns but got {item!r}"
                )
            yield from _patterns(item, kind)
    else:
        raise GuildError(f"{kind.name}: expected a mapping, list, string or no but got {spec!r}")


def _compile(text: str, key: str | None, kind: Kind) -> Pattern:
    try:
        regex = re.compile(_expand(text, "{}", kind))
        if not regex.groups:
            regex = re.compile(_expand(text, "({})", kind))
    except re.error as error:
        raise GuildError(f"{kind.name}: invalid pattern {text!r}: {error}") from None
    if regex.groupindex:
        if ("_key" in regex.groupindex) != ("_val" in regex.groupindex):
            raise GuildError(
                f"{kind.name}: invalid pattern {text!r}: groups _key and _val require each other"
            )
    elif regex.groups not in (1, 2):
        raise GuildError(
            f"{kind.name}: invalid pattern {text!r}: expected a group for the value, or "
            f"two for key and value, but got {regex.groups}; use (?:...) for other groups"
        )
    elif regex.groups == 1 and key is None:
        raise GuildError(
            f"{kind.name}: invalid pattern {text!r}: the value has no name; "
            r"write NAME: PATTERN, or capture a name with (\key)"
        )
    return Pattern(text, regex.pattern, key)


def _expand(text: str, form: str, kind: Kind) -> str:
    return re.sub(_SHORTHAND, lambda match: form.format(kind.shorthands[match[0]]), text)
