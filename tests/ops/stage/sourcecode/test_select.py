"""Selection of source code: defaults, rules, git, limits, and special files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from support.source_tree import (
    BINARY,
    commit,
    git,
    make,
    paths,
    reasons,
    rules,
    select,
    selected,
)

from guild.base.errors import GuildError
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode.file_decisions import MAX_FILES, MAX_SIZE

DEFAULT = SourceCodeDef()

# -- Outside of a work tree


def test_text_files_sorted_by_path(tmp_path: Path) -> None:
    make(tmp_path, ["b.py", "a/x.py", "a.txt", "a-b.py", ".hidden", "no-suffix"])
    make(tmp_path, {"x.png": BINARY, "empty": ""})
    expected = [".hidden", "a-b.py", "a.txt", "a/x.py", "b.py", "empty", "no-suffix"]
    assert paths(select(tmp_path, DEFAULT)) == expected


def test_skipped_directories(tmp_path: Path) -> None:
    make(tmp_path, ["a.py", ".hidden/a", "__pycache__/a", "build/a", "dist/a", "x.egg-info/a"])
    make(tmp_path, ["v1/bin/activate", "v1/a", "v2/Scripts/activate", "v3/pyvenv.cfg", "v3/b/a"])
    make(tmp_path, ["v4/conda-meta/history", "m1/.nocopy", "m2/.guild-nocopy", "m2/a"])
    make(tmp_path, [".guild/a", ".git/a"])
    (tmp_path / ".git").rename(tmp_path / "sub.git")
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == ["a.py", "sub.git/a"]
    assert reasons(selection)["v1/"] == "a virtual environment: holds bin/activate"
    assert reasons(selection)["m1/"] == "holds a .nocopy file"
    assert reasons(selection)["build/"] == "exclude dir build"


def test_root_itself_is_never_skipped(tmp_path: Path) -> None:
    make(tmp_path / "build", ["a.py", ".nocopy", "pyvenv.cfg"])
    assert paths(select(tmp_path / "build", DEFAULT)) == [".nocopy", "a.py", "pyvenv.cfg"]


def test_large_files_are_skipped(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": b"x" * MAX_SIZE, "b.txt": b"x" * (MAX_SIZE + 1)})
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == ["a.txt"]
    assert reasons(selection) == {"b.txt": "over 1 MB"}
    assert selection.warnings == (
        "Skipping source code file b.txt because it's too big. To control which files are copied, "
        "define 'sourcecode' for the operation in a Guild file. To use the file in the run, add "
        "--dep b.txt or list it under 'requires'.",
    )


def test_number_of_files_is_limited(tmp_path: Path) -> None:
    make(tmp_path, [f"{number:03}.py" for number in range(MAX_FILES + 5)])
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == [f"{number:03}.py" for number in range(MAX_FILES)]
    assert selection.warnings == (
        "Found more than 100 source code files but will only copy 100 as a safety measure. To "
        "control which files are copied, define 'sourcecode' for the operation in a Guild file. "
        "Not copied: 100.py, 101.py, 102.py and 2 more",
    )


def test_limits_do_not_apply_to_included_files(tmp_path: Path) -> None:
    make(tmp_path, [f"{number:03}.py" for number in range(MAX_FILES + 5)])
    make(tmp_path, {"big.py": b"x" * (MAX_SIZE + 1)})
    selection = select(tmp_path, rules("include *.py"))
    assert len(selection.files) == MAX_FILES + 6
    assert selection.warnings == ()


def test_disabled_source_code(tmp_path: Path) -> None:
    make(tmp_path, ["a.py"])
    selection = select(tmp_path, SourceCodeDef(enabled=False))
    assert (selection.files, selection.skipped, selection.basis) == ((), (), ())


def test_missing_root(tmp_path: Path) -> None:
    with pytest.raises(GuildError, match=r"source code root '.*/none' is not a directory"):
        select(tmp_path / "none", DEFAULT)


# -- Rules


TREE = ["a.py", "B.txt", "c.PY", "{a,b}.txt", "x[1].txt", "sub/a.py", "sub/f.py"]
TREE += ["sub/data/a.py", "sub/deep/f.py", "data/a.py", ".hid/a.py"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # a name at any depth, and case counts
        (["exclude *", "include f.py"], "sub/deep/f.py sub/f.py"),
        (["exclude *", "include *.PY"], "c.PY"),
        # with a slash from the root, and * crosses folders
        (["exclude *", "include sub/*.py"], "sub/a.py sub/data/a.py sub/deep/f.py sub/f.py"),
        (["exclude *", "include deep/f.py"], ""),
        (["exclude *", "include sub/**/f.py"], "sub/deep/f.py"),
        (["exclude *", "include /a.py"], "a.py"),
        (["exclude *", "include ./sub/a.py"], "sub/a.py"),
        # characters and sets, but no alternatives
        (["exclude *", "include {a,b}.txt", "include x[[]1].txt"], "x[1].txt {a,b}.txt"),
        (["exclude *", "include ?.py", "exclude [a-e].py"], "sub/deep/f.py sub/f.py"),
        # the name of a folder is all that is in it
        (["exclude *", "include data"], "data/a.py"),
        (["exclude *", "include sub/deep/"], "sub/deep/f.py"),
        (["exclude *", "include /data"], "data/a.py"),
        (["exclude *", "include text data"], ""),
        # the last one wins
        (["include *", "exclude *.py", "include sub/a.py", "exclude *.txt"], "c.PY sub/a.py"),
        # folders: a name at any depth, a path from the root, and the last one wins
        (["exclude *", "include *.py", "exclude dir data"], "a.py sub/a.py sub/deep/f.py sub/f.py"),
        (["exclude *", "include a.py", "exclude dir sub/data"], "a.py data/a.py sub/a.py"),
        (["exclude *.*", "include a.py", "exclude dir *", "include dir data"], "a.py data/a.py"),
        # a directory that is skipped by default is included by a rule or by name
        (["exclude sub", "exclude *.[tP]*", "include dir .hid"], ".hid/a.py a.py data/a.py"),
        (["exclude *", "include .hid/a.py"], ".hid/a.py"),
        (["exclude *", "include .hid"], ".hid/a.py"),
    ],
)  # fmt: skip
def test_rules(tmp_path: Path, lines: list[str], expected: str) -> None:
    assert selected(make(tmp_path, TREE), *lines) == expected.split()


def test_rules_by_content(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "1", "b.py": BINARY, "c.png": BINARY, "d.txt": "1"})
    assert selected(tmp_path, "include binary *.py") == ["a.py", "b.py", "d.txt"]
    assert selected(tmp_path, "exclude text *.py") == ["d.txt"]
    assert selected(tmp_path, "exclude *", "include text *") == ["a.py", "d.txt"]


def test_rules_cannot_include_git_and_guild_directories(tmp_path: Path) -> None:
    make(tmp_path, [".guild/a", "sub/.git/a"])
    assert selected(tmp_path, "include *", "include .guild/a", "include dir .git") == []


# -- In a work tree


def test_tracked_files_and_text_that_git_does_not_ignore(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "1", "sub/icon.png": BINARY, ".gitignore": "*.log\nout/\n"})
    commit(tmp_path)
    make(tmp_path, {"new.py": "1", "new.png": BINARY, "x.log": "1", "out/x.py": "1"})
    make(tmp_path, ["__pycache__/x.py", ".hid/x.py", "build/x.py"])
    selection = select(tmp_path, DEFAULT, explain=True)
    assert paths(selection) == [".hid/x.py", "a.py", "build/x.py", "new.py", "sub/icon.png"]
    assert reasons(selection) == {
        ".gitignore": "exclude .git*, .guildignore",
        "__pycache__/": "exclude dir __pycache__",
        "new.png": "not text",
        "out/": "ignored by git",
        "x.log": "ignored by git",
    }
    assert selection.warnings == ()


def test_large_untracked_file_is_not_read(tmp_path: Path) -> None:
    commit(make(tmp_path, ["a.py"]))
    with open(tmp_path / "data.bin", "wb") as file:
        file.truncate(2 * 1024**3)
    assert paths(select(tmp_path, DEFAULT)) == ["a.py"]


def test_number_of_tracked_files_is_not_limited(tmp_path: Path) -> None:
    commit(make(tmp_path, [f"{number:03}.py" for number in range(MAX_FILES + 5)]))
    make(tmp_path, [f"new{number:03}.py" for number in range(MAX_FILES + 2)])
    selection = select(tmp_path, DEFAULT)
    assert len(selection.files) == 2 * MAX_FILES + 5
    (warning,) = selection.warnings
    assert warning.endswith("Not copied: new100.py, new101.py")


def test_large_tracked_file_is_skipped(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1", "big.txt": b"x" * (MAX_SIZE + 1)}))
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == ["a.py"]
    assert "file big.txt because it's too big" in selection.warnings[0]


def test_root_below_the_work_tree(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1", "sub/b.py": "1", ".gitignore": "x.py"}))
    make(tmp_path, ["sub/x.py"])
    assert paths(select(tmp_path / "sub", DEFAULT)) == ["b.py"]


def test_directory_that_an_outer_repository_ignores(tmp_path: Path) -> None:
    commit(make(tmp_path, {".gitignore": "scratch/"}))
    make(tmp_path, ["scratch/a.py", "scratch/sub/b.py"])
    assert paths(select(tmp_path / "scratch", DEFAULT)) == ["a.py", "sub/b.py"]


def test_deleted_tracked_files_are_ignored(tmp_path: Path) -> None:
    commit(make(tmp_path, ["a.py", "b.py"]))
    (tmp_path / "b.py").unlink()
    selection = select(tmp_path, DEFAULT)
    assert (paths(selection), selection.warnings) == (["a.py"], ())


def test_file_with_merge_conflict_is_selected_once(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1"}))
    git(tmp_path, "checkout", "-qb", "other")
    commit(make(tmp_path, {"a.py": "2"}))
    git(tmp_path, "checkout", "-q", "-")
    commit(make(tmp_path, {"a.py": "3"}))
    with pytest.raises(Exception, match="merge"):
        git(tmp_path, "merge", "other")
    assert paths(select(tmp_path, DEFAULT)) == ["a.py"]


def test_nested_repositories(tmp_path: Path) -> None:
    library = commit(make(tmp_path / "library", ["l.py"]))
    project = commit(make(tmp_path / "project", ["a.py"]))
    git(project, "submodule", "add", "-q", str(library), "module")
    commit(make(project / "nested", {"n.py": "1", ".gitignore": "x.py"}))
    make(project, ["nested/x.py", "module/new.py"])
    expected = ["a.py", "module/l.py", "module/new.py", "nested/n.py"]
    assert paths(select(project, DEFAULT)) == expected
    git(project, "submodule", "deinit", "-f", "module")
    assert paths(select(project, DEFAULT)) == ["a.py", "nested/n.py"]


def test_linked_work_tree(tmp_path: Path) -> None:
    project = commit(make(tmp_path / "project", {"a.py": "1", ".gitignore": "x.py"}))
    git(project, "worktree", "add", "-q", "../linked")
    make(tmp_path / "linked", ["x.py", "new.py"])
    assert paths(select(tmp_path / "linked", DEFAULT)) == ["a.py", "new.py"]


def test_rule_includes_files_that_git_ignores(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1", ".gitignore": "*.log\nout/\ndata/\n"}))
    make(tmp_path, {"x.log": "1", "out/o.py": "1", "data/d.py": "1", "data/big.bin": BINARY})
    assert selected(tmp_path, "include *.log") == ["a.py", "x.log"]
    assert selected(tmp_path, "include dir data") == ["a.py", "data/d.py"]
    assert selected(tmp_path, "exclude *", "include data") == ["data/big.bin", "data/d.py"]
    assert selected(tmp_path, "exclude *", "include data/d.py") == ["data/d.py"]
    assert selected(tmp_path, "exclude *", "include *.py") == ["a.py"]


def test_guildignore(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1", "b.py": "1", "sub/c.py": "1"}))
    make(tmp_path, {".guildignore": "b.py\nc.py\n", "n.txt": "1"})
    assert paths(select(tmp_path, DEFAULT)) == ["a.py", "n.txt"]


def test_guildignore_takes_back_what_git_ignores(tmp_path: Path) -> None:
    files = {"a.py": "1", ".gitignore": "generated\n*.log\n", "sub/b.py": "1"}
    commit(make(tmp_path, files))
    make(tmp_path, {"generated/a.txt": "1", "generated/b.txt": "1", "x.log": "1", "sub/y.log": "1"})
    assert paths(select(tmp_path, DEFAULT)) == ["a.py", "sub/b.py"]
    make(tmp_path, {".guildignore": "!generated\nb.txt\n", "sub/.guildignore": "!y.log\n"})
    expected = ["a.py", "generated/a.txt", "sub/b.py", "sub/y.log"]
    assert paths(select(tmp_path, DEFAULT)) == expected


def test_tracked_directories_are_skipped(tmp_path: Path) -> None:
    make(tmp_path, ["a.py", "venv/pyvenv.cfg", "venv/x.py", "m/.nocopy", "m/deep/x.py"])
    assert paths(select(commit(tmp_path), DEFAULT)) == ["a.py"]


def test_git_not_installed(tmp_path: Path) -> None:
    commit(make(tmp_path, {"a.py": "1", ".gitignore": "x.py", "x.py": "1"}))
    selection = select(tmp_path, DEFAULT, environ={"PATH": "/nowhere"})
    assert paths(selection) == [".gitignore", "a.py", "x.py"]
    assert selection.warnings == (
        "source code is selected without git's ignore rules: git is not installed; "
        "set 'executable' under 'git' in the user configuration",
    )


def test_git_of_the_configuration_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    commit(make(project, {"a.py": "1", ".gitignore": "x.py", "x.py": "1"}))
    (tmp_path / "guild-config.yml").write_text("git: {executable: /nowhere/git}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUILD_CONFIG", raising=False)
    selection = select(project, DEFAULT)
    assert paths(selection) == [".gitignore", "a.py", "x.py"]
    assert "'/nowhere/git' does not exist" in selection.warnings[0]
    silent = select(project, DEFAULT, environ={**os.environ, "NO_WARN_GIT_MISSING": "1"})
    assert silent.warnings == ()
    (tmp_path / "guild-config.yml").write_text("git: {executable: git}\n")
    assert paths(select(project, DEFAULT)) == ["a.py"]


def test_broken_repository(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "1", ".git": "gitdir: /nowhere"})
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == [".git", "a.py"]
    assert "without git's ignore rules: fatal: not a git repository" in selection.warnings[0]


# -- Links and special files


@pytest.mark.parametrize("in_git", [False, True])
def test_links(tmp_path: Path, in_git: bool) -> None:
    make(tmp_path / "outside", ["o.py"])
    root = make(tmp_path / "root", ["a.py", "sub/b.py"])
    for name, target in {
        "to_file.py": "a.py",
        "to_folder": "sub",
        "out": "../outside",
        "sub/up": "..",
        "broken.py": "nowhere",
    }.items():
        (root / name).symlink_to(target)
    if in_git:
        commit(root)
    selection = select(root, DEFAULT)
    expected = ["a.py", "out/o.py", "sub/b.py", "to_file.py", "to_folder/b.py"]
    names = paths(selection)
    assert [path for path in names if "/up" not in path] == expected
    assert not any("/up/sub/up" in path for path in names)
    assert selection.warnings == ("not copied as source code: broken.py (a broken link)",)


@pytest.mark.parametrize("in_git", [False, True])
def test_pipes_and_sockets_are_reported_and_never_opened(tmp_path: Path, in_git: bool) -> None:
    make(tmp_path, ["a.py"])
    if in_git:
        commit(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)
        server.bind("socket")
        os.chdir(here)
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == ["a.py"]
    special = {path: reason for path, reason in reasons(selection).items() if path[0] != "."}
    if in_git:  # git lists no pipes and sockets
        assert special == {"link": "a pipe", "null": "a device"}
    else:
        assert special == {
            "link": "a pipe",
            "null": "a device",
            "pipe": "a pipe",
            "socket": "a socket",
        }
        assert selection.warnings == (
            "not copied as source code: link (a pipe), null (a device), pipe (a pipe) and 1 more",
        )


def test_excluded_special_files_are_not_reported(tmp_path: Path) -> None:
    make(tmp_path, ["a.py"])
    os.mkfifo(tmp_path / "pipe")
    assert select(tmp_path, rules("exclude pipe")).warnings == ()
    assert select(tmp_path, rules("exclude *", "include *.py")).warnings == ()


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    make(tmp_path, ["a.py", "b.py", "sub/c.py"])
    (tmp_path / "b.py").chmod(0)
    if os.access(tmp_path / "b.py", os.R_OK):
        pytest.skip("this user reads everything")
    (tmp_path / "sub").chmod(0)
    selection = select(tmp_path, DEFAULT)
    (tmp_path / "sub").chmod(0o755)
    assert paths(selection) == ["a.py"]
    assert "b.py (unreadable: Permission denied)" in selection.warnings[0]


@pytest.mark.parametrize("in_git", [False, True])
def test_unusual_file_names(tmp_path: Path, in_git: bool) -> None:
    names = ["a b.py", "new\nline.py", "bad\udcff.py", "ä€😀.py", "-x.py", "'q\".py", "t\tab.py"]
    make(tmp_path, [*names, "dir \n\udcfe/x.py"])
    if in_git:
        commit(tmp_path)
    assert paths(select(tmp_path, DEFAULT)) == sorted([*names, "dir \n\udcfe/x.py"])
    assert selected(tmp_path, "exclude *", "include bad*") == ["bad\udcff.py"]


def test_files_named_like_secrets_are_skipped_and_reported(tmp_path: Path) -> None:
    make(tmp_path, [".env", ".env.local", ".env.example", "sub/id_rsa", "a.py", "key.pem"])
    selection = select(tmp_path, DEFAULT)
    assert paths(selection) == [".env.example", "a.py"]
    assert reasons(selection)[".env"] == "may hold secrets"
    assert selection.warnings == (
        "not copied (may hold secrets): .env, .env.local, key.pem and 1 more; "
        "to copy them anyway, include them under 'sourcecode'",
    )
    assert ".env" in selected(tmp_path, "include .env")
