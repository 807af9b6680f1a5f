"""`guild check`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from guild import __version__
from guild.testing.project import GUILD, Project

MakeProject = Callable[..., Project]


def test_facts(project: MakeProject) -> None:
    p = project({})
    result = p.run("check", "--env").assert_ok().assert_err("")
    facts = dict(line.split(":", 1) for line in result.out.splitlines())
    assert list(facts) == [
        "guild_version",
        "guild_install_location",
        "guild_home",
        "guild_home_free",
        "python_version",
        "python_exe",
    ]
    assert facts["guild_version"].strip() == __version__
    assert facts["guild_home"].strip() == str(p.home)
    assert Path(facts["python_exe"].strip()).parent == GUILD.parent


def test_json(project: MakeProject) -> None:
    p = project({"train.py": ""})
    p.run("run", "train.py", "-y").assert_ok()
    data = json.loads(p.run("check", "--json", "--space").assert_ok().out)
    assert {"click_version", "scikit_optimize_version", "tensorboard_version"} <= set(data)
    assert data["errors"] == data["warnings"] == []
    assert data["disk_space"]["runs"] > 0
    assert data["disk_space"]["deleted_runs"] == 0


def test_schema(project: MakeProject) -> None:
    schema = json.loads(project({}).run("check", "--schema").assert_ok().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "operation" in schema["$defs"]


def test_project_without_problems(project: MakeProject) -> None:
    p = project({"guild.yml": "train: train", "train.py": ""})
    lines = p.run("check").assert_ok().assert_err("").out.splitlines()
    assert lines[-1] == "guild.yml: no problems found (1 operation)"
    p.run("check", "-n").assert_ok().assert_out("")
    assert json.loads(p.run("check", "--json").assert_ok().out)["project_problems"] == []


def test_problems_of_the_project(project: MakeProject) -> None:
    p = project({"guild.yml": "train: {man: train}\nall: {steps: [3, train]}\n"})
    result = p.run("check", "--no-info")
    assert result.exit_code == 1
    result.assert_out("").assert_err(
        """
        guild.yml:1: operation 'train': unknown key 'man'; did you mean 'main'?
        guild.yml:1: operation 'train': script or module 'train' not found
        guild.yml:2: operation 'all', step 1: invalid step data: 3
        guild.yml: 3 problems found
        """
    )
    as_json = p.run("check", "--json")
    assert as_json.exit_code == 1
    assert [problem["line"] for problem in json.loads(as_json.out)["project_problems"]] == [
        *(1, 1, 2)
    ]
    p.run("check", "--env", "--no-info").assert_ok().assert_err("")


def test_missing_home_is_an_error(project: MakeProject) -> None:
    p = project({})
    missing = p.path / "none"
    result = p.run("-H", "none", "check", "--env", "--space")
    assert result.exit_code == 1
    assert f"guild_home:                {missing} (missing)" in result.out.splitlines()
    assert "python_exe:" in result.out
    result.assert_err(
        f"guild: Guild home '{missing}' (from GUILD_HOME) does not exist; "
        f"create it or choose another with -H"
    )


def test_home_that_is_a_link(project: MakeProject) -> None:
    p = project({})
    (p.path / "link").symlink_to(p.home)
    out = p.run("-H", "link", "check", "--env").assert_ok().out
    assert f"{p.path / 'link'} (a link to {p.home})" in out


def test_required_version(project: MakeProject) -> None:
    p = project({})
    p.run("check", "--no-info", "--version", ">=0").assert_ok().assert_out("")
    p.run("check", "--version", ">=999").assert_error(
        f"version mismatch: current version '{__version__}' does not match '>=999'"
    )
    p.run("check", "--version", "new").assert_error(
        "invalid version specifier 'new'; use for example '>=0.9' or '==1.0'"
    )


def test_another_guild_on_path_is_a_warning(project: MakeProject, tmp_path: Path) -> None:
    p = project({})
    other = tmp_path / "bin" / "guild"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    own = GUILD.parent
    p.run("check", "-n", env={"PATH": f"{other.parent}:{own}:/bin"}).assert_ok().assert_err(
        f"WARNING: 'guild' on PATH is {other}, not {GUILD}; "
        f"put {own} first on PATH, or activate its environment"
    )
    python = json.loads(p.run("check", "--env", "--json").out)["python_exe"]
    p.run("check", "-n", env={"PATH": "/none"}).assert_ok().assert_err(
        f"WARNING: 'guild' is not on PATH; add {own} to it, or use '{python} -m guild'"
    )
