"""`guild merge`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from guild.testing.project import Project

MakeProject = Callable[..., Project]

OP = "x = 1\nopen('made.txt', 'w').write('made')\n"
OTHER = "print('other')\n"


def _git(p: Project, *args: str) -> None:
    subprocess.run(["git", *args], cwd=p.path, env=p.env, check=True, capture_output=True)


def _made(project: MakeProject) -> Project:
    p = project({"op.py": OP, "other.py": OTHER})
    p.run("run", "op.py", "-y", "--label", "l").assert_ok()
    return p


def test_unchanged_files_are_not_copied(project: MakeProject) -> None:
    p = _made(project)
    out = p.run("merge").assert_ok().out.splitlines()
    assert out[0] == "Nothing to copy for the following run:"
    assert out[2] == "Try 'guild merge --preview' for a list of skipped files."
    out = p.run("merge", "--preview", "-x", "other*").assert_ok().out.splitlines()
    assert out[0] == "Merge will copy files from the following run to the current directory:"
    assert out[2:] == [
        "Files:",
        "  nothing to copy",
        "Skipped:",
        "  made.txt  non-project file",
        "  op.py     unchanged",
        "  other.py  excluded",
    ]


def test_files_are_not_replaced_by_default(project: MakeProject) -> None:
    p = _made(project)
    p.write({"op.py": "mine\n"})
    for option in ("--yes", "--preview"):
        p.run("merge", option).assert_error(
            "files in the current directory would be replaced:\n  op.py\n"
            "Use --replace to skip this check."
        )
    assert (p.path / "op.py").read_text() == "mine\n"
    p.run("merge", "--replace", "-y").assert_ok().assert_out("Copying op.py")
    assert (p.path / "op.py").read_text() == OP


def test_unchanged_files_in_git_are_replaced(project: MakeProject) -> None:
    p = _made(project)
    _git(p, "init")
    p.write({"op.py": "committed\n", "other.py": "staged\n"})
    _git(p, "add", "op.py")
    _git(p, "commit", "-m", "c")
    _git(p, "add", "other.py")
    p.run("merge", "-y").assert_error(
        "files in the current directory have uncommitted changes:\n  other.py\n"
        "Commit or stash these changes or use --replace to skip this check."
    )
    p.run("merge", "-y", "-x", "other.py", "--no-replace").assert_error(
        "files in the current directory would be replaced:\n  op.py\n"
        "Use --replace to skip this check."
    )
    p.run("merge", "-y", "-x", "other.py").assert_ok().assert_out("Copying op.py")
    p.write({"op.py": "changed\n"})
    p.run("merge", "-y", "-x", "other.py").assert_error(
        "files in the current directory have uncommitted changes:\n  op.py\n"
        "Commit or stash these changes or use --replace to skip this check."
    )


def test_merge_all_files_to_another_directory(project: MakeProject) -> None:
    p = _made(project)
    p.run("merge", "-y", "--all", "--target-dir", "there").assert_ok().assert_out(
        "Copying made.txt\nCopying op.py\nCopying other.py"
    )
    assert (p.path / "there/made.txt").read_text() == "made"
    p.run("merge", "-y", "-a", "-t", "here", "--skip-sourcecode").assert_ok().assert_out(
        "Copying made.txt"
    )


def test_confirmation_defaults_to_no(project: MakeProject) -> None:
    p = _made(project)
    declined = p.run("merge", "-t", "there", stdin="\n")
    assert declined.exit_code == 4
    assert declined.out.splitlines()[2:] == [
        "Files:",
        "  op.py",
        "  other.py",
        "1 files will not be copied (use --preview to show the full list)",
        "Continue? (y/N)",
    ]
    assert not (p.path / "there").exists()


def test_run_of_another_project_is_refused(project: MakeProject) -> None:
    p = _made(project)
    p.write({"sub/x": ""})
    short_id = p.runs()[0].short_id
    p.run("merge", cwd=p.path / "sub").assert_error(
        f"run {short_id} was created from a different project ({p.path}) - cannot merge to the "
        f"current directory by default\nUse '--target-dir .' to override this check or try "
        f"'guild merge --help' for more information."
    )


def test_path_outside_the_project_is_skipped(project: MakeProject) -> None:
    p = _made(project)
    run_dir = p.run_dir()
    (run_dir / "evil.py").write_text("x")
    (run_dir / ".guild/manifest").write_text("s evil.py - ../evil.py\n")
    out = p.run("merge", "-p", "-x", "op*", "-x", "ot*").assert_ok().out
    assert "  evil.py   not in the project" in out.splitlines()
    assert not (p.path.parent / "evil.py").exists()


def test_mutually_exclusive_options(project: MakeProject) -> None:
    p = project({})
    p.run("merge", "--replace", "--no-replace").assert_error(
        "--replace and --no-replace cannot both be used\n"
        "Try 'guild merge --help' for more information.",
        2,
    )
