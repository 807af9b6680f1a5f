"""The commit of a project, and changes of its work tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from guild.ops.stage.environment_info.vcs import vcs_commit


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    return subprocess.run(
        ["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    return tmp_path


def test_commit_of_a_clean_work_tree(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert vcs_commit(repository, os.environ) == f"git:{commit}"
    assert vcs_commit(repository / "sub", os.environ) == f"git:{commit}"


@pytest.mark.parametrize("change", ["changed", "untracked", "staged", "deleted"])
def test_changes_anywhere_in_the_work_tree_are_marked(repository: Path, change: str) -> None:
    if change == "deleted":
        (repository / "sub" / "a.py").unlink()
    else:
        name = "sub/a.py" if change == "changed" else "new.py"
        (repository / name).write_text("2")
    if change == "staged":
        git(repository, "add", ".")
    (repository / "other").mkdir()
    commit = git(repository, "rev-parse", "HEAD")
    assert vcs_commit(repository / "other", os.environ) == f"git:{commit}*"


def test_ignored_files_are_not_changes(repository: Path) -> None:
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "exclude").write_text("*.log\n")
    (repository / "x.log").write_text("")
    assert not str(vcs_commit(repository, os.environ)).endswith("*")


def test_linked_work_tree(repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "../linked")
    commit = git(repository, "rev-parse", "HEAD")
    assert vcs_commit(repository.parent / "linked", os.environ) == f"git:{commit}"


def test_repository_variables_of_the_environment_are_ignored(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    environ = {**os.environ, "GIT_DIR": str(other / ".git")}
    assert vcs_commit(repository, environ) == vcs_commit(repository, os.environ)


def test_no_version_control_or_no_commit(tmp_path: Path) -> None:
    assert vcs_commit(tmp_path, os.environ) is None
    git(tmp_path, "init", "-q")
    assert vcs_commit(tmp_path, os.environ) is None


def test_git_not_installed(repository: Path) -> None:
    assert vcs_commit(repository, {"PATH": "/nowhere"}) is None


@pytest.mark.parametrize(("status", "mark"), [("", ""), ("M a.py", "*")])
def test_mercurial(tmp_path: Path, status: str, mark: str) -> None:
    (tmp_path / "project" / ".hg").mkdir(parents=True)
    program = tmp_path / "bin" / "hg"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = log ] && printf f00d || printf "{status}"\n')
    program.chmod(0o755)
    environ = {"PATH": str(program.parent)}
    assert vcs_commit(tmp_path / "project", environ) == f"hg:f00d{mark}"
