"""The JSON Schema accepts every guild.yml that the reader accepts, and rejects wrong types."""

from __future__ import annotations

import ast
import datetime
import re
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from guild.base.errors import GuildError
from guild.guildfile import fields, flags, keys, load, operations, resources, sourcecode, steps
from guild.guildfile.load import load_guildfile
from guild.guildfile.nodes import parse_yaml, to_plain
from guild.guildfile.schema import TYPES, build_schema

from .test_load import OPERATIONS, SOURCECODE, VALUES
from .test_mistakes import UNKNOWN, WRONG_TYPES

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
WRONG_VALUES = {
    *("limits", "int default", "boolean default", "step's quotes"),
    *("resource", "resource's model", "optimizers"),
}
"""Mistakes that a schema of types does not detect."""


def instance(text: str) -> Any:
    """Return the document as JSON values; JSON has no dates."""

    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: convert(item) for key, item in value.items()}
        if isinstance(value, list):
            return [convert(item) for item in value]
        return str(value) if isinstance(value, (datetime.date, bytes)) else value

    root = parse_yaml(text.encode(), "guild.yml")
    return None if root is None else convert(to_plain(root))


def problems(text: str) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in VALIDATOR.iter_errors(instance(text))
    ]


def texts_of_tests() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of invalid escapes
                tree = ast.parse(path.read_bytes())
        except SyntaxError:  # a broken script that a test inspects
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = textwrap.dedent(node.value)
                if re.search(r"^[-\w]+:.", text, re.MULTILINE) or text.lstrip().startswith("- "):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def texts_of_pages() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        page = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^```yaml.*?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            yield f"{path.relative_to(ROOT)}:{page.count(chr(10), 0, match.start()) + 1}", match[1]


def texts_of_projects() -> Iterator[tuple[str, str]]:
    for folder in ("examples", "tests", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("guild.y*ml")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_each_file_that_the_reader_accepts_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "guild.yml"
    accepted = 0
    rejected = {}
    for location, text in (*texts_of_tests(), *texts_of_pages(), *texts_of_projects()):
        try:
            path.write_text(text, encoding="utf-8")
            errors: list[str] = []
            guildfile = load_guildfile(path, errors)
        except (GuildError, UnicodeEncodeError):
            continue
        if not errors and not guildfile.all_warnings and guildfile.models:
            accepted += 1
            if invalid := problems(text):
                rejected[location] = invalid
    assert rejected == {}
    assert accepted > 200


@pytest.mark.parametrize(
    "text",
    [
        *(text for text, _expected in OPERATIONS.values()),
        *(f"sourcecode: {text}" for text, _expected in SOURCECODE.values()),
        *(f"flags: {{x: {text}}}" for _type, text, _expected in VALUES),
        *(f"flags: {{x: {{default: {text}, type: {type_}}}}}" for type_, text, _ in VALUES),
    ],
)
def test_each_form_of_a_value_is_valid(text: str) -> None:
    assert problems(f"train: {{{text}}}") == []


@pytest.mark.parametrize("name", [name for name in WRONG_TYPES if name not in WRONG_VALUES])
def test_wrong_types_are_invalid(name: str) -> None:
    assert problems(WRONG_TYPES[name][0]) != []


@pytest.mark.parametrize(
    "name", [name for name in UNKNOWN if name not in ("type", "two ways to run")]
)
def test_unknown_keys_are_invalid(name: str) -> None:
    assert problems(UNKNOWN[name][0]) != []


@pytest.mark.parametrize("value", ["yes", "no", "true", "on", "0", "1", "'{{ param }}'", ""])
def test_yes_and_no_are_booleans_in_yaml_1_1_and_1_2(value: str) -> None:
    text = f"train: {{main: train, pip-freeze: {value}}}"
    assert problems(text) == []
    assert (
        list(VALIDATOR.iter_errors({"train": {"pip-freeze": value.strip("'")}})) == [] or not value
    )
    assert problems("train: {pip-freeze: maybe}") != []


def test_each_type_has_a_reader_and_a_schema() -> None:
    modules = (flags, load, operations, resources, sourcecode, steps)
    readers = set(fields.READERS).union(*(module._READERS for module in modules))
    readers |= {"choices", "flag-value", "requires", "sourcecode-match"}  # closures
    types = {key.type for section in keys.SECTIONS.values() for key in section.values()}
    types |= {key.type for section in (keys.STEP_OPTIONS, keys.RENAME) for key in section.values()}
    assert types <= readers
    assert types == set(TYPES)
