"""`sourcecode`: which files are copied."""

from __future__ import annotations

from typing import Any, Literal, cast

from guild.base.text import did_you_mean
from guild.guildfile.fields import (
    Schema,
    Spot,
    boolean,
    items,
    mapping,
    one_of,
    read_fields,
    shown,
    string,
    text,
    texts,
)
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule

_Kind = Literal["pattern", "text", "binary", "dir"]
_EVERYTHING = SourceCodeRule("exclude", "pattern", "*")


def source_code(node: Node, spot: Spot) -> SourceCodeDef:
    """A `sourcecode` in any form: `no`, a pattern, a list of rules, or a mapping."""
    if not isinstance(node, Mapping):
        enabled, select = _select(node, spot)
        return SourceCodeDef(enabled=enabled, select=select)
    fields: dict[str, Any] = read_fields(node, _SCHEMA, spot)
    enabled, select = fields.pop("select", (True, ()))
    return SourceCodeDef(enabled=enabled, select=select, **fields)


def combined(model: SourceCodeDef | None, own: SourceCodeDef | None) -> SourceCodeDef | None:
    """An operation's source code: its own rules after its model's, its own folders first."""
    if model is None or own is None:
        return own or model
    return SourceCodeDef(
        enabled=own.enabled and (model.enabled or bool(own.select)),
        select=(*model.select, *own.select) if own.enabled else (),
        root=model.root if own.root is None else own.root,
        digest=model.digest if own.digest is None else own.digest,
        dest=model.dest if own.dest is None else own.dest,
    )


def _select(node: Node, spot: Spot) -> tuple[bool, tuple[SourceCodeRule, ...]]:
    """Whether anything is selected, and the rules.

    Patterns alone say all that is wanted, so everything else is excluded first;
    with an `include` or `exclude` among them they add to the default rules.
    """
    if isinstance(node, Mapping):
        return True, _rule(node, spot)
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        if node.value:
            raise spot.wrong(node, "no, a pattern or a list of rules")
        return False, ()
    if isinstance(node, Sequence) and not node.items:
        return False, ()
    entries = items(node, spot)
    rules = tuple(rule for entry in entries for rule in _rule(entry, spot))
    if all(isinstance(entry, Scalar) for entry in entries):
        return True, (_EVERYTHING, *rules)
    return True, rules


def _rule(node: Node, spot: Spot) -> tuple[SourceCodeRule, ...]:
    if isinstance(node, Scalar):
        return (SourceCodeRule("include", "pattern", string(node, spot)),)
    fields = read_fields(node, _RULE_SCHEMA, spot)
    if len(fields) != 1:
        hints = (did_you_mean(name, _RULE_SCHEMA) for name in mapping(node, spot))
        raise spot.error(
            node.place,
            f"a rule must be a pattern, include or exclude, got {shown(node)}"
            f"{next(filter(None, hints), '')}",
        )
    ((_action, rules),) = fields.items()
    return cast("tuple[SourceCodeRule, ...]", rules)


def _rules(action: Literal["include", "exclude"]) -> Any:
    def read(node: Node, spot: Spot) -> tuple[SourceCodeRule, ...]:
        if not isinstance(node, Mapping):
            patterns: dict[_Kind, tuple[str, ...]] = {"pattern": texts(node, spot)}
        else:
            patterns = _patterns(node, spot)
        return tuple(
            SourceCodeRule(action, kind, pattern)
            for kind, several in patterns.items()
            for pattern in several
        )

    return read


def _patterns(node: Mapping, spot: Spot) -> dict[_Kind, tuple[str, ...]]:
    """`text: PATTERNS` and the like, or `type: text` with `pattern: PATTERNS`."""
    fields: dict[Any, Any] = read_fields(node, _MATCH_SCHEMA, spot)
    kind = fields.pop("type", None)
    if kind is not None:
        return {kind: fields.get("pattern", ("*",))}
    if not fields:
        raise spot.error(node.place, "a rule must say pattern, text, binary or dir")
    return fields


_RULE_SCHEMA: Schema = {"include": _rules("include"), "exclude": _rules("exclude")}
_MATCH_SCHEMA: Schema = {
    "pattern": texts,
    "text": texts,
    "binary": texts,
    "dir": texts,
    "type": one_of("text", "binary", "dir"),
}
_SCHEMA: Schema = {
    "select": _select,
    "root": text,
    "digest": boolean,
    "dest": text,
}
