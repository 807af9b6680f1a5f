"""docs/guildfile.md documents the keys of guild.yml as the code defines them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.guildfile import keys
from guild.guildfile.defs import ExpectDef, PublishDef, ResourceDef, SourceDef, StepDef
from guild.guildfile.opdef import OpDef, OptimizerDef
from guild.guildfile.operation_keys import OPERATION, field_name
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.guildfile.types import ModelDef, PackageDef

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "guildfile.md").read_text(encoding="utf-8")

_spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

DEFINITIONS = {
    "Model": ModelDef,
    "Operation": OpDef,
    "Flag": FlagDef,
    "Choice": FlagChoice,
    "Resource": ResourceDef,
    "Source": SourceDef,
    "Source code": SourceCodeDef,
    "Step": StepDef,
    "Expectation": ExpectDef,
    "Optimizer": OptimizerDef,
    "Publish": PublishDef,
    "Package": PackageDef,
}
NOT_FIELDS = {
    "Model": {"model", "extends", "params", "operation-defaults", "$include"},
    "Operation": {"optimizer"},
    "Source": {"file", "url", "module", "config", "operation"},
}


def test_tables_are_up_to_date():
    assert reference.guildfile_page(PAGE) == PAGE, "run `make docs`"


def test_each_section_has_a_table():
    sections = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    with_table = {section.partition("\n")[0] for section in sections if "\n| --- |" in section}
    assert with_table == {*keys.SECTIONS, "Types"}


def test_each_key_is_a_field_with_the_documented_default():
    for heading, definition in DEFINITIONS.items():
        for name, key in keys.SECTIONS[heading].items():
            if name in NOT_FIELDS.get(heading, ()):
                continue
            field = field_name(name)
            assert field in definition._fields, (heading, name)
            default = definition._field_defaults.get(field)
            assert default in (key.default, None, "", ()) or default == {}, (heading, name)


def test_recorded_keys_are_fields_of_operations():
    recorded = {name for name, key in OPERATION.items() if key.record}
    assert {"compare", "objective", "run-attrs", "stoppable"} <= recorded
    assert {field_name(name) for name in recorded} <= set(OpDef._fields)


def test_options_of_steps_are_those_of_run_and_three_of_guild_ai():
    from guild.commands.run import run

    options = {opt.removeprefix("--") for param in run.params for opt in param.opts}
    assert set(keys.STEP_OPTIONS) - options == {"opt-flags", "remote", "tags"}
