"""Inspections that are remembered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guild.plugins.python_flags import cached_inspect_script, inspect_script

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
    return list(cached_inspect_script(script, [script.parent], cache).flags)


def test_a_hit_is_what_inspection_gives(script, cache):
    fresh = inspect_script(script, [script.parent])
    assert len(fresh.flags) == 3
    assert fresh.warnings
    for _ in range(2):
        assert cached_inspect_script(script, [script.parent], cache) == fresh


def test_a_hit_imports_neither_ast_nor_the_inspection(script, cache):
    code = (
        "import sys; from pathlib import Path;"
        "from guild.plugins.python_flags import cached_inspect_script as f;"
        f"f(Path({str(script)!r}), [Path({str(script.parent)!r})], Path({str(cache)!r}));"
        "print(*sorted({'ast', 'inspect', 'yaml', 'dataclasses', "
        "'guild.plugins.python_flags.script'} & set(sys.modules)))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert "guild.plugins.python_flags.script" in runs[0].stdout
    assert runs[1].stdout.strip() == ""


def test_a_changed_script_is_read_again(script, cache):
    assert "more" not in _names(script, cache)
    script.write_text(_SCRIPT.replace("--flag", "--more"))
    assert "more" in _names(script, cache)


def test_a_changed_module_is_read_again(script, cache):
    assert "lr" in _names(script, cache)
    (script.parent / "opts.py").write_text(_OPTS.replace("--lr", "--rate"))
    assert "rate" in _names(script, cache)


def test_a_module_that_appears_is_read(script, cache):
    (script.parent / "opts.py").unlink()
    assert "lr" not in _names(script, cache)
    (script.parent / "opts.py").write_text(_OPTS)
    assert "lr" in _names(script, cache)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\x00", b"[]", b'{"files": {}}', b'{"files": 1, "flags": [3]}']
)
def test_a_damaged_entry_is_made_anew(script, cache, damage):
    expected = _names(script, cache)
    [entry] = cache.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage)
    assert _names(script, cache) == expected
    assert entry.read_bytes() == whole


def test_an_entry_with_a_field_that_does_not_exist_is_made_anew(script, cache):
    expected = _names(script, cache)
    [entry] = cache.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b'"type"', b'"kind"'))
    assert _names(script, cache) == expected


def test_a_cache_that_cannot_be_written_is_done_without(script, tmp_path):
    (tmp_path / "file").write_text("")
    assert "lr" in _names(script, tmp_path / "file" / "cache")


def test_each_dest_has_an_entry_of_its_own(script, cache):
    script.write_text("P = {'a': 1}\nx = 1\n")
    assert _names(script, cache) == ["x"]
    result = cached_inspect_script(script, [script.parent], cache, "global:P")
    assert list(result.flags) == ["a"]
