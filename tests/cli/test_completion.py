"""`guild completion`, and what a shell is answered."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.cli.completions import split_line
from guild.testing.project import GUILD, Project

MakeProject = Callable[..., Project]

FILES = {
    "guild.yml": """
    - model: m
      operations:
        train:
          description: Train it
          main: train
          flags-import: all
          flags: {opt: {choices: [sgd, adam]}, fast: {type: boolean}}
    """,
    "train.py": "lr = 0.1\nopt = 'sgd'\nfast = False\n",
}


def _answers(p: Project, line: str) -> list[str]:
    done = subprocess.run(
        [str(GUILD)],
        env={**p.env, "_GUILD_COMPLETE": "bash_complete", "COMP_LINE": line},
        cwd=p.path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_completions(project: MakeProject) -> None:
    p = project(FILES)
    assert _answers(p, "guild op") == ["open", "operations", "ops"]
    assert _answers(p, "guild run ") == ["m:train", "train.py"]
    assert _answers(p, "guild run m:t") == ["m:train"]
    assert sorted(_answers(p, "guild run m:train ")) == ["fast=", "lr=", "opt="]
    assert _answers(p, "guild run m:train lr=1 opt=") == ["opt=sgd", "opt=adam"]
    assert _answers(p, "guild run m:train fast=n") == ["fast=no"]
    assert _answers(p, "guild run m:train --label") == ["--label"]
    assert _answers(p, "guild run 'm:tr") == ["m:train"]


def test_run_completions(project: MakeProject) -> None:
    p = project(FILES)
    for _ in range(2):
        p.run("run", "train.py", "-y").assert_ok()
    ids = [run_id[:8] for run_id in p.run_ids()]
    assert _answers(p, "guild label ") == ids
    assert _answers(p, f"guild runs rm {ids[0][:6]}") == [ids[0]]
    assert _answers(p, f"guild diff {ids[0]} {ids[1]}") == [ids[1]]
    p.run("runs", "rm", ids[0], "-y").assert_ok()
    assert _answers(p, "guild runs restore ") == [ids[0]]


def test_errors_print_nothing(project: MakeProject) -> None:
    p = project({"guild.yml": "a: [", "x.py": "("})
    assert _answers(p, "guild run ") == ["x.py"]
    assert _answers(p, "guild run nothing x") == []
    assert _answers(p, "guild no-such-command x") == []
    p.env["GUILD_HOME"] = "/no/home"
    assert _answers(p, "guild label ") == []


def test_bash_inserts_completions(project: MakeProject) -> None:
    p = project(FILES)
    script = f"""
    {p.run("completion", "-s", "bash").assert_ok().out}
    complete() {{
        COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDS=("${{@:2}}") COMP_CWORD=$(($# - 2))
        _guild_completion guild "${{!#}}" 2>/dev/null
        echo "${{COMPREPLY[*]}}"
    }}
    complete 'guild run m:t' guild run m : t
    complete 'guild run m:train opt=' guild run m : train opt =
    complete 'guild run m:train opt=a' guild run m : train opt = a
    complete 'guild run tr' guild run tr
    """
    done = subprocess.run(
        ["bash", "-c", script], env=p.env, cwd=p.path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == ["train", "sgd adam", "adam", "train.py"]


def test_zsh_gets_unescaped_names(project: MakeProject) -> None:
    # Its script escapes the colon, whatever the version of click does.
    p = project({"guild.yml": "- model: m\n  operations: {train: {main: x, description: All.}}"})
    request = {"_GUILD_COMPLETE": "zsh_complete", "COMP_WORDS": "guild run m:t", "COMP_CWORD": "2"}
    p.run(env=request).assert_ok().assert_out("plain\nm:train\nAll.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_valid(project: MakeProject, shell: str) -> None:
    script = project({}).run("completion", "--shell", shell).assert_ok().out
    assert "_guild_completion" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_install(project: MakeProject) -> None:
    p = project({"rc": "alias x=y"})
    user = p.home.parent / "user"
    line = f"[ -s {user}/.guild/bash_completion ] && . {user}/.guild/bash_completion"
    args = ("completion", "-s", "bash", "--install", "--shell-init", "rc")
    p.run(*args).assert_ok().assert_out(
        f"""
        Writing completion script to {user}/.guild/bash_completion
        Backing up {p.path}/rc to {p.path}/rc.guild-backup.1
        Updating {p.path}/rc to support Guild command completion
        Guild command completion is installed; open a new terminal to use it
        """
    )
    text = f"alias x=y\n{line}  # Enable completion for guild\n"
    assert (p.path / "rc").read_text() == text
    assert (p.path / "rc.guild-backup.1").read_text() == "alias x=y"
    p.run(*args).assert_ok().assert_out(
        f"""
        Writing completion script to {user}/.guild/bash_completion
        Guild completion is already installed in {p.path}/rc
        """
    )
    assert (p.path / "rc").read_text() == text


def test_unknown_shell(project: MakeProject) -> None:
    p = project({})
    p.run("completion", env={"SHELL": "/bin/tcsh"}).assert_error(
        "cannot detect the current shell; use --shell bash|zsh|fish"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("guild ", ["guild", ""]),
        ("guild ru", ["guild", "ru"]),
        ("guild run a:b x=1 ", ["guild", "run", "a:b", "x=1", ""]),
        ("guild run 'a b", ["guild", "run", "a b"]),
        ("", [""]),
    ],
)
def test_split_line(line: str, words: list[str]) -> None:
    assert split_line(line) == words


@given(st.text())
def test_split_line_accepts_any_line(line: str) -> None:
    assert split_line(line)
