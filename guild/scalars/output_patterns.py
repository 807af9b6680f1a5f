r"""What an operation's `output-scalars` says: the patterns that find scalars in its output.

A pattern is a regular expression, searched for in each line, in which `\key`,
`\value` and `\step` stand for a name without spaces, a number and a whole number.
What is captured is the value, and its name is given by one of

- the key of a mapping: `loss: 'loss is (\value)'`;
- a first of two groups: `'(\key)=(\value)'`;
- the groups' own names: `'(?P<loss>\value) after (?P<step>\step) steps'`;
- the groups `_key` and `_val`: `'(?P<_val>\value) is the (?P<_key>\key)'`.

A pattern without groups captures its shorthands. A scalar named `step` is not a
scalar but the step of those in the same line and of all after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guild.base.errors import GuildError

# NaN and infinity count as words of their own only: "nan" is not found in "banana".
_FLOAT = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\.?[0-9])"
NUMBER = rf"(?:{_FLOAT}|(?<!\w)[+-]?(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)(?!\w))"
_SHORTHANDS = {r"\key": r"[^ \t]+", r"\value": NUMBER, r"\step": r"[0-9]+"}
_TEXT = r"\S(?:.*\S)?"
_SHORTHAND = re.compile(r"\\key|\\value|\\step")

STEP = "step"


class Kind(NamedTuple):
    """What patterns are for.

    Attributes:
        name: the operation's attribute that has them.
        shorthands: the regular expressions that `\\key`, `\\value` and `\\step` stand for.
    """

    name: str
    shorthands: Mapping[str, str]


SCALARS = Kind("output-scalars", _SHORTHANDS)
ATTRS = Kind("output-attrs", {**_SHORTHANDS, r"\value": _TEXT})


class Pattern(NamedTuple):
    """One pattern of `output-scalars` or `output-attrs`.

    Attributes:
        text: the pattern as written.
        regex: what is searched for in a line.
        key: the name of the one unnamed group's value, of a mapping.
    """

    text: str
    regex: re.Pattern[str]
    key: str | None = None

    def matches(self, line: str) -> Iterator[tuple[str, str]]:
        """Name and text of each value that the pattern finds in `line`."""
        names = self.regex.groupindex
        for match in self.regex.finditer(line):
            if names:
                yield from _named(match)
            elif self.regex.groups == 2:
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
        re.compile(rf"(?<![^ \t])[^ \t]+: +{NUMBER}[ \t]+\((?:step[ \t]+)?(?P<step>[0-9]+)\)$"),
    ),
    Pattern(
        r"^(\key):\s+(\value)(?:\s+\(.*\))?$",
        re.compile(rf"^([^ \t]+):[ \t]+({NUMBER})(?:[ \t]+\(.*\))?$"),
    ),
)


def compile_patterns(spec: Any, kind: Kind = SCALARS) -> tuple[Pattern, ...]:
    """The patterns of an operation's `output-scalars`; none where they are switched off.

    Those of `output-attrs`, another `kind`, find texts, and there are none by default.

    Raises GuildError, naming the pattern, where one is none.
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
                        f"{kind.name}: expected a pattern for {str(key)!r}, got {item!r}"
                    )
                yield _compile(item, str(key), kind)
    elif isinstance(spec, list):
        for item in spec:
            if not isinstance(item, str | Mapping):
                raise GuildError(
                    f"{kind.name}: expected a pattern or a mapping of patterns, got {item!r}"
                )
            yield from _patterns(item, kind)
    else:
        raise GuildError(f"{kind.name}: expected a mapping, list, string or no, got {spec!r}")


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
                f"{kind.name}: invalid pattern {text!r}: the groups _key and _val go together"
            )
    elif regex.groups not in (1, 2):
        raise GuildError(
            f"{kind.name}: invalid pattern {text!r}: expected a group for the value, or "
            f"two for key and value, got {regex.groups} - use (?:...) for other groups"
        )
    elif regex.groups == 1 and key is None:
        raise GuildError(
            f"{kind.name}: invalid pattern {text!r}: the value has no name - "
            r"write NAME: PATTERN, or capture a name, too: (\key)"
        )
    return Pattern(text, regex, key)


def _expand(text: str, form: str, kind: Kind) -> str:
    return _SHORTHAND.sub(lambda match: form.format(kind.shorthands[match[0]]), text)
