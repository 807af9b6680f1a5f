"""Safe YAML by PyYAML, with its C extension if installed."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# The widest line that the C emitter supports, so that strings are never folded.
_MAX_WIDTH = 2**31 - 1

# Levels of nesting. A document needs at least as many characters.
_MAX_DEPTH = 5000

Error = yaml.YAMLError
ScalarNode = yaml.ScalarNode
SequenceNode = yaml.SequenceNode


class _Dumper(_BaseDumper):  # type: ignore[misc]  # the base is chosen at run time
    """A dumper without anchors: people and grep read attribute files."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def load(text: str | bytes) -> Any:
    """Return the value of one YAML document. Never runs code. Raises `Error`."""
    _check_depth(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader


def _check_depth(text: str | bytes) -> None:
    """Raise `Error` if nesting is so deep that the C parser would overflow its stack."""
    if len(text) <= _MAX_DEPTH or _max_nesting(text) <= _MAX_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
            if depth > _MAX_DEPTH:
                raise Error(f"nested more than {_MAX_DEPTH} levels deep")
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1


def _max_nesting(text: str | bytes) -> int:
    """Return an upper bound on the levels of nesting in `text`, found by counting.

    N levels by indentation alone need more than N * N / 2 spaces.
    """
    openers: tuple[Any, ...] = ("[", "{", "- ", "? ") if isinstance(text, str) else _OPENERS
    return sum(text.count(opener) for opener in openers) + int((2 * len(text)) ** 0.5)


_OPENERS = (b"[", b"{", b"- ", b"? ")


def dump(value: Any, quoted: Container[str] = ()) -> str:
    """Return `value` as block YAML, formatted as described in `guild.base.yaml.dump`.

    Strings in `quoted` are quoted in any case.
    """

    class QuotingDumper(_Dumper):
        """A dumper that quotes some strings."""

    def represent(dumper: Any, text: str) -> Any:
        style = "'" if text in quoted else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    QuotingDumper.add_representer(str, represent)
    text = yaml.dump(
        value, Dumper=QuotingDumper, default_flow_style=False, allow_unicode=True, width=_MAX_WIDTH
    )
    assert isinstance(text, str)
    return text.removesuffix("...\n")


def dump_flow(value: Any) -> str:
    """Return `value` as YAML on one line: `[1, a]`, `{a: 1}`, `'yes'`."""
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=_MAX_WIDTH
    )
    assert isinstance(text, str)
    return text.removesuffix("\n").removesuffix("\n...")


def compose(text: str) -> Any:
    """Return the node of one YAML document, whose scalars are strings. Raises `Error`."""
    _check_depth(text)
    return yaml.compose(text, Loader=_Loader)
