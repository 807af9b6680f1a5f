"""The readers of operations."""

from __future__ import annotations

import shlex
from typing import Any, Literal, cast

from guild.guildfile.defs import PublishDef, ResourceDef
from guild.guildfile.fields import (
    Readers,
    Scope,
    read_fields,
    read_items,
    read_loose_string,
    read_mapping,
    read_string,
    read_strings,
)
from guild.guildfile.flags import read_flags
from guild.guildfile.keys import OBJECTIVE, OPTIMIZER, PUBLISH
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, to_plain
from guild.guildfile.opdef import OpDef, OptimizerDef, ScalarRule
from guild.guildfile.operation_keys import OPERATION
from guild.guildfile.resources import requires_reader
from guild.guildfile.sourcecode import combine_sourcecode, read_sourcecode
from guild.guildfile.steps import read_steps
from guild.run import ATTRIBUTE_TYPES, is_attr_name

_WAYS_TO_RUN = ("exec", "steps", "notebook", "main")


def read_operation(
    name: str,
    node: Node,
    model: str,
    inherited: dict[str, Any],
    resources: dict[str, dict[str, ResourceDef]],
    scope: Scope,
) -> OpDef:
    """Return the operation `name`, defined by `node`.

    `inherited` holds the `sourcecode`, `plugins` and `python_requires` of its model,
    `resources` those of each model. Without any way to run it, its name is its `main`.
    """
    if not isinstance(node, Mapping):
        raise scope.mismatch(node, "a mapping or a string")
    readers = {**_READERS, "requires": requires_reader(resources, model)}
    fields: dict[str, Any] = read_fields(node, OPERATION, scope, readers)
    _keep_one_way_to_run(name, fields, node, scope)
    if "optimizer" in fields:
        if "optimizers" in fields:
            scope.report(node.location, "'optimizer' and 'optimizers' are mutually exclusive")
        fields["optimizers"] = (fields.pop("optimizer"),)
    fields["sourcecode"] = combine_sourcecode(inherited.get("sourcecode"), fields.get("sourcecode"))
    return OpDef(name, model, **{**inherited, **fields}, location=str(node.location))


def _keep_one_way_to_run(name: str, fields: dict[str, Any], node: Node, scope: Scope) -> None:
    ways = [way for way in _WAYS_TO_RUN if way in fields]
    if not ways:
        fields["notebook" if name.endswith(".ipynb") else "main"] = name
    for ignored in ways[1:]:
        del fields[ignored]
        scope.warn(node.location, f"{ignored!r} is ignored because {ways[0]!r} is also set")


def _read_command(node: Node, scope: Scope) -> str | tuple[str, ...]:
    return read_strings(node, scope) if isinstance(node, Sequence) else read_string(node, scope)


def _read_env(node: Node, scope: Scope) -> dict[str, str]:
    return {
        name: _read_variable(item, scope.at(repr(name)))
        for name, item in read_mapping(node, scope).items()
    }


def _read_variable(node: Node, scope: Scope) -> str:
    """Return a string: `yes` is 1, `no` and null are empty, and a list is quoted for a shell."""
    if isinstance(node, Sequence):
        return shlex.join(read_loose_string(item, scope) for item in node.items)
    if isinstance(node, Scalar) and (node.value is None or isinstance(node.value, bool)):
        return "1" if node.value else ""
    return read_loose_string(node, scope)


def _read_run_attrs(node: Node, scope: Scope) -> dict[str, Any]:
    """Return attributes by name, without those that Guild itself sets."""
    attrs = {}
    for name, item in read_mapping(node, scope).items():
        if name in ATTRIBUTE_TYPES:
            # Guild AI 0.9 wording
            problem = f"Invalid run attribute {name!r} (reserved attribute) - ignoring"
            scope.warn(item.location, problem)
        elif not is_attr_name(name):
            scope.report(item.location, f"invalid attribute name {name!r}")
        else:
            attrs[name] = to_plain(item)
    return attrs


def _read_env_secrets(node: Node, scope: Scope) -> tuple[str, ...]:
    return tuple(node.items) if isinstance(node, Mapping) else read_strings(node, scope)


def _read_objective(node: Node, scope: Scope) -> str:
    """Return a scalar to minimize, or one to maximize with `-` in front."""
    if not isinstance(node, Mapping):
        return read_string(node, scope)
    fields = read_fields(node, OBJECTIVE, scope)
    if len(fields) != 1:
        raise scope.error(node.location, "specify either 'minimize' or 'maximize'")
    return f"-{fields['maximize']}" if "maximize" in fields else cast(str, fields["minimize"])


def _read_optimizer(node: Node, scope: Scope) -> OptimizerDef:
    """Return an optimizer from its algorithm, or from a mapping with its flags."""
    if not isinstance(node, Mapping):
        name = read_string(node, scope)
        return OptimizerDef(name, name)
    return _read_named_optimizer("", node, scope)


def _read_named_optimizer(name: str, node: Node, scope: Scope) -> OptimizerDef:
    """Return one of `optimizers` from its algorithm, or from a mapping with its flags."""
    if isinstance(node, Scalar):
        algorithm = name if node.value is None else read_string(node, scope)
        return OptimizerDef(name, algorithm)
    items = read_mapping(node, scope)
    keys = {key: item for key, item in items.items() if key in OPTIMIZER}
    fields = read_fields(Mapping(keys, node.location), OPTIMIZER, scope)
    algorithm = fields.get("algorithm") or name
    if not algorithm:
        raise scope.error(node.location, "an optimizer requires 'algorithm'")
    flags = {key: to_plain(item) for key, item in items.items() if key not in OPTIMIZER}
    name = name or fields.get("name") or algorithm
    return OptimizerDef(name, algorithm, fields.get("default", False), flags)


def _read_optimizers(node: Node, scope: Scope) -> tuple[OptimizerDef, ...]:
    """Return optimizers from a mapping by name, or from a list; the default name is the
    algorithm."""
    if isinstance(node, Mapping):
        return tuple(
            _read_named_optimizer(name, item, scope.at_entry(f"optimizer {name!r}"))
            for name, item in node.items.items()
        )
    return tuple(_read_optimizer(item, scope) for item in read_items(node, scope))


def _read_output_rules(node: Node, scope: Scope) -> Literal[False] | tuple[ScalarRule, ...]:
    """Return False for `no`, or the rules of patterns, patterns by name, or a list of them."""
    if isinstance(node, Scalar) and node.value is False:
        return False
    return tuple(rule for item in read_items(node, scope) for rule in _read_rule(item, scope))


def _read_rule(node: Node, scope: Scope) -> tuple[ScalarRule, ...]:
    if isinstance(node, Mapping):
        return tuple(
            ScalarRule(name, read_string(item, scope.at(repr(name))))
            for name, item in node.items.items()
        )
    return (ScalarRule(None, read_string(node, scope)),)


def _read_flags_dest(node: Node, scope: Scope) -> str:
    dest = read_string(node, scope)
    kind, _, target = dest.partition(":")
    if kind == "args" or (
        kind in ("global", "dict", "namespace", "config") if target else kind in ("globals", "none")
    ):
        return dest
    raise scope.mismatch(
        node,
        "args, args:SUBCOMMAND, globals, global:NAME, dict:NAME, namespace:NAME, config:PATH "
        "or none",
    )


def _read_publish(node: Node, scope: Scope) -> PublishDef:
    return PublishDef(**read_fields(node, PUBLISH, scope, {"sourcecode": read_sourcecode}))


_READERS: Readers = {
    "command": _read_command,
    "env": _read_env,
    "env-secrets": _read_env_secrets,
    "flags": read_flags,
    "flags-dest": _read_flags_dest,
    "objective": _read_objective,
    "optimizer": _read_optimizer,
    "optimizers": _read_optimizers,
    "output-rules": _read_output_rules,
    "publish": _read_publish,
    "run-attrs": _read_run_attrs,
    "sourcecode": read_sourcecode,
    "steps": read_steps,
}
