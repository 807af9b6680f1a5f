"""`guild operations`, `models`, `help`, `init` and `shell`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from guild.testing.project import Project

MakeProject = Callable[..., Project]

GUILDFILE = """
- model: m
  description: |
    A model.
    With more.
  operations:
    train:
      description: |
        Train it.
        For long.
      main: train
      flags-import: all
      flags: {lr: {description: The rate}}
    _private: {main: train}
- model: n
  operations:
    other: {exec: 'echo ${flag_args}', flags: {a: 1}}
"""


def _made(project: MakeProject) -> Project:
    return project({"guild.yml": GUILDFILE, "train.py": "lr = 0.1\n"})


@pytest.mark.parametrize("command", ["operations", "ops"])
def test_operations(project: MakeProject, command: str) -> None:
    p = _made(project)
    p.run(command).assert_ok().assert_out("m:train  Train it.\nn:other")
    p.run(command, "OTH").assert_ok().assert_out("n:other")
    p.run(command, "none").assert_ok().assert_out("")
    p.run(command, "--all", "m:").assert_ok().assert_out("m:_private\nm:train     Train it.")
    p.run(command, "-v").assert_ok().assert_out(
        """
        m:train  Train it.
          For long.
          main: train
          flags:
            lr  The rate (default is 0.1)
        n:other
          exec: echo ${flag_args}
          flags:
            a  (default is 1)
        """
    )


def test_operations_as_json(project: MakeProject) -> None:
    data = json.loads(_made(project).run("operations", "train", "--json").assert_ok().out)
    assert [(op["name"], op["model"], op["default"]) for op in data] == [("m:train", "m", False)]
    assert data[0]["flags"]["lr"]["default"] == 0.1


def test_models(project: MakeProject) -> None:
    p = _made(project)
    p.run("models").assert_ok().assert_out("m  A model.\nn")
    p.run("models", "-v", "m").assert_ok().assert_out(
        f"""
        m  A model.
          With more.
          source: {p.path}/guild.yml
          operations: _private, train
        """
    )
    assert json.loads(p.run("models", "n", "--json").out)[0]["operations"] == ["other"]


def test_commands_without_a_project(project: MakeProject) -> None:
    p = project({})
    p.run("operations").assert_ok().assert_out("")
    p.run("models", "--json").assert_ok().assert_out("[]")
    p.run("help").assert_error(
        "the current directory does not contain a guild.yml file; "
        "use 'guild help PATH' for another project"
    )
    p.run("help", "none").assert_error("'none' does not exist")


def test_help(project: MakeProject) -> None:
    p = _made(project)
    text = p.run("help", str(p.path), cwd=p.home).assert_ok().out
    assert text.startswith("OVERVIEW")
    assert "          Train it.\n          For long.\n          Flags:\n" in text
    assert "            lr  The rate (default is 0.1, number" in text
    assert "_private" not in text
    page = p.run("help", "--markdown", "--title", "T").assert_ok().out
    assert page.startswith("# T\n\n## m\n\n*A model.*\n\nWith more.\n\n### train\n")


def test_help_uses_the_pager(project: MakeProject) -> None:
    p = _made(project)
    p.env["PAGER"] = "sed s/OVERVIEW/PAGED/"
    child = p.terminal("help")
    child.expect("PAGED")
    child = p.terminal("help", "--no-pager")
    child.expect("OVERVIEW")


def test_init(project: MakeProject) -> None:
    p = project({"train.py": ""})
    del p.env["GUILD_HOME"]
    home = p.path / ".guild"
    p.run("init").assert_ok().assert_out(f"Initialized Guild home {home}")
    p.run("run", "train.py", "-y").assert_ok()
    assert len(list((home / "runs").iterdir())) == 1
    p.run("init", ".").assert_ok().assert_out(f"Guild home {home} already exists")
    assert len(list((home / "runs").iterdir())) == 1
    p.run("init", "new/project").assert_ok()
    assert (p.path / "new/project/.guild/runs").is_dir()
    p.run("init", "train.py").assert_error(
        f"cannot create a Guild home in {p.path}/train.py/.guild: Not a directory"
    )


def test_init_with_an_environment(project: MakeProject, tmp_path: Path) -> None:
    p = project({"requirements.txt": "six"})
    python = tmp_path / "python"
    # stands in for an interpreter, and for pip in the environment it makes
    python.write_text(
        '#!/bin/sh\necho "$@" >> $LOG\n'
        'if [ "$2" = venv ]; then mkdir -p $3/bin && cp $0 $3/bin/python; fi\n'
        'if [ "$5" = broken ]; then exit 3; fi\n'
    )
    python.chmod(0o755)
    env = {"LOG": str(tmp_path / "log")}
    prompt = p.run("init", "-p", str(python), env=env, stdin="n\n")
    assert prompt.exit_code == 4
    p.run("init", "-p", str(python), "-g", "1.2", "-y", env=env).assert_ok().assert_out(
        f"""
        Initialized Guild home {p.path}/.guild
        To use the environment: source {p.path}/venv/bin/activate
        """
    )
    pip = "-m pip install --disable-pip-version-check"
    assert (tmp_path / "log").read_text().splitlines() == [
        f"-m venv {p.path}/venv",
        f"{pip} guild-runner==1.2",
        f"{pip} -r {p.path}/requirements.txt",
    ]
    failed = p.run("init", "-p", str(python), "-r", "broken", "-y", env=env)
    assert failed.exit_code == 1
    assert failed.err.endswith("failed with exit code 3")
    p.run("init", "-p", "/no/python", "-y").assert_error(
        "cannot create the virtual environment: /no/python: No such file or directory"
    )


def test_shell_runs_a_script(project: MakeProject) -> None:
    p = project({"train.py": ""})
    p.run("run", "train.py", "-y").assert_ok()
    script = "print([run.operation for run in runs()], selection.select_one(home).id)"
    p.run("shell", stdin=script).assert_ok().assert_out(f"['train.py'] {p.run_ids()[0]}")
    assert p.run("shell", stdin="raise SystemExit(7)").exit_code == 7
    failed = p.run("shell", stdin="def f():\n    1/0\nf()\n")
    assert failed.exit_code == 1
    failed.assert_err(
        """
        Traceback (most recent call last):
          File "<stdin>", line 3, in <module>
          File "<stdin>", line 2, in f
        ZeroDivisionError: division by zero
        """
    )


def test_shell_on_a_terminal(project: MakeProject) -> None:
    child = project({}).terminal("shell")
    child.expect(">>> ")
    child.sendline("len(runs())")
    child.expect("0\r\n")
    child.sendline("exit(5)")
    child.wait()
    assert child.exitstatus == 5


def test_operations_of_the_anonymous_model_come_first(project: MakeProject) -> None:
    p = project(
        {
            "guild.yml": """
            - model: a
              references: [https://example.com]
              operations: {x: {exec: echo}}
            - operations: {z: {exec: echo}}
            """
        }
    )
    p.run("operations").assert_ok().assert_out("z\na:x")
    text = p.run("help").assert_ok().out
    assert text.partition("OPERATIONS")[2].split() == (
        ["z", "MODELS", "a", "Operations:", "x", "References:", "-", "https://example.com"]
    )
    assert p.run("help", "--markdown").out.endswith("### x\n\nReferences:\n\n- https://example.com")


@pytest.mark.parametrize("command", [("operations",), ("models",), ("help",), ("run", "x")])
def test_warnings_of_a_project_are_printed(project: MakeProject, command: tuple[str, ...]) -> None:
    p = project({"guild.yml": "- model: a\n  operation: {x: {exec: echo}}"})
    lines = p.run(*command).err.splitlines()
    assert lines[0] == (
        f"WARNING: {p.path}/guild.yml:1: model 'a': unknown key 'operation'; "
        f"did you mean 'operations'?"
    )
    assert len(lines) == (3 if command[0] == "run" else 1)
