"""Operations: every name one may say, and how it is read."""

from __future__ import annotations

import shlex
from typing import Any, Literal, cast

from guild.guildfile.defs import PublishDef, ResourceDef
from guild.guildfile.fields import (
    Schema,
    Spot,
    boolean,
    items,
    mapping,
    names_or_switch,
    plugins,
    positive_integer,
    read_fields,
    string,
    text,
    texts,
)
from guild.guildfile.flags import flags
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, plain
from guild.guildfile.opdef import OpDef, OptimizerDef, ScalarRule
from guild.guildfile.resources import requires
from guild.guildfile.sourcecode import combined, source_code
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.guildfile.steps import steps
from guild.run import ATTRIBUTE_TYPES, is_attr_name

_WAYS_TO_RUN = ("exec", "steps", "notebook", "main")


def operation(
    name: str,
    node: Node,
    model: str,
    inherited: dict[str, Any],
    models_resources: dict[str, dict[str, ResourceDef]],
    spot: Spot,
) -> OpDef:
    """The operation `name` as `node` says it.

    `inherited` are its model's `sourcecode`, `plugins` and `python_requires`;
    `models_resources` what `requires` may name. Without a way to run it, its
    name is its `main`.
    """
    if not isinstance(node, Mapping):
        raise spot.wrong(node, "a mapping or its main as a string")
    schema = {**_OPERATION, "requires": requires(models_resources, model)}
    fields: dict[str, Any] = read_fields(node, schema, spot)
    _one_way_to_run(name, fields, node, spot)
    if "optimizer" in fields:
        if "optimizers" in fields:
            raise spot.error(node.place, "optimizer and optimizers cannot both be said")
        fields["optimizers"] = (fields.pop("optimizer"),)
    model_source: SourceCodeDef | None = inherited.get("sourcecode")
    fields["sourcecode"] = combined(model_source, fields.get("sourcecode"))
    return OpDef(name, model, **{**inherited, **fields}, location=str(node.place))


def _one_way_to_run(name: str, fields: dict[str, Any], node: Node, spot: Spot) -> None:
    said = [way for way in _WAYS_TO_RUN if way in fields]
    if not said:
        fields["main"] = name
    for ignored in said[1:]:
        del fields[ignored]
        spot.warn(node.place, f"{ignored} is ignored because {said[0]} is said too")


def _exec(node: Node, spot: Spot) -> str | tuple[str, ...]:
    return texts(node, spot) if isinstance(node, Sequence) else string(node, spot)


def _env(node: Node, spot: Spot) -> dict[str, str]:
    return {
        name: _env_value(item, spot.at(repr(name))) for name, item in mapping(node, spot).items()
    }


def _env_value(node: Node, spot: Spot) -> str:
    """The text; `yes` is 1, `no` and null are empty, a list is its words."""
    if isinstance(node, Sequence):
        return shlex.join(text(item, spot) for item in node.items)
    if isinstance(node, Scalar) and (node.value is None or isinstance(node.value, bool)):
        return "1" if node.value else ""
    return text(node, spot)


def _run_attrs(node: Node, spot: Spot) -> dict[str, Any]:
    """Attributes by name, but for those that are Guild's own."""
    attrs = {}
    for name, item in mapping(node, spot).items():
        if name in ATTRIBUTE_TYPES:
            spot.warn(item.place, f"{name!r} is ignored: Guild itself keeps an attribute {name!r}")
        elif not is_attr_name(name):
            raise spot.error(item.place, f"{name!r} cannot be the name of an attribute")
        else:
            attrs[name] = plain(item)
    return attrs


def _names(node: Node, spot: Spot) -> tuple[str, ...]:
    return tuple(node.items) if isinstance(node, Mapping) else texts(node, spot)


def _objective(node: Node, spot: Spot) -> str:
    """A scalar to be minimized, or with `-` before it to be maximized."""
    if not isinstance(node, Mapping):
        return string(node, spot)
    fields = read_fields(node, {"minimize": string, "maximize": string}, spot)
    if len(fields) != 1:
        raise spot.error(node.place, "an objective must say either minimize or maximize")
    return f"-{fields['maximize']}" if "maximize" in fields else cast(str, fields["minimize"])


def _optimizer(node: Node, spot: Spot) -> OptimizerDef:
    """An optimizer by its algorithm, or by that and its flags."""
    if not isinstance(node, Mapping):
        name = string(node, spot)
        return OptimizerDef(name, name)
    return _optimizer_called("", node, spot)


def _optimizer_called(name: str, node: Node, spot: Spot) -> OptimizerDef:
    """One of `optimizers`: its algorithm as a string, or a mapping with its flags."""
    if isinstance(node, Scalar):
        algorithm = name if node.value is None else string(node, spot)
        return OptimizerDef(name, algorithm)
    own = {key: item for key, item in mapping(node, spot).items() if key not in _OPTIMIZER}
    said = {key: item for key, item in mapping(node, spot).items() if key in _OPTIMIZER}
    fields = read_fields(Mapping(said, node.place), _OPTIMIZER, spot)
    algorithm = fields.get("algorithm") or name
    if not algorithm:
        raise spot.error(node.place, "an optimizer must say its algorithm")
    options = {key: plain(item) for key, item in own.items()}
    name = name or fields.get("name") or algorithm
    return OptimizerDef(name, algorithm, fields.get("default", False), options)


def _optimizers(node: Node, spot: Spot) -> tuple[OptimizerDef, ...]:
    """By name, or a list; one that has no name is called by its algorithm."""
    if isinstance(node, Mapping):
        return tuple(
            _optimizer_called(name, item, spot.at(repr(name))) for name, item in node.items.items()
        )
    return tuple(_optimizer(item, spot) for item in items(node, spot))


def _output_rules(node: Node, spot: Spot) -> Literal[False] | tuple[ScalarRule, ...]:
    """`no`, an expression, expressions by name, or a list of those."""
    if isinstance(node, Scalar) and node.value is False:
        return False
    return tuple(rule for item in items(node, spot) for rule in _output_rule(item, spot))


def _flags_dest(node: Node, spot: Spot) -> str:
    found = string(node, spot)
    kind, _, target = found.partition(":")
    if kind == "args" or (
        kind in ("global", "namespace", "config") if target else kind == "globals"
    ):
        return found
    raise spot.wrong(
        node, "args, args:SUBCOMMAND, globals, global:NAME, namespace:NAME or config:PATH"
    )


def _output_rule(node: Node, spot: Spot) -> tuple[ScalarRule, ...]:
    if isinstance(node, Mapping):
        return tuple(
            ScalarRule(name, string(item, spot.at(repr(name)))) for name, item in node.items.items()
        )
    return (ScalarRule(None, string(node, spot)),)


def _publish(node: Node, spot: Spot) -> PublishDef:
    return PublishDef(**read_fields(node, {"files": source_code, "template": string}, spot))


_OPTIMIZER: Schema = {"algorithm": string, "default": boolean, "name": text}
_OPERATION: Schema = {
    "main": string,
    "exec": _exec,
    "notebook": string,
    "steps": steps,
    "default": boolean,
    "description": text,
    "flags": flags,
    "flags-dest": _flags_dest,
    "flags-import": names_or_switch,
    "flags-import-skip": texts,
    "flags-import-exec": boolean,
    "env": _env,
    "env-secrets": _names,
    "run-attrs": _run_attrs,
    "label": text,
    "tags": texts,
    "compare": texts,
    "objective": _objective,
    "optimizer": _optimizer,
    "optimizers": _optimizers,
    "default-max-trials": positive_integer,
    "output-scalars": _output_rules,
    "output-attrs": _output_rules,
    "sourcecode": source_code,
    "python-requires": text,
    "python-path": texts,
    "pip-freeze": boolean,
    "plugins": plugins,
    "stoppable": boolean,
    "handle-keyboard-interrupt": boolean,
    "flag-encoder": string,
    "default-flag-arg-skip": boolean,
    "delete-on-success": boolean,
    "can-stage-trials": boolean,
    "publish": _publish,
}
