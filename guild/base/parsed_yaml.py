"""Safe YAML by PyYAML, as fast as the installed one allows."""

from __future__ import annotations

from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# The widest line that the C emitter takes: a text is never folded.
_ENDLESS = 2**31 - 1

# Levels of nesting; a document of fewer characters cannot have more.
_DEEPEST = 5000

Error = yaml.YAMLError
ScalarNode = yaml.ScalarNode
SequenceNode = yaml.SequenceNode


class _Dumper(_BaseDumper):  # type: ignore[misc]  # the base is chosen at run time
    """No anchors: an attribute file is read by people and by grep."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def load(text: str | bytes) -> Any:
    """The value of one YAML document. Raises `Error`; never runs anything."""
    _refuse_deep(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader


def _refuse_deep(text: str | bytes) -> None:
    """Raise `Error` for a document nested so deep that the C parser would run out of stack."""
    if len(text) <= _DEEPEST or _could_nest(text) <= _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
            if depth > _DEEPEST:
                raise Error(f"nested more than {_DEEPEST} levels deep")
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1


def _could_nest(text: str | bytes) -> int:
    """At least as many levels as `text` can have, found by counting. Levels by indentation
    alone need more than half the square of their number in spaces."""
    openers: tuple[Any, ...] = ("[", "{", "- ", "? ") if isinstance(text, str) else _OPENERS
    return sum(text.count(opener) for opener in openers) + int((2 * len(text)) ** 0.5)


_OPENERS = (b"[", b"{", b"- ", b"? ")


def dump(value: Any) -> str:
    """`value` as block YAML: mapping keys sorted as in Guild AI's files, lists and
    mappings one item a line, a scalar without the document end mark."""
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=_ENDLESS
    )
    assert isinstance(text, str)
    return text.removesuffix("...\n")


def dump_flow(value: Any) -> str:
    """`value` as YAML in one line: `[1, a]`, `{a: 1}`, `'yes'`."""
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=_ENDLESS
    )
    assert isinstance(text, str)
    return text.removesuffix("\n").removesuffix("\n...")


def compose(text: str) -> Any:
    """The node of one YAML document, with the source text of its scalars.

    Raises `Error`.
    """
    _refuse_deep(text)
    return yaml.compose(text, Loader=_Loader)
