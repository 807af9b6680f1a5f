"""The readers of `steps`: the runs that an operation consists of."""

from __future__ import annotations

import shlex
from typing import Any

from guild.flags.values import encode
from guild.guildfile.defs import ExpectDef, StepDef
from guild.guildfile.fields import (
    Readers,
    Scope,
    list_of,
    read_fields,
    read_loose_string,
    read_mapping,
    read_node,
    read_string,
)
from guild.guildfile.keys import EXPECTATION, STEP, STEP_OPTIONS
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, parse_yaml, to_plain
from guild.guildfile.operation_keys import field_name


def read_steps(node: Node, scope: Scope) -> tuple[StepDef, ...]:
    """Return a list of steps."""
    if not isinstance(node, Sequence):
        raise scope.mismatch(node, "a list of steps")
    steps = (
        scope.at_entry(f"step {number}").read(_read_step, item)
        for number, item in enumerate(node.items, 1)
    )
    return tuple(step for step in steps if step is not None)


def parse_recorded_steps(data: bytes, file: str) -> tuple[StepDef, ...]:
    """Return the steps in `data`, the attribute `steps` of a run.

    `file` is its name in errors. Raises GuildError if the attribute is invalid.
    """
    node = parse_yaml(data, file)
    return () if node is None else read_steps(node, Scope(("steps",), []))


def _read_step(node: Node, scope: Scope) -> StepDef:
    fields: dict[str, Any] = {}
    run = node
    if isinstance(node, Sequence) or (isinstance(node, Scalar) and not isinstance(node.value, str)):
        # Guild AI 0.9 wording
        raise scope.error(node.location, f"invalid step data: {to_plain(node)!r}")
    if isinstance(node, Mapping):
        run = node.items.get("run", Scalar("", "", node.location))
        fields = read_fields(node.without("run"), {**STEP, **STEP_OPTIONS}, scope, _READERS)
    words = _split_run(read_string(run, scope), node, scope)
    options = {name: fields.pop(name) for name in tuple(fields) if name in _OPTION_FIELDS}
    name = fields.pop("name", "") or words[0]
    flag_texts: dict[str, str] = {}
    record = to_plain(node)
    if "flags" in fields:
        flag_nodes = read_mapping(fields["flags"], scope.at("flags"))
        fields["flags"] = {flag: to_plain(item) for flag, item in flag_nodes.items()}
        flag_texts = {
            flag: item.text
            for flag, item in flag_nodes.items()
            if isinstance(item, Scalar) and not isinstance(item.value, str)
        }
        record["flags"] = {**fields["flags"], **_altered_texts(fields["flags"], flag_texts)}
    return StepDef(
        run=words[0],
        args=tuple(words[1:]),
        name=name,
        flag_texts=flag_texts,
        options=options,
        record=record,
        location=str(node.location),
        **fields,
    )


def _split_run(run: str, node: Node, scope: Scope) -> list[str]:
    try:
        words = shlex.split(run)
    except ValueError as error:
        raise scope.error(node.location, f"invalid 'run': {str(error).lower()}") from None
    if not words:
        step = to_plain(node) if isinstance(node, Mapping) else {"run": run}
        # Guild AI 0.9 wording
        raise scope.error(node.location, f"invalid step {step!r}: must define run")
    return words


def _altered_texts(flags: dict[str, Any], texts: dict[str, str]) -> dict[str, str]:
    """Return the source text of values that a record would spell differently (`013` as 11)."""
    return {
        flag: text
        for flag, text in texts.items()
        if flags[flag] is not None and encode(flags[flag]) != text
    }


def _read_expectation(node: Node, scope: Scope) -> ExpectDef:
    if not isinstance(node, Mapping):
        return ExpectDef(output=read_loose_string(node, scope))
    expect = ExpectDef(**read_fields(node, EXPECTATION, scope))
    if (expect.output is None) == (expect.file is None):
        raise scope.error(node.location, "specify either 'output' or 'file'")
    if expect.file is None and (expect.compare_to or expect.contains):
        raise scope.error(node.location, "'compare-to' and 'contains' require 'file'")
    return expect


_READERS: Readers = {"expectations": list_of(_read_expectation), "step-flags": read_node}
_OPTION_FIELDS = frozenset(map(field_name, STEP_OPTIONS))
