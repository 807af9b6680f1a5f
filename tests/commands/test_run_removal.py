"""`guild runs delete`, `restore` and `purge`."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.runs import with_runs


@pytest.fixture
def home(project):
    """Return a project with the runs c, b and a, the latest first."""
    project, make = with_runs(project)
    for name in "abc":
        make(name)
    return project


def names(home, *args: str) -> str:
    out = home.run("runs", "-s", *args).assert_ok().out
    return " ".join(line.split()[1] for line in out.splitlines())


def test_delete_and_restore(home):
    home.run("runs", "delete", "2", "-y").assert_ok().assert_out("Deleted 1 run(s)")
    assert (names(home), names(home, "-d")) == ("c a", "b")
    home.run("runs", "rm", "-y").assert_ok().assert_out("Deleted 2 run(s)")
    assert (names(home), names(home, "-d")) == ("", "c b a")
    home.run("runs", "restore", "2:3", "-y").assert_ok().assert_out("Restored 2 run(s)")
    assert (names(home), names(home, "-d")) == ("b a", "c")
    home.run("runs", "restore", "eccb", "-y").assert_ok()
    assert names(home) == "c b a"


def test_purge(home):
    home.run("runs", "rm", "1", "2", "-y").assert_ok()
    home.run("runs", "purge", "1", "-y").assert_ok().assert_out("Permanently deleted 1 run(s)")
    assert (names(home), names(home, "-d")) == ("a", "b")
    home.run("runs", "purge", "-y").assert_ok()
    assert list((home.home / "trash/runs").iterdir()) == []


def test_permanent_delete(home):
    home.run("runs", "rm", "-p", "-Fo", "b", "-y").assert_out("Permanently deleted 1 run(s)")
    assert (names(home), names(home, "-d")) == ("c a", "")
    assert len(list((home.home / "runs").iterdir())) == 2


def test_deleting_unnamed_runs_defaults_to_no(home):
    for args in ((), ("-Fo", "b")):
        result = home.run("runs", "rm", *args, stdin="\n")
        assert result.exit_code == 4
        assert result.out.endswith("run(s)? (y/N)")
    assert names(home) == "c b a"


def test_deleting_running_run_defaults_to_no(home):
    (home.run_dir() / ".guild" / "LOCK").write_text(str(os.getpid()))
    result = home.run("runs", "rm", "1", stdin="\n")
    assert (result.exit_code, result.out.splitlines()[-1]) == (4, "Delete 1 run(s)? (y/N)")


def test_prompt_fails_if_stdin_is_closed(home):
    result = home.run("runs", "rm", "1")
    assert result.exit_code == 1
    assert result.err == (
        "guild: cannot ask for confirmation: stdin is closed (use -y to skip the prompt)"
    )


def test_nothing_to_do(home):
    home.run("runs", "rm", "-Fo", "x", "-y").assert_ok().assert_out("Nothing to delete.")
    home.run("runs", "restore", "-y").assert_ok().assert_out("Nothing to restore.")
    home.run("runs", "purge", "-y").assert_ok().assert_out("Nothing to purge.")


@pytest.mark.parametrize(
    ("args", "about", "question"),
    [
        (("rm",), "You are about to delete the following runs:", "Delete 1 run(s)? (Y/n)"),
        (
            ("rm", "-p"),
            "WARNING: You are about to permanently delete the following runs:",
            "Permanently delete 1 run(s)? (y/N)",
        ),
        (
            ("restore",),
            "You are about to restore the following runs:",
            "Restore 1 run(s)? (Y/n)",
        ),
        (
            ("purge",),
            "WARNING: You are about to permanently delete the following runs:",
            "Permanently delete 1 run(s)? (y/N)",
        ),
    ],
)
def test_prompts(home, args, about, question):
    home.run("runs", "rm", "1", "-y").assert_ok()
    run, op, time = (
        ("c81e728d", "b", "03:06:05") if args[0] == "rm" else ("eccbc87e", "c", "03:07:05")
    )
    result = home.run("runs", *args, "1", stdin="n\n")
    assert result.exit_code == 4
    result.assert_out(f"{about}\n  [{run}]  {op}  2026-01-02 {time}  completed\n{question}")
    assert (names(home), names(home, "-d")) == ("b a", "c")
    if "(y/N)" in question:
        assert home.run("runs", *args, "1", stdin="\n").exit_code == 4


def test_filter_before_the_command_is_rejected(home):
    home.run("runs", "-Fo", "a", "rm", "-y").assert_error(
        "options cannot be listed before command ('rm')\n"
        "Try 'guild runs --help' for more information.",
        exit_code=2,
    )
    assert names(home) == "c b a"


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("rm", "9"), "runs"),
        (("restore", "1"), "runs --deleted"),
        (("purge", "x"), "runs --deleted"),
    ],
)
def test_unknown_run(home, args, hint):
    home.run("runs", *args, "-y").assert_error(
        f"could not find a run matching '{args[1]}'; run 'guild {hint}' for a list"
    )


def test_run_that_is_already_deleted(home):
    """Check that a run with the same ID in the trash is not overwritten."""
    run_dir = home.run_dir()
    home.run("runs", "rm", "1", "-y").assert_ok()
    (run_dir / ".guild/attrs").mkdir(parents=True)
    home.run("runs", "restore", run_dir.name, "-y").assert_error(
        "cannot restore run eccbc87e: a run with that id already exists; "
        "delete it permanently first, or purge the deleted run"
    )
    home.run("runs", "rm", run_dir.name, "-y").assert_error(
        "cannot delete run eccbc87e: Directory not empty"
    )


def test_directory_outside_of_the_home_is_not_deleted(home):
    path = home.path / "kept"
    home.run_dir().rename(path)
    result = home.run("runs", "rm", "./kept", "-y")
    assert result.exit_code == 1
    assert result.err == f"guild: run kept in {path} is not one of the runs in {home.home}/runs"
    assert path.is_dir()


def test_home_through_a_link(home):
    link = home.path / "link"
    os.symlink(home.home, link)
    home.env["GUILD_HOME"] = str(link)
    home.run("runs", "rm", "1", "-y").assert_ok()
    home.run("runs", "rm", str(home.run_dir()), "-y").assert_ok()
    assert names(home) == "a"
    home.run("runs", "restore", "-y").assert_ok()
    assert names(home) == "c b a"


def test_damaged_runs_can_be_deleted(home):
    for n in (1, 2):
        (home.run_dir(n) / ".guild/opref").write_bytes(b"\xff\x00'")
    home.run("runs", "rm", ":", "-y").assert_ok()
    home.run("runs", "restore", "-y").assert_ok()
    home.run("runs", "rm", "-p", ":", "-y").assert_ok()
    assert names(home) == names(home, "-d") == ""


def test_concurrent_deletes(project):
    """Each run is deleted once; other commands report that it no longer exists."""
    project, make = with_runs(project)
    for _ in range(20):
        make()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: project.run("runs", "rm", "-y"), range(4)))
    for result in results:
        last = result.err.splitlines()[-1:] or [""]
        assert result.exit_code in (0, 1)
        assert result.exit_code == 0 or last[0].endswith("no longer exists")
    project.run("runs", "rm", "-y").assert_ok()
    assert len(list((project.home / "trash/runs").iterdir())) == 20
    project.run("runs", "restore", "-y").assert_ok()
    assert len(project.runs()) == 20
