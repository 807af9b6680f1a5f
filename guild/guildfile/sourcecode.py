"""The readers of `sourcecode`: the files that are copied to a run."""

from __future__ import annotations

from typing import Any, Literal, cast

from guild.base.text import did_you_mean
from guild.guildfile.fields import (
    Reader,
    Readers,
    Scope,
    is_null,
    one_of,
    read_fields,
    read_items,
    read_mapping,
    read_string,
    read_strings,
)
from guild.guildfile.keys import MATCH, RULE, SOURCECODE
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, describe_node
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule

_Rules = tuple[SourceCodeRule, ...]
_EVERYTHING = SourceCodeRule("exclude", "pattern", "*")


def read_sourcecode(node: Node, scope: Scope) -> SourceCodeDef:
    """Return a `sourcecode` in any form: `no`, a pattern, a list of rules, or a mapping."""
    if not isinstance(node, Mapping):
        enabled, rules = _read_select(node, scope)
        return SourceCodeDef(enabled=enabled, select=rules)
    fields: dict[str, Any] = read_fields(node, SOURCECODE, scope, _READERS)
    enabled, rules = fields.pop("select", (True, ()))
    return SourceCodeDef(enabled=enabled, select=rules, **fields)


def combine_sourcecode(
    model: SourceCodeDef | None, own: SourceCodeDef | None
) -> SourceCodeDef | None:
    """Return the source code of an operation: its rules after those of its model, and its own
    directories if they are set."""
    if model is None or own is None:
        return own or model
    return SourceCodeDef(
        enabled=own.enabled and (model.enabled or bool(own.select)),
        select=(*model.select, *own.select) if own.enabled else (),
        root=model.root if own.root is None else own.root,
        digest=model.digest if own.digest is None else own.digest,
        dest=model.dest if own.dest is None else own.dest,
    )


def _read_select(node: Node, scope: Scope) -> tuple[bool, _Rules]:
    """Return whether any files are selected, and the rules.

    Patterns alone replace the default rules, so everything else is excluded first. With an
    `include` or `exclude` among them, they add to the default rules.
    """
    if isinstance(node, Mapping):
        return True, _read_rule(node, scope)
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        if node.value:
            raise scope.mismatch(node, "no, a pattern or a list of rules")
        return False, ()
    if isinstance(node, Sequence) and not node.items:
        return False, ()
    entries = read_items(node, scope)
    rules = tuple(rule for entry in entries for rule in scope.read(_read_rule, entry) or ())
    if all(isinstance(entry, Scalar) for entry in entries):
        return True, (_EVERYTHING, *rules)
    return True, rules


def _read_rule(node: Node, scope: Scope) -> _Rules:
    if isinstance(node, Scalar):
        return (SourceCodeRule("include", "pattern", read_string(node, scope)),)
    items = read_mapping(node, scope)
    actions = [name for name, item in items.items() if name in RULE and not is_null(item)]
    if len(actions) != 1:
        hints = (did_you_mean(name, RULE) for name in items)
        raise scope.error(
            node.location,
            f"expected a pattern, 'include' or 'exclude' but got {describe_node(node)}"
            f"{next(filter(None, hints), '')}",
        )
    fields = read_fields(node, RULE, scope, {"sourcecode-match": _match_reader(actions[0])})
    return cast(_Rules, fields.get(actions[0], ()))


def _match_reader(action: str) -> Reader:
    def read(node: Node, scope: Scope) -> _Rules:
        matches: dict[Any, tuple[str, ...]]
        if isinstance(node, Mapping):
            matches = _read_match(node, scope)
        else:
            matches = {"pattern": read_strings(node, scope)}
        return tuple(
            SourceCodeRule(cast(Literal["include", "exclude"], action), kind, pattern)
            for kind, patterns in matches.items()
            for pattern in patterns
        )

    return read


def _read_match(node: Mapping, scope: Scope) -> dict[Any, tuple[str, ...]]:
    """Return patterns by kind, from `text: PATTERNS` or `type: text` with `pattern: PATTERNS`."""
    fields: dict[str, Any] = read_fields(node, MATCH, scope, _READERS)
    kind = fields.pop("type", None)
    if kind is not None:
        return {kind: fields.get("pattern", ("*",))}
    if not fields:
        raise scope.error(node.location, "one of 'pattern', 'text', 'binary' or 'dir' is required")
    return fields


_READERS: Readers = {
    "match-type": one_of("text", "binary", "dir"),
    "sourcecode-rules": _read_select,
}
