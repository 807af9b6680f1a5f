"""`guild runs`, `guild runs list`."""

from __future__ import annotations

import json
import os
import zipfile

import pytest
from support.runs import with_runs

from guild.opref import OpRef


@pytest.fixture
def home(project):
    return with_runs(project)


def test_no_runs(home):
    project, _ = home
    project.run("runs").assert_ok().assert_out("")


def test_latest_first_and_aligned(home):
    project, make = home
    make("a", label="x=1")
    make("longer", exit_status=2)
    project.run("runs").assert_ok().assert_out(
        """
        [1:c81e728d]  longer  2026-01-02 03:06:05  error
        [2:c4ca4238]  a       2026-01-02 03:05:05  completed  x=1
        """
    )


def test_simplified(home):
    project, make = home
    make("a", label="x=1", marked=True)
    make("b", exit_status=-15)
    expected = """
        [1]  b           terminated
        [2]  a [marked]  completed   x=1
        """
    for args in (["runs", "-s"], ["runs", "list", "-s"], ["runs", "list", "--simplified"]):
        project.run(*args).assert_ok().assert_out(expected)


def test_statuses(home):
    project, make = home
    make(files={".guild/LOCK": str(os.getpid())}, exit_status=None)
    make(files={".guild/LOCK": "999999999"}, exit_status=None)
    make(files={".guild/LOCK.remote": "there"}, exit_status=None)
    make(files={".guild/PENDING": ""}, exit_status=None)
    make(files={".guild/STAGED": ""}, exit_status=None)
    out = project.run("runs", "-s").assert_ok().out
    assert [line.split()[2] for line in out.splitlines()] == [
        "staged",
        "pending",
        "running",
        "error",
        "running",
    ]


def test_operations_of_other_projects_show_their_location(home):
    project, make = home
    folder = project.path
    make(opref=OpRef("script", str(folder / "pkg"), "", "", "train.py"))
    make(opref=OpRef("script", str(folder), "", "", "here.py"))
    make(opref=OpRef("guildfile", str(folder / "../x/guild.yml"), "v", "m", "op"))
    make(opref=OpRef("guildfile", str(folder / "../guild.yml"), "v", "", "up"))
    make(opref=OpRef("func", "", "", "", "f"))
    out = project.run("runs", "-s").assert_ok().out
    names = [line.split("  ")[1] for line in out.splitlines()]
    assert names == ["f()", "up (../)", "m:op (../x)", "here.py", "train.py (pkg)"]


def test_long_locations_are_shortened(home):
    project, make = home
    for folder in ("/some/long/path/to/the/project", "/a/" + "b" * 30):
        make(opref=OpRef("script", folder, "", "", "x.py"))
    make(opref=OpRef("script", str(project.path / "x" / ("y" * 20) / "z"), "", "", "x.py"))
    out = project.run("runs", "-s").assert_ok().out
    assert [line.split("(")[1].split(")")[0] for line in out.splitlines()] == [
        "x/yyyyyyyyyyyyyyyyyyyy/z",
        "/a/" + "b" * 30,
        "/some/…/path/to/the/project",
    ]


def test_batches_are_named_after_their_operation(home):
    project, make = home
    trial = OpRef("guildfile", str(project.path / "guild.yml"), "", "", "echo")
    for name in ("+", "gp"):
        model = "skopt" if name == "gp" else ""
        batch = make(opref=OpRef("builtin", "guildai", "1", model, name))
        make.write(batch, ".guild/proto/.guild/opref", str(trial))
    make(opref=OpRef("builtin", "guildai", "1", "", "queue"))
    broken = make(opref=OpRef("builtin", "guildai", "1", "", "+"))
    make.write(broken, ".guild/proto/.guild/opref", "rubbish")
    project.run("runs", "-s").assert_out(
        """
        [1]  +              completed
        [2]  queue          completed
        [3]  echo+skopt:gp  completed
        [4]  echo+          completed
        """
    )


# -- How many


def test_twenty_runs_are_listed_by_default(home):
    project, make = home
    for _ in range(45):
        make()
    for args, count in (((), 20), (("-m",), 40), (("-mm",), 45), (("-a",), 45), (("-n", "3"), 3)):
        result = project.run("runs", *args).assert_ok()
        assert len(result.out.splitlines()) == count
        note = (
            f"Showing the first {count} runs (45 total) - use --all to show all or -m to show more"
        )
        result.assert_err(note if count in (20, 40) else "")


def test_complete_list_has_no_note(home):
    project, make = home
    for _ in range(20):
        make()
    project.run("runs").assert_ok().assert_err("")


def test_limit_of_zero(home):
    project, _ = home
    project.run("runs", "-n", "0").assert_error(
        "Invalid value for '-n' / '--limit': 0 is not in the range x>=1.\n"
        "Try 'guild runs --help' for more information.",
        exit_code=2,
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-a", "-n", "2"), "--all and --limit cannot both be used"),
        (("-d", "-A", "x"), "--archive and --deleted cannot both be used"),
        (("--json", "-v"), "--json and --verbose cannot both be used"),
        (("--flags",), "--flags can only be used with --json"),
        (("-Fm", "-Fn"), "--marked and --unmarked cannot both be used"),
        (("-Sx",), "unrecognized status char 'x' in option '-S'"),
    ],
)
def test_exclusive_options(home, args, message):
    project, _ = home
    result = project.run("runs", *args)
    result.assert_error(f"{message}\nTry 'guild runs --help' for more information.", exit_code=2)


# -- Filters


@pytest.fixture
def filtered(home):
    """`filtered(ARG...)` is the operations of the runs that are listed with these."""
    project, make = home
    make("a", label="x=1 good", tags=["t"], flags={"x": 1}, sourcecode_digest="abc1")
    make("b", exit_status=1, comments=[{"body": "Some Text", "time": 1}], flags={"x": 2})
    make("c", exit_status=-15, marked=True, label="good", flags={"x": 3})
    make("model-d", exit_status=None, files={".guild/STAGED": ""})

    def names(*args: str) -> str:
        out = project.run("runs", "-s", *args).assert_ok().out
        return " ".join(sorted(line.split()[1] for line in out.splitlines()))

    return names


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("-Fo", "a"), "a"),
        (("--operation", "a", "-Fo", "b"), "a b"),
        (("-Fl", "good"), "a c"),
        (("-Fl", "x=1"), "a"),
        (("-Fl", "-"), "b model-d"),
        (("-Fu",), "b model-d"),
        (("-Ft", "t"), "a"),
        (("-Fc", "some text"), "b"),
        (("-Fm",), "c"),
        (("-Fn",), "a b model-d"),
        (("-Fd", "abc"), "a"),
        (("-F", "x >= 2"), "b c"),
        (("-F", "x >= 2 and status = error"), "b"),
        (("-Fs", "before 2026-01-03"), "a b c model-d"),
        (("-Fs", "today"), ""),
        (("-Sc",), "a"),
        (("-Se",), "b"),
        (("-Set",), "b c"),
        (("-Se", "-Ss"), "b model-d"),
        (("--error", "--terminated"), "b c"),
        (("--not-error",), "a c model-d"),
        (("--not-error", "--not-staged"), "a c"),
        (("-Sec", "--not-error"), "a"),
        (("-Fl", "good", "-Sc"), "a"),
    ],
)
def test_filters(filtered, args, expected):
    assert filtered(*args) == expected


# -- More of each run


def test_comments(home):
    project, make = home
    body = "first\n\nsecond \x1b[31m"
    make(comments=[{"body": body, "user": "u", "host": "h", "time": 1_767_323_045_000_000}])
    assert project.run("runs", "-c").assert_ok().out.splitlines() == [
        "[1:c4ca4238]  train  2026-01-02 03:05:05  completed",
        "  u@h 2026-01-02 03:04:05",
        "",
        "    first",
        "",
        "    second \\x1b[31m",
    ]


def test_verbose(home):
    project, make = home
    run = make(label="x=1", cmd=["python", "x y", "it's"], sourcecode_digest="d", vcs_commit="c")
    project.run("runs", "-v").assert_ok().assert_out(
        f"""
        [1:c4ca4238]  train  2026-01-02 03:05:05  completed  x=1
          id: {run.id}
          operation: train
          from: {project.path}/guild.yml
          status: completed
          started: 2026-01-02 03:05:05
          stopped: 2026-01-02 03:05:35
          marked: no
          label: x=1
          sourcecode_digest: d
          vcs_commit: c
          run_dir: {run.path}
          command: python 'x y' "it's"
          exit_status: 0
          pid:
        """
    )


def test_json(home):
    project, make = home
    run = make("a", label="x", tags=["t"], marked=True, flags={"x": 1}, scalars={"loss": 0.5})
    make("b")
    everything = json.loads(project.run("runs", "--json").assert_ok().out)
    assert len(everything) == 2
    limited = json.loads(project.run("runs", "--json", "-n", "1").assert_ok().out)
    assert limited == everything[:1]
    assert everything[1] == {
        "id": run.id,
        "run_dir": run.path,
        "opref": f"guildfile:{project.path}/guild.yml '' '' a",
        "exit_status": 0,
        "cmd": ["python", "-um", "guild.op_main", "a"],
        "comments": None,
        "marked": True,
        "label": "x",
        "started": run["started"],
        "stopped": run["stopped"],
        "tags": ["t"],
        "operation": "a",
        "status": "completed",
    }
    listed = json.loads(project.run("runs", "--json", "--flags", "--scalars").assert_ok().out)
    assert listed[1] == {**everything[1], "flags": {"x": 1}, "scalars": {"loss": [0.5, 1]}}


def test_deleted(home):
    project, make = home
    make("a", trash=True)
    make("b")
    project.run("runs", "-d", "-s").assert_ok().assert_out("[1]  a  completed")
    project.run("runs", "-s").assert_ok().assert_out("[1]  b  completed")


def test_archive_folder(home, tmp_path):
    project, make = home
    make("a")
    (project.home / "runs").rename(tmp_path / "archive")
    project.run("runs", "-s").assert_ok().assert_out("")
    project.run("runs", "-s", "-A", str(tmp_path / "archive")).assert_out("[1]  a  completed")


def test_missing_archive(home):
    project, _ = home
    project.run("runs", "-A", "nowhere").assert_error("archive 'nowhere' does not exist")


def test_archive_zip(home, tmp_path):
    project, make = home
    run = make("a", label="x")
    path = tmp_path / "runs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("opref", "attrs/label", "attrs/exit_status", "attrs/started"):
            archive.write(run.guild_path(name), f"{run.id}/.guild/{name}")
    project.run("runs", "rm", "-y", "-p").assert_ok()
    project.run("runs", "-A", str(path)).assert_ok().assert_out(
        "[1:c4ca4238]  a  2026-01-02 03:05:05  completed  x"
    )


def test_invalid_archive(home):
    project, _ = home
    project.write({"some.txt": "text"})
    project.run("runs", "-A", "some.txt").assert_error(
        "invalid archive 'some.txt': expected a directory or a zip file"
    )


# -- Faults


def test_damaged_runs_are_listed(home):
    project, make = home
    make("a")
    make("b", files={".guild/attrs/label": "{", ".guild/attrs/flags": "- ]"})
    make("c", files={".guild/opref": "rubbish"})
    make("d", files={".guild/opref": b"\xff\x00", ".guild/attrs/started": b"\xff\xfe"})
    os.unlink(make("e").guild_path("opref"))
    result = project.run("runs", "-s").assert_ok()
    assert [line.split() for line in result.out.splitlines()] == [
        ["[1]", "completed"],
        ["[2]", "completed"],
        ["[3]", "completed"],
        ["[4]", "b", "completed"],
        ["[5]", "a", "completed"],
    ]
    assert all(line.startswith("WARNING: run ") for line in result.err.splitlines())
    for command in (["runs", "info"], ["runs", "-v"], ["ls"], ["select", "--attr", "id"]):
        for n in ("1", "2", "3", "4"):
            target = [] if command[-1] == "-v" else [n]
            project.run(*command, *target).assert_ok()


def test_empty_and_unreadable_directories_are_skipped(home):
    project, make = home
    make("a")
    (project.home / "runs" / ("0" * 32)).mkdir()
    (project.home / "runs" / ("1" * 32)).write_text("")
    (project.home / "runs" / "other").mkdir()
    project.run("runs", "-s").assert_ok().assert_out("[1]  a  completed")


def test_label_is_printed_on_one_line(home):
    project, make = home
    make("a", label="one\ntwo\x1b]0;title\x07 \u202eend")
    project.run("runs", "-s").assert_ok().assert_out(
        r"[1]  a  completed  one\ntwo\x1b]0;title\x07 \u202eend"
    )


def test_lines_fit_a_terminal(home):
    project, make = home
    make("a", label="x" * 200)
    child = project.terminal("runs", "-s", size=(24, 40))
    child.expect_exact("[1]  a  completed  " + "x" * 21 + "\r\n")
    child.wait()


@pytest.mark.parametrize(
    "options",
    [
        ("-Fo", "echo+"),
        ("-F", "operation = echo+"),
        ("-F", "operation contains echo and operation != echo"),
    ],
)
def test_batch_is_found_by_its_listed_name(project, options):
    project, make = with_runs(project)
    make("echo")
    batch = make(opref=OpRef("builtin", "guildai", "1", "", "+"))
    trial = OpRef("guildfile", str(project.path / "guild.yml"), "", "", "echo")
    make.write(batch, ".guild/proto/.guild/opref", str(trial))
    project.run("runs", "-s", *options).assert_ok().assert_out("[1]  echo+  completed")
    project.run("compare", "--print-scalars", *options).assert_ok().assert_out(
        f"[{batch.short_id}] echo+"
    )


# -- Names of run directories


def test_run_directory_may_have_any_name(home):
    """Its name is the id of the run: whole, as a prefix, and cut to eight characters."""
    project, make = home
    for name in ("2024-01-lr", "7", "lr", "lr 2", "größe"):
        make(name.replace(" ", "-"), id=name)
    project.run("runs").assert_ok().assert_out(
        """
        [1:größe]     größe       2026-01-02 03:09:05  completed
        [2:lr 2]      lr-2        2026-01-02 03:08:05  completed
        [3:lr]        lr          2026-01-02 03:07:05  completed
        [4:7]         7           2026-01-02 03:06:05  completed
        [5:2024-01-]  2024-01-lr  2026-01-02 03:05:05  completed
        """
    )
    for spec, name in (
        ("2024-01-lr", "2024-01-lr"),
        ("2024", "2024-01-lr"),
        ("7", "7"),  # there are only five runs
        ("lr", "lr"),
        ("lr ", "lr 2"),
        ("4", "7"),
        ("grö", "größe"),
    ):
        project.run("select", spec).assert_ok().assert_out(name)


def test_deleted_run_may_have_any_name(home):
    project, make = home
    make("a", id="first")
    make("b", id="second")
    project.run("runs", "rm", "first", "-y").assert_ok()
    project.run("runs", "-d").assert_out("[1:first]  a  2026-01-02 03:05:05  completed")
    project.run("runs", "restore", "fi", "-y").assert_ok()
    project.run("select", "first").assert_ok().assert_out("first")
    project.run("export", "a.zip", "-y").assert_ok()
    project.run("runs", "rm", "-y", "-p").assert_ok()
    project.run("import", "a.zip", "-y").assert_ok()
    project.run("runs", "-s").assert_ok().assert_out("[1]  b  completed\n[2]  a  completed")


def test_renamed_run_is_listed_under_its_new_name(home):
    project, make = home
    run = make("a")
    project.run("select").assert_out(run.id)
    os.rename(run.path, project.home / "runs" / "best")
    project.run("select").assert_out("best")
    project.run("select", run.short_id).assert_error(
        f"could not find a run matching '{run.short_id}'; run 'guild runs' for a list"
    )
