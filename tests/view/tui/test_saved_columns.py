"""Columns saved per project directory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guild.view.tui import saved_columns
from guild.view.tui.saved_columns import SavedColumns


def test_write_and_read(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "columns.json"
    columns = SavedColumns(frozenset(("a", "b\udcff")), ("max acc",))
    saved_columns.write_columns(file, str(tmp_path), columns)
    assert saved_columns.read_columns(file) == columns


def test_file_is_readable_json(tmp_path: Path) -> None:
    file = tmp_path / "columns.json"
    saved_columns.write_columns(file, str(tmp_path), SavedColumns(frozenset(("time",))))
    data = json.loads(file.read_text())
    assert data == {"project": os.path.realpath(tmp_path), "hidden": ["time"], "added": []}


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"hidden": 1, "added": [2]}'])
def test_read_missing_or_invalid_file(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "columns.json"
    if text is not None:
        file.write_text(text)
    assert saved_columns.read_columns(file) == SavedColumns()


def test_file_location(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    file = saved_columns.locate_file(str(tmp_path), environ)
    assert file.parent == tmp_path / "guild" / "compare"
    assert saved_columns.locate_file(str(tmp_path / "other"), environ) != file
    assert saved_columns.locate_file("/project", {"XDG_STATE_HOME": "relative"}).is_absolute()
