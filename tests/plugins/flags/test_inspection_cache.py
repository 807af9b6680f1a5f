"""The cache of inspections."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.notebooks import notebook

from guild.extend.program import Program
from guild.plugins.flags.execution.request import Execution
from guild.plugins.flags.inspection import inspect_program
from guild.plugins.flags.inspection_cache import inspect_cached

_SCRIPT = """\
from opts import parser
parser.add_argument("--sizes", nargs="+", default=[1, 2], choices=[1, 2, 3])
parser.add_argument("--flag", type=bool, default=False, help="A \\udcff \\u2713")
parser.add_argument(make(), default=float("nan"))
parser.parse_args()
"""
_OPTS = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "opts.py").write_text(_OPTS)
    (tmp_path / "train.py").write_text(_SCRIPT)
    return tmp_path / "train.py"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache" / "flags"


def _names(script: Path, cache: Path) -> list[str]:
    return list(inspect_cached(script, [script.parent], cache).flags)


def test_hit_equals_inspection(script, cache):
    fresh = inspect_program(Program(script, [script.parent]))
    assert len(fresh.flags) == 3
    assert fresh.warnings
    for _ in range(2):
        assert inspect_cached(script, [script.parent], cache) == fresh


def test_hit_imports_neither_ast_nor_inspection(script, cache):
    code = (
        "import sys; from pathlib import Path;"
        "from guild.plugins.flags.inspection_cache import inspect_cached as f;"
        f"f(Path({str(script)!r}), [Path({str(script.parent)!r})], Path({str(cache)!r}));"
        "print(*sorted({'ast', 'inspect', 'yaml', 'dataclasses', 'importlib.metadata', "
        "'guild.plugins.flags.inspection'} & set(sys.modules)))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert "guild.plugins.flags.inspection" in runs[0].stdout
    assert runs[1].stdout.strip() == ""


def test_changed_script_is_inspected_again(script, cache):
    assert "more" not in _names(script, cache)
    script.write_text(_SCRIPT.replace("--flag", "--more"))
    assert "more" in _names(script, cache)


def test_changed_module_is_inspected_again(script, cache):
    assert "lr" in _names(script, cache)
    (script.parent / "opts.py").write_text(_OPTS.replace("--lr", "--rate"))
    assert "rate" in _names(script, cache)


def test_added_module_is_inspected(script, cache):
    (script.parent / "opts.py").unlink()
    assert "lr" not in _names(script, cache)
    (script.parent / "opts.py").write_text(_OPTS)
    assert "lr" in _names(script, cache)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\x00", b"[]", b'{"files": {}}', b'{"files": 1, "flags": [3]}']
)
def test_damaged_entry_is_replaced(script, cache, damage):
    expected = _names(script, cache)
    [entry] = cache.glob("*.yml")
    whole = entry.read_bytes()
    entry.write_bytes(damage)
    assert _names(script, cache) == expected
    assert entry.read_bytes() == whole


def test_entry_with_an_unknown_field_is_replaced(script, cache):
    expected = _names(script, cache)
    [entry] = cache.glob("*.yml")
    entry.write_bytes(entry.read_bytes().replace(b"type:", b"kind:"))
    assert _names(script, cache) == expected


def test_cache_that_cannot_be_written_is_ignored(script, tmp_path):
    (tmp_path / "file").write_text("")
    assert "lr" in _names(script, tmp_path / "file" / "cache")


def test_each_dest_has_its_own_entry(script, cache):
    script.write_text("P = {'a': 1}\nx = 1\n")
    assert _names(script, cache) == ["x"]
    result = inspect_cached(script, [script.parent], cache, "global:P")
    assert list(result.flags) == ["a"]


# -- Executed scripts

_COUNTING = """\
import argparse, json, os
with open(os.environ["COUNT"], "a") as file:
    file.write("x")
p = argparse.ArgumentParser()
for name in json.load(open("settings.json")):
    p.add_argument("--" + name)
p.parse_args()
"""


def test_execution_is_cached_until_an_opened_file_changes(tmp_path, cache):
    project = tmp_path / "project"
    project.mkdir()
    script, count = project / "train.py", tmp_path / "count"
    script.write_text(_COUNTING)
    (project / "settings.json").write_text('["lr", "n"]')
    execution = Execution(None, {"COUNT": str(count)}, ())

    def names() -> list[str]:
        return list(inspect_cached(script, [project], cache, execution=execution).flags)

    assert names() == names() == ["lr", "n"]
    (project / "notes.txt").write_text("not opened by the script")
    assert names() == ["lr", "n"]
    assert count.read_text() == "x"
    (project / "settings.json").write_text('["rate"]')
    assert names() == names() == ["rate"]
    assert count.read_text() == "xx"


def test_failed_execution_falls_back_to_the_source(script, cache):
    script.write_text(f"import nowhere\n{_SCRIPT}")
    expected = inspect_program(Program(script, [script.parent]))
    for _ in range(2):
        result = inspect_cached(script, [script.parent], cache, execution=Execution(None, {}, ()))
        assert result.flags == expected.flags
        assert result.warnings == (
            "cannot find the flags of train.py by executing it: ModuleNotFoundError: "
            "No module named 'nowhere' (train.py:1); using those found in its source",
            *expected.warnings,
        )
    assert not list(cache.glob("*.yml"))


# -- Notebooks


def test_notebook_is_inspected_again_when_it_changes(tmp_path, cache):
    path = tmp_path / "n.ipynb"
    for source in ("a = 1", "b = 2"):
        path.write_text(notebook(source))
        for _ in range(2):
            assert list(inspect_cached(path, [tmp_path], cache).flags) == [source[0]]
