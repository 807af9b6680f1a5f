"""What `--test-sourcecode` shows."""

from __future__ import annotations

from pathlib import Path

from support.source_tree import BINARY, commit, make, rules, select

from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode.selection_report import describe_selection


def shown(root: Path, definition: SourceCodeDef, cwd: Path) -> str:
    return "\n".join(describe_selection(select(root, definition, explain=True), cwd))


def test_report_shows_the_reason_of_each_decision(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "1", "b.txt": "1", "new\nline": BINARY, "build/x": "1"})
    assert shown(tmp_path, rules("exclude *.txt"), tmp_path) == (
        """\
Copying from the current directory
Rules:
  exclude dir .git, .guild, .*, __pycache__, build, dist, *.egg-info
  exclude dir * containing .nocopy, .guild-nocopy, pyvenv.cfg, conda-meta, bin/activate, Scripts/activate
  include text files, size <= 1 MB, at most 100
  exclude .env and other files that hold secrets by their names
  exclude *.txt
Selected for copy:
  a.py
Skipped:
  b.txt (exclude *.txt)
  build/ (exclude dir build)
  'new\\nline' (not text)"""  # noqa: E501
    )


def test_report_shows_paths_relative_to_the_current_directory(tmp_path: Path) -> None:
    root = commit(make(tmp_path / "sub", {"a.py": "1", ".gitignore": "x.log", "x.log": "1"}))
    lines = shown(root, SourceCodeDef(), tmp_path).splitlines()
    assert lines[0] == "Copying from 'sub'"
    assert lines[-5:] == [
        "Selected for copy:",
        "  sub/a.py",
        "Skipped:",
        "  sub/.gitignore (exclude .git*, .guildignore)",
        "  sub/x.log (ignored by git)",
    ]


def test_report_of_disabled_source_code(tmp_path: Path) -> None:
    assert shown(tmp_path, SourceCodeDef(enabled=False), tmp_path) == (
        "Copying from the current directory\nSource code copy disabled"
    )
