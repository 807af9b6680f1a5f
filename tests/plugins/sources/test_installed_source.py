"""A kind of source that an installed package adds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guild.runs import manifest
from guild.testing.project import Project

PACKAGE = """
import os
from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Source

CONTENT = {"greeting": "hello", "escape": "x"}


class MemorySource(Source):
    def resolve(self, request):
        name = request.source.target
        if name not in CONTENT:
            raise GuildError(f"no memory of '{name}'")
        os.makedirs(request.cache_dir, exist_ok=True)
        path = os.path.join(request.cache_dir, name)
        with open(path, "w") as file:
            file.write(CONTENT[name])
        inner = "../../out" if name == "escape" else name
        return ResolvedSource(path, inner, f"mem:{name}", inner)
"""


@pytest.fixture
def make(project: Callable[..., Project], tmp_path: Path) -> Callable[[str], Project]:
    """Make a project with an operation of these `requires`, with the package installed."""
    site = tmp_path / "site"
    info = site / "memory-1.dist-info"
    info.mkdir(parents=True)
    (site / "memory_source.py").write_text(PACKAGE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: memory\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[guild.sources]\nmem = memory_source:MemorySource\n")

    def make(requires: str) -> Project:
        made = project({"guild.yml": f"op: {{exec: cat greeting, requires: {requires}}}"})
        made.env["PYTHONPATH"] = str(site)
        return made

    return make


def test_source_of_a_package_is_resolved_and_recorded(make: Callable[[str], Project]) -> None:
    p = make("{mem: greeting}")
    p.run("run", "op", "-y").assert_ok().assert_out("hello")
    [entry] = [entry for entry in manifest.read_entries(p.run_dir()) if entry.kind == "d"]
    assert (entry.run_path, entry.source) == ("greeting", "mem:greeting")
    deps = p.attr("deps")
    assert isinstance(deps, dict)
    assert deps["mem:greeting"]["mem:greeting"]["uri"] == "mem:greeting"
    p.run("run", "--proto", "1", "-y").assert_ok().assert_out("hello")


def test_options_apply_to_the_source_of_a_package(make: Callable[[str], Project]) -> None:
    p = make("{mem: greeting, target-path: sub, rename: 'greet(.*) x\\1'}")
    p.run("run", "op", "-y")
    assert (p.run_dir() / "sub" / "xing").read_text() == "hello"


def test_path_of_a_source_cannot_lead_out_of_the_run(make: Callable[[str], Project]) -> None:
    p = make("{mem: escape, preserve-path: yes}")
    p.run("run", "op", "-y").assert_err(
        "Resolving mem:escape\n"
        "guild: run failed because a dependency was not met: could not resolve 'mem:escape' in "
        "mem:escape resource: invalid target path '../../out': it must be inside the run directory"
    )
    assert not list(p.home.parent.rglob("out"))


def test_run_of_a_source_that_is_not_installed(make: Callable[[str], Project]) -> None:
    p = make("{mem: greeting}")
    p.run("run", "op", "-y").assert_ok()
    del p.env["PYTHONPATH"]
    result = p.run("run", "--proto", "1", "-y")
    assert result.exit_code == 1
    assert "unknown source 'mem'; install the package that provides it" in result.err


def test_unknown_source_in_a_guild_yml(project: Callable[..., Project]) -> None:
    p = project({"guild.yml": "op: {exec: 'true', requires: {mem: x}}"})
    result = p.run("run", "op", "-y")
    assert result.exit_code == 1
    assert "one of 'file', 'url', 'module', 'config' or 'operation' is required" in result.err
