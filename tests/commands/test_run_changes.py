"""Labels, tags, marks and comments."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.runs import with_runs


@pytest.fixture
def home(project):
    """Return a project with the runs `b`, labeled `x=2 end`, and the older `a`."""
    project, make = with_runs(project)
    make("a", label="x=1", tags=["old"])
    make("b", label="x=2 end")
    return project


def usage(command: str, message: str) -> str:
    return f"{message}\nTry 'guild {command} --help' for more information."


# -- label


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("-s", "new"), "new"),
        (("--set", ""), None),
        (("-p", "pre fix"), "pre fix x=2 end"),
        (("-a", "post"), "x=2 end post"),
        (("-rm", "end"), "x=2"),
        (("-rm", "x=2", "-rm", "end"), None),
        (("--remove", "x=2 end"), None),
        (("-rm", "x"), "x=2 end"),
        (("-c",), None),
    ],
)
def test_label(home, args, expected):
    done = "Cleared label for" if args == ("-c",) else "Labeled"
    home.run("label", *args, "-y").assert_ok().assert_out(f"{done} 1 run(s)")
    assert home.attr("label", 1) == expected
    assert home.attr("label", 2) == "x=1"


def test_label_several(home):
    home.run("label", "-s", "new", "1:2", "-y").assert_ok().assert_out("Labeled 2 run(s)")
    assert [home.attr("label", n) for n in (1, 2)] == ["new", "new"]
    home.run("runs", "label", "-c", "-Fo", "a", "-y").assert_ok()
    assert [home.attr("label", n) for n in (1, 2)] == ["new", None]


def test_label_prompts(home):
    for answer, code, label in (("n", 4, "x=1"), ("", 0, "x=1"), ("Y", 0, "new")):
        result = home.run("label", "-s", "new", "2", stdin=f"{answer}\n")
        assert result.exit_code == code
        assert result.out.removesuffix("Labeled 1 run(s)").rstrip() == (
            "You are about to label the following runs with 'new':\n"
            f"  [c4ca4238]  a  2026-01-02 03:05:05  completed  {label}\n"
            "Continue? (Y/n)"
        )
        assert home.attr("label", 2) == ("x=1" if code else "new")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "missing one of: --set, --append, --prepend, --remove, --clear"),
        (("-s", "a", "-c"), "--set and --clear cannot both be used"),
        (("-s", "a", "-p", "b"), "--set and --prepend cannot both be used"),
    ],
)
def test_label_usage(home, args, message):
    home.run("label", *args).assert_error(usage("label", message), exit_code=2)


def test_label_of_an_unknown_run(home):
    home.run("label", "-s", "x", "9", "-y").assert_error(
        "could not find a run matching '9'; run 'guild runs' for a list"
    )


def test_label_that_cannot_be_written_is_an_error(home):
    attrs = home.run_dir() / ".guild" / "attrs"
    attrs.rename(attrs.with_name("gone"))
    attrs.write_text("")
    result = home.run("label", "-s", "x", "-y", "c81e")
    assert result.exit_code == 1
    assert result.err.splitlines()[-1] == "guild: cannot change run c81e728d: Not a directory"


# -- tag


def test_tags(home):
    home.run("tag", "-a", "t2", "-a", "t1", "-y").assert_ok().assert_out(
        "Modified tags for 1 run(s)"
    )
    assert home.attr("tags") == ["t1", "t2"]
    home.run("tag", "-d", "t1", "-a", "t3", "-y").assert_ok()
    assert home.attr("tags") == ["t2", "t3"]
    home.run("tag", "-c", "-a", "t4", ":", "-y").assert_out("Modified tags for 2 run(s)")
    assert [home.attr("tags", n) for n in (1, 2)] == [["t4"], ["t4"]]
    assert home.attr("label") == "x=2 end"


def test_tags_and_labels(home):
    home.run("tag", "-a", "t1", "-a", "end", "--sync-labels", "-y").assert_ok()
    assert home.attr("label") == "t1 x=2 end"
    home.run("tag", "-d", "t1", "-a", "t2", "-s", "-y").assert_ok()
    assert home.attr("label") == "t2 x=2 end"
    home.run("tag", "-c", "-s", "-y").assert_ok()
    assert home.attr("label") == "x=2"


def test_list_tags(home):
    home.run("tag", "-a", "new", "-y").assert_ok()
    home.run("tag", "--list-all").assert_ok().assert_out("new\nold")
    home.run("tag", "--list-all", "1").assert_ok().assert_out("new")
    assert json.loads(home.run("tag", "--list-all", "--json").out) == ["new", "old"]


def test_tag_prompts(home):
    result = home.run("tag", "-a", "x", stdin="n\n")
    assert result.exit_code == 4
    result.assert_out(
        """
        Tags of these runs will change (labels stay as they are; see --sync-labels):
          [c81e728d]  b  2026-01-02 03:06:05  completed  x=2 end
        Continue? (Y/n)
        """
    )
    assert "(labels change too):" in (home.run("tag", "-a", "x", "-s", stdin="n\n").out)
    assert home.attr("tags") is None


def test_tag_usage(home):
    home.run("tag").assert_error(
        usage("tag", "missing one of: --add, --delete, --clear, --list-all"), exit_code=2
    )
    home.run("tag", "--list-all", "-c").assert_error(
        usage("tag", "--list-all and --clear cannot both be used"), exit_code=2
    )


# -- mark


def test_mark(home):
    home.run("mark", "-y").assert_ok().assert_out("Marked 1 run(s)")
    home.run("mark", "2", "-y").assert_ok()
    assert [home.attr("marked", n) for n in (1, 2)] == [True, True]
    home.run("mark", "--clear", "1", "-y").assert_ok().assert_out("Unmarked 1 run(s)")
    assert [home.attr("marked", n) for n in (1, 2)] == [None, True]


def test_unmark_all(home):
    home.run("mark", ":", "-y").assert_out("Marked 2 run(s)")
    home.run("mark", "-c", stdin="y\n").assert_ok().assert_out(
        """
        You are about to unmark the following runs:
          [c81e728d]  b [marked]  2026-01-02 03:06:05  completed  x=2 end
          [c4ca4238]  a [marked]  2026-01-02 03:05:05  completed  x=1
        Continue? (Y/n) Unmarked 2 run(s)
        """
    )
    home.run("mark", "-c").assert_ok().assert_out("No runs to unmark.")


# -- comment


def test_comments(home):
    home.env["LOGNAME"] = home.env["USER"] = "me"
    for args in (["first"], ["second\nline", "-u", "bob@far"], ["third", "--user", "alice"]):
        home.run("comment", "-a", *args, "-y").assert_ok().assert_out("Added comment to 1 run(s)")
    comments = home.attr("comments")
    assert [comment["body"] for comment in comments] == ["first", "second\nline", "third"]
    assert [comment["user"] for comment in comments] == ["me", "bob", "alice"]
    assert comments[1]["host"] == "far"
    assert comments[0]["host"] == comments[2]["host"] != "far"
    home.run("comment", "-d", "1", "-y").assert_ok().assert_out("Deleted comment for 1 run(s)")
    assert [comment["body"] for comment in home.attr("comments")] == ["second\nline", "third"]
    home.run("comment", "-c", "-y").assert_ok().assert_out("Deleted all comments for 1 run(s)")
    assert not home.attr("comments")


def test_list_comments(project):
    project, make = with_runs(project)
    make(
        "a", comments=[{"body": "x\n\ny", "user": "u", "host": "h", "time": 1_767_323_045_000_000}]
    )
    make("b")
    assert project.run("comment", "--list", "2", "1").assert_ok().out.splitlines() == [
        "c4ca4238  a  2026-01-02 03:05:05  completed",
        "[1] u@h 2026-01-02 03:04:05",
        "",
        "  x",
        "",
        "  y",
        "",
        "c81e728d  b  2026-01-02 03:06:05  completed",
        "  <no comments>",
    ]
    listed = json.loads(project.run("comment", "-l", "--json", "2").assert_ok().out)
    assert listed[0]["comments"] == [
        {"user": "u", "host": "h", "time": "2026-01-02 03:04:05", "body": "x\n\ny"}
    ]


def test_comment_in_an_editor(home):
    home.write({"editor": '#!/bin/sh\ncp "$1" seen\n(echo typed; cat seen) > "$1"\n'})
    (home.path / "editor").chmod(0o755)
    home.env["EDITOR"] = str(home.path / "editor")
    home.run("comment", "-y").assert_ok()
    home.run("comment", "-y", "-a", "some", "-e").assert_ok()
    assert [comment["body"] for comment in home.attr("comments")] == ["typed", "typed\nsome"]
    seen = (home.path / "seen").read_text()
    assert "#  [c81e728d]  b  2026-01-02 03:06:05  completed  x=2 end\n" in seen


def test_empty_comment(home):
    home.env["EDITOR"] = "true"
    home.run("comment", "-y").assert_error("aborting due to an empty comment")
    home.run("comment", "-a", " ", "-y").assert_error("aborting due to an empty comment")


def test_delete_of_a_missing_comment(home):
    home.run("comment", "-d", "2", "-y").assert_error(
        "run c81e728d has no comment 2; run 'guild comment --list' for a list of comments"
    )


def test_clearing_comments_defaults_to_no(home):
    home.run("comment", "-a", "x", "-y").assert_ok()
    result = home.run("comment", "-c", stdin="\n")
    assert result.exit_code == 4
    result.assert_out(
        """
        WARNING: You are about to delete ALL comments from the following runs:
          [c81e728d]  b  2026-01-02 03:06:05  completed  x=2 end
        Continue? (y/N)
        """
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-l", "-a", "x"), "--list and --add cannot both be used"),
        (("-d", "1", "-c"), "--delete and --clear cannot both be used"),
    ],
)
def test_comment_usage(home, args, message):
    home.run("comment", *args).assert_error(usage("comment", message), exit_code=2)


# -- Faults


def test_invalid_attributes_are_replaced(project):
    project, make = with_runs(project)
    make(files={f".guild/attrs/{name}": "{" for name in ("label", "tags", "comments", "marked")})
    for args in (["label", "-p", "x"], ["tag", "-a", "x"], ["comment", "-a", "x"], ["mark"]):
        project.run(*args, "-y").assert_ok()
    assert project.attr("label") == "x"
    assert project.attr("tags") == ["x"]
    assert project.attr("marked") is True


def test_concurrent_changes(home):
    with ThreadPoolExecutor(8) as pool:
        results = pool.map(lambda n: home.run("label", "-s", f"label-{n}", ":", "-y"), range(12))
    assert all(result.exit_code == 0 for result in results)
    for run in home.runs():
        assert str(run["label"]).startswith("label-")
        assert not [name for name in os.listdir(run.guild_path("attrs")) if name[0] == "."]
