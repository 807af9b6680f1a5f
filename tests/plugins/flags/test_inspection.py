"""The choice of a flag finder, and finders of installed packages."""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.extend.flag_finder import FLAG_FINDERS
from guild.plugins.flags.inspection_cache import inspect_cached

_FINDER = """
from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.flags.flagdef import FlagDef

class DemoFinder(FlagFinder):
    def claims(self, program):
        return program.mentions(rb"\\bdemo_args\\b")

    def find(self, program):
        {find}
"""
_FLAGS = 'return FoundFlags({"demo": FlagDef("demo", default=1)}, "args")'


class Environment:
    """A directory of installed packages, with one that provides a flag finder."""

    def __init__(self, path: Path) -> None:
        self.path = path / "site-packages"
        self.path.mkdir()
        self.script = path / "train.py"
        self.script.write_text("import demo_args\nx = 1\n")
        self.cache = path / "cache"

    def install(self, version: str, find: str = _FLAGS) -> None:
        for old in self.path.glob("*.dist-info"):
            os.rename(old, self.path / f"demo-{version}.dist-info")
        info = self.path / f"demo-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[guild.flags]\ndemo = demo_finder:DemoFinder\n")
        code = textwrap.dedent(_FINDER).format(find=find)
        (self.path / "demo_finder.py").write_text(code)
        importlib.invalidate_caches()
        sys.modules.pop("demo_finder", None)

    def flags(self, dest: str | None = None) -> list[str]:
        return list(inspect_cached(self.script, [], self.cache, dest).flags)


@pytest.fixture
def environment(tmp_path, monkeypatch):
    environment = Environment(tmp_path)
    monkeypatch.syspath_prepend(environment.path)
    monkeypatch.setattr(FLAG_FINDERS, "_loaded", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield environment
    sys.modules.pop("demo_finder", None)


def test_installed_finder_is_used(environment):
    environment.install("1.0")
    assert environment.flags() == ["demo"]
    assert environment.flags("args") == ["demo"]


def test_dest_excludes_installed_finder(environment):
    environment.install("1.0")
    assert environment.flags("globals") == ["x"]


def test_modeled_libraries_precede_installed_finders(environment):
    environment.install("1.0")
    environment.script.write_text(
        "import argparse, demo_args\n"
        "p = argparse.ArgumentParser()\np.add_argument('--lr')\np.parse_args()\n"
    )
    assert environment.flags() == ["lr"]


def test_finder_without_result_is_skipped(environment):
    environment.install("1.0", "return None")
    assert environment.flags() == ["x"]
    environment.script.write_text("import demo_args\n")
    assert environment.flags("args") == []


def test_cache_notices_installed_finder(environment):
    assert environment.flags() == ["x"]
    environment.install("1.0")
    assert environment.flags() == ["demo"]


def test_cache_notices_new_version(environment, monkeypatch):
    environment.install("1.0")
    assert environment.flags() == ["demo"]
    environment.install("1.1", _FLAGS.replace("demo", "newer"))
    FLAG_FINDERS._loaded.clear()
    assert environment.flags() == ["newer"]


def test_entry_points_are_scanned_once_per_environment(environment, monkeypatch):
    environment.install("1.0")
    environment.flags()
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    assert environment.flags() == ["demo"]


@pytest.mark.parametrize(
    ("find", "message"),
    [
        ("return 1 / 0", "flag finder 'demo' failed on train.py: ZeroDivisionError: division"),
        (")", "cannot load flag finder 'demo': SyntaxError: "),
    ],
)
def test_broken_finder_is_one_line(environment, find, message):
    environment.install("1.0", find)
    with pytest.raises(GuildError) as caught:
        environment.flags()
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message
