"""The version control commit of a project."""

from __future__ import annotations

import os
from collections.abc import Mapping

from guild.ops.stage.sourcecode import git


def vcs_commit(project_dir: str | os.PathLike[str], environ: Mapping[str, str]) -> str | None:
    """Return the commit of the work tree that contains `project_dir`: `git:HASH` or `hg:HASH`.

    A `*` is appended if the work tree has changes or files that are neither tracked nor ignored.
    The result is None without version control, without a commit, or if git or hg fails.
    """
    folder = os.path.abspath(os.fspath(project_dir))
    if git.in_work_tree(folder):
        return _git_commit(folder, environ)
    if git.is_at_or_above(folder, ".hg"):
        return _mercurial_commit(folder, environ)
    return None


def _git_commit(folder: str, environ: Mapping[str, str]) -> str | None:
    try:
        output = git.run_git(folder, environ, "status", "--porcelain=v2", "--branch", "-unormal")
    except git.GitUnusableError:
        return None
    lines = output.decode("ascii", "replace").splitlines()
    commit = next(
        (line.split()[2] for line in lines if line.startswith("# branch.oid ")), "(initial)"
    )
    if commit == "(initial)":
        return None
    is_dirty = any(not line.startswith("#") for line in lines)
    return f"git:{commit}{'*' if is_dirty else ''}"


def _mercurial_commit(folder: str, environ: Mapping[str, str]) -> str | None:
    commit = (_mercurial(folder, environ, "log", "-r", ".", "-T", "{node}") or "").strip()
    if not commit.strip("0"):
        return None
    return f"hg:{commit}{'*' if _mercurial(folder, environ, 'status') else ''}"


def _mercurial(folder: str, environ: Mapping[str, str], *args: str) -> str | None:
    """Run `hg ARGS` in `folder` and return its output, or None if it fails."""
    import subprocess

    try:
        process = subprocess.run(
            ["hg", *args],
            cwd=folder,
            # In plain mode the user's aliases and colors do not affect the output.
            env={**environ, "HGPLAIN": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError:
        return None
    return process.stdout.decode("ascii", "replace") if process.returncode == 0 else None
