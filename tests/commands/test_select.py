"""RUN arguments and `guild select`."""

from __future__ import annotations

import pytest
from support.runs import with_runs


@pytest.fixture
def home(project):
    return with_runs(project)


@pytest.fixture
def five(home):
    """Return a project with the runs e, d, c, b and a, the latest first."""
    project, make = home
    for name in "abcde":
        make(name, label=f"label-{name}", flags={"x": ord(name)})
    return project


def ids(project, *args: str) -> list[str]:
    return project.run("select", *args).assert_ok().out.splitlines()


def operations(project, *args: str) -> str:
    out = project.run("select", "-a", "operation", *args).assert_ok().out
    return " ".join(out.splitlines())


def test_latest_run_is_selected(five):
    five.run("select").assert_ok().assert_out(five.run_ids()[0])


def test_without_runs(project):
    project().run("select").assert_error("no matching runs")


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        (("1",), "e"),
        (("5",), "a"),
        (("2", "1"), "d e"),
        (("1", "1"), "e e"),
        (("-A", "1", "1:2", "2"), "e d"),
        (("-A", "2:4"), "d c b"),
        (("-A", "4:"), "b a"),
        (("-A", ":2"), "e d"),
        (("-A", ":"), "e d c b a"),
        (("-A",), "e d c b a"),
        (("3:3",), "c"),
        (("c4ca",), "a"),
        (("c4ca4238a0b923820dcc509a6f75849b",), "a"),
        (("-Fo", "b", "1"), "b"),
        (("-Fl", "label-c"), "c"),
        (("-A", "-Fo", "a", "-Fo", "c", "2:"), "a"),
    ],
)
def test_specs(five, specs, expected):
    assert operations(five, *specs) == expected


@pytest.mark.parametrize("spec", ["6", "0", "99", "2:6", "4:2", "0:2", "x", "xyz:1", ""])
def test_unknown_spec(five, spec):
    five.run("select", "-A", spec).assert_error(
        f"could not find a run matching '{spec}'; run 'guild runs' for a list"
    )


def test_range_is_ambiguous(five):
    five.run("select", "2:4").assert_error(
        "'2:4' matches multiple runs: a87ff679, eccbc87e, c81e728d"
    )


def test_ambiguous_id(home):
    project, make = home
    for n in range(7):
        make(id=f"abc{n}" + "0" * 28)
    project.run("select", "abc").assert_error(
        "'abc' matches multiple runs: abc60000, abc50000, abc40000, abc30000, abc20000, ..."
    )


def test_ids_that_look_like_numbers(home):
    project, make = home
    operation_by_id = {"1e000000": "x", "10000000": "y", "00000001": "z", "2": "w"}
    for start, name in operation_by_id.items():
        make(name, id=start.ljust(32, "a"))
    for start in ("1e000000", "1e0", "10000000", "100", "00000001"):
        expected = next(op for run_id, op in operation_by_id.items() if run_id.startswith(start))
        assert operations(project, start) == expected
    assert operations(project, "2") == "z"  # the second run
    assert operations(project, "2a") == "w"


def test_filters_apply_to_ids(five):
    five.run("select", "-Fo", "b", "c4ca").assert_error(
        "could not find a run matching 'c4ca'; run 'guild runs' for a list"
    )


def test_directory(five):
    path = five.run("select", "2", "--path").assert_ok().out
    assert operations(five, path) == "d"
    moved = five.path / "moved"
    five.run_dir(2).rename(moved)
    assert operations(five, "./moved") == "d"
    assert operations(five, str(moved)) == "d"
    five.run("select", ".").assert_error(
        "could not find a run matching '.'; run 'guild runs' for a list"
    )


def test_output_formats(five):
    run = five.runs()[0]
    assert ids(five) == [run.id]
    assert ids(five, "-s") == [run.short_id]
    assert ids(five, "--path") == ids(five, "-p") == ids(five, "--dir") == [run.path]


def test_attributes(home):
    project, make = home
    make(
        label="a b",
        marked=True,
        flags={"lr": 0.1, "name": "13"},
        tags=["t", "u"],
        sourcecode_digest="abc",
        notes="text\nlines",
        nothing=[],
    )

    def attr(name: str) -> str:
        return project.run("select", "--attr", name).assert_ok().out

    assert attr("flags") == "lr: 0.1\nname: '13'"
    assert attr("label") == "a b"
    assert attr("marked") == "yes"
    assert attr("status") == "completed"
    assert attr("started") == "2026-01-02 03:05:05"
    assert attr("tags") == "- t\n- u"
    assert attr("sourcecode_digest") == "abc"
    assert attr("notes") == "text\nlines"
    assert attr("exit_status") == "0"
    project.run("select", "--attr", "note").assert_error(
        "no such run attribute 'note'; did you mean 'notes'?"
    )


def test_invalid_attribute(home):
    project, make = home
    make(files={".guild/attrs/notes": "{"})
    assert (
        project.run("select", "--attr", "notes").err.splitlines()[-1]
        == "guild: cannot read attribute 'notes' of run c4ca4238"
    )


def test_lowest_and_highest(home):
    project, make = home
    make("a", scalars={"loss": [(1, 0.25), (2, 0.75)]}, flags={"x": 3})
    make("b", scalars={"loss": [(1, 9.0), (2, 0.5)]}, flags={"x": 1})
    make("c", scalars={"loss": float("nan")}, flags={"x": "text"})
    make("d")
    assert operations(project, "--min", "loss") == "b"
    assert operations(project, "--max", "loss") == "a"
    assert operations(project, "--min", "min loss") == "a"
    assert operations(project, "--max", "first loss") == "b"
    assert operations(project, "--min", "=x") == "b"
    assert operations(project, "-max", "=x") == "a"
    assert operations(project, "--min", "loss", "3:") == "b"
    assert operations(project, "--min", "loss", "-Fo", "a") == "a"
    project.run("select", "--min", "acc").assert_error("none of the runs has a number for 'acc'")
    project.run("select", "--min", "loss", "-Fo", "x").assert_error("no matching runs")


def test_min_and_max(five):
    five.run("select", "--min", "x", "--max", "x").assert_error(
        "--min and --max cannot both be used\nTry 'guild select --help' for more information.",
        exit_code=2,
    )


def test_invalid_filter(five):
    result = five.run("select", "-F", "x >")
    assert result.exit_code == 1
    assert len(result.err.splitlines()) == 1
