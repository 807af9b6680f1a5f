"""The attribute `op` of a run restores the settings of its operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from guild.extend.operation_kind import CommandTemplate
from guild.guildfile.load import load_guildfile
from guild.guildfile.opdef import OpDef
from guild.guildfile.operation_keys import OPERATION, field_name
from guild.opref import OpRef
from guild.ops.define.operation import Operation, from_record, to_record

RECORDED = {field_name(name): key.record for name, key in OPERATION.items() if key.record}


def record_of(opdef: OpDef) -> dict[str, Any]:
    operation = Operation(
        opref=OpRef("guildfile", "/project/guild.yml", "", "", "train"),
        kind="exec",
        opdef=opdef,
        command=CommandTemplate(("echo",), {}, "args"),
        project_dir=Path("/project"),
        source_root=Path("/project"),
    )
    return yaml.safe_load(yaml.safe_dump(to_record(operation, None, {})))


def restore(record: dict[str, Any]) -> OpDef:
    opref = OpRef("guildfile", "/project/guild.yml", "", "", "train")
    return from_record(record, opref, {}, None, Path("/run")).opdef


def test_settings_survive_the_record(tmp_path: Path) -> None:
    path = tmp_path / "guild.yml"
    path.write_text(
        """
train:
  exec: echo
  compare: [loss, =lr]
  env-secrets: [TOKEN]
  run-attrs: {a: [1]}
  objective: {maximize: acc}
  output-scalars: ['(a)=(b)', {loss: 'loss (.*)'}]
  output-attrs: no
  python-requires: '>=3.10'
  python-path: [src, lib]
  pip-freeze: no
  stoppable: yes
  handle-keyboard-interrupt: yes
  delete-on-success: yes
"""
    )
    opdef = load_guildfile(path).operations[0]
    assert all(getattr(opdef, field) is not None for field in RECORDED)
    record = record_of(opdef)
    assert {name: record[name] for name in RECORDED.values()} == {
        "compare": ["loss", "=lr"],
        "delete-on-success": True,
        "env-secrets": ["TOKEN"],
        "handle-keyboard-interrupt": True,
        "objective": "-acc",
        "output-attrs": False,
        "output-scalars": ["(a)=(b)", {"loss": "loss (.*)"}],
        "pip-freeze": False,
        "python-path": ["src", "lib"],
        "python-requires": ">=3.10",
        "run-attrs": {"a": [1]},
        "stoppable": True,
    }
    restored = restore(record)
    for field in RECORDED:
        assert getattr(restored, field) == getattr(opdef, field), field


def test_settings_that_are_not_set_keep_their_defaults() -> None:
    blank = OpDef("train")
    record = record_of(blank)
    assert {name: record[name] for name in RECORDED.values()} == {
        **dict.fromkeys(RECORDED.values()),
        "delete-on-success": False,
        "handle-keyboard-interrupt": False,
        "run-attrs": {},
        "stoppable": False,
    }
    for record_ in (record, {}):
        restored = restore(record_)
        assert all(getattr(restored, field) == getattr(blank, field) for field in RECORDED)


@pytest.mark.parametrize("value", [None, [], ["loss"]])
def test_no_columns_differ_from_default_columns(value: list[str] | None) -> None:
    compare = None if value is None else tuple(value)
    assert restore(record_of(OpDef("train", compare=compare))).compare == compare
