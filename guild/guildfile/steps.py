"""`steps`: the runs an operation is made of."""

from __future__ import annotations

import shlex
from typing import Any

from guild.flags.values import encode
from guild.guildfile.defs import ExpectDef, StepDef
from guild.guildfile.fields import (
    Schema,
    Spot,
    as_node,
    boolean,
    mapping,
    number,
    optional_list,
    read_fields,
    string,
    text,
    texts,
    value,
)
from guild.guildfile.nodes import Mapping, Node, Scalar, Sequence, parse, plain


def steps(node: Node, spot: Spot) -> tuple[StepDef, ...]:
    """A list of steps."""
    if not isinstance(node, Sequence):
        raise spot.wrong(node, "a list of steps")
    return tuple(_step(item, spot.at(str(i))) for i, item in enumerate(node.items, 1))


def read_steps(data: bytes, file: str) -> tuple[StepDef, ...]:
    """The steps that the attribute of a run, the YAML `data`, tells of; `file` is what errors
    call it. Raises GuildError."""
    node = parse(data, file)
    return () if node is None else steps(node, Spot(("steps",), []))


def _step(node: Node, spot: Spot) -> StepDef:
    fields: dict[str, Any] = (
        read_fields(node, {**_STEP, **_OPTIONS}, spot)
        if isinstance(node, Mapping)
        else {"run": string(node, spot)}
    )
    if "run" not in fields:
        raise spot.error(node.place, "a step must say what to run")
    try:
        words = shlex.split(fields.pop("run"))
    except ValueError as error:
        raise spot.error(node.place, f"run cannot be read: {str(error).lower()}") from None
    if not words:
        raise spot.error(node.place, "a step must say what to run")
    options = {name: fields.pop(name) for name in tuple(fields) if name in _OPTION_NAMES}
    name = fields.pop("name", "") or words[0]
    flag_texts: dict[str, str] = {}
    record = plain(node)
    if "flags" in fields:
        flag_nodes = mapping(fields["flags"], spot.at("flags"))
        fields["flags"] = {flag: plain(item) for flag, item in flag_nodes.items()}
        flag_texts = {
            flag: item.text
            for flag, item in flag_nodes.items()
            if isinstance(item, Scalar) and not isinstance(item.value, str)
        }
        record["flags"] = {**fields["flags"], **_not_as_written(fields["flags"], flag_texts)}
    return StepDef(
        run=words[0],
        args=tuple(words[1:]),
        name=name,
        flag_texts=flag_texts,
        options=options,
        record=record,
        location=str(node.place),
        **fields,
    )


def _not_as_written(flags: dict[str, Any], texts: dict[str, str]) -> dict[str, str]:
    """The texts that a record of their values would change (`013` for 11)."""
    return {
        flag: written
        for flag, written in texts.items()
        if flags[flag] is not None and encode(flags[flag]) != written
    }


def _expect(node: Node, spot: Spot) -> ExpectDef:
    if not isinstance(node, Mapping):
        return ExpectDef(output=text(node, spot))
    expect = ExpectDef(**read_fields(node, _EXPECT, spot))
    if (expect.output is None) == (expect.file is None):
        raise spot.error(node.place, "an expectation must say either output or file")
    if expect.file is None and (expect.compare_to or expect.contains):
        raise spot.error(node.place, "compare-to and contains need a file")
    return expect


_EXPECT: Schema = {"output": text, "file": string, "compare-to": string, "contains": text}
_STEP: Schema = {
    "run": string,
    "name": text,
    "flags": as_node,
    "expect": optional_list(_expect),
    "isolate-runs": boolean,
}
_OPTIONS: Schema = {
    "label": text,
    "tag": texts,
    "tags": texts,
    "comment": text,
    "batch-label": text,
    "batch-tag": texts,
    "batch-comment": text,
    "run-dir": string,
    "stage": boolean,
    "proto": text,
    "restart": text,
    "start": text,
    "force-sourcecode": boolean,
    "gpus": text,
    "no-gpus": boolean,
    "optimizer": text,
    "optimize": boolean,
    "opt-flags": value,
    "opt-flag": texts,
    "minimize": text,
    "maximize": text,
    "max-trials": number,
    "random-seed": number,
    "stage-trials": boolean,
    "fail-on-trial-error": boolean,
    "needed": boolean,
    "force-flags": boolean,
    "force-deps": boolean,
    "stop-after": number,
    "keep-run": boolean,
    "keep-batch": boolean,
    "remote": text,
    "quiet": boolean,
    "dep": texts,
    "trials": texts,
    "yes": boolean,
    "break-on-error": boolean,
}
_OPTION_NAMES = frozenset(name.replace("-", "_") for name in _OPTIONS)
