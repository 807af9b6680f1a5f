"""`guild compare` without the interactive table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.runs import RunMaker, with_runs

from guild.testing.project import Project


@pytest.fixture
def made(project) -> tuple[Project, RunMaker]:
    return with_runs(project)


@pytest.fixture
def three(made) -> Project:
    """Three runs with flags and scalars; the latest failed."""
    project, make = made
    make(flags={"lr": 0.1, "net": "small"}, scalars={"loss": [(1, 0.5), (2, 0.25)]}, label="one")
    make(flags={"lr": 0.00001, "net": "large"}, scalars={"loss": float("nan")})
    make(flags={"lr": 10}, scalars={"loss": float("inf"), "sys/mem": 1.0}, exit_status=1)
    return project


def test_table_is_printed_without_a_terminal(three):
    three.run("compare").assert_ok().assert_out(
        """
        run       operation  started              time     status     label  lr       step  loss  net
        eccbc87e  train      2026-01-02 03:07:05  0:00:30  error             10       1     .inf
        c81e728d  train      2026-01-02 03:06:05  0:00:30  completed         1.0e-05  1     .nan  large
        c4ca4238  train      2026-01-02 03:05:05  0:00:30  completed  one    0.1      2     0.25  small
        """  # noqa: E501
    )


def test_table_option_prints_the_same_table(three):
    assert three.run("compare", "--table").out == three.run("compare").out


def test_csv_keeps_all_digits(three):
    three.run("compare", "--csv", "-").assert_ok().assert_out(
        """
        run,operation,started,time,status,label,lr,step,loss,net
        eccbc87e,train,2026-01-02 03:07:05,0:00:30,error,,10,1,inf,
        c81e728d,train,2026-01-02 03:06:05,0:00:30,completed,,1e-05,1,nan,large
        c4ca4238,train,2026-01-02 03:05:05,0:00:30,completed,one,0.1,2,0.25,small
        """
    )


def test_csv_file(three):
    done = (
        three.run("compare", "--csv", "runs.csv")
        .assert_ok()
        .assert_err("Wrote 3 row(s) to runs.csv")
    )
    assert done.out == ""
    assert (three.path / "runs.csv").read_bytes().count(b"\n") == 4


def test_csv_file_that_cannot_be_written(three):
    three.run("compare", "--csv", "missing/runs.csv").assert_error(
        "cannot write 'missing/runs.csv': No such file or directory"
    )


def test_csv_keeps_special_characters(made):
    project, make = made
    make(label='a "b", c\nd', flags={"on": True, "list": [1, "x"]})
    project.run("compare", "--csv", "-", "-cc", ".label,=on,=list").assert_ok().assert_out(
        """
        run,label,on,list
        c4ca4238,"a ""b"", c
        d",True,"[1, 'x']"
        """
    )


def test_json(three):
    rows = json.loads(three.run("compare", "--json", "-cc", "=lr, loss as l").assert_ok().out)
    assert rows[2] == {"run": "c4ca4238", "lr": 0.1, "l": 0.25}
    assert rows[0]["l"] == float("inf")


def test_values_of_the_table_stay_in_their_line(made):
    project, make = made
    make(label="a\nb\x1b[31m", flags={"yes": True, "many": [1, 2], "long": 1 / 3, "tiny": 1e-9 / 3})
    project.run("compare", "-cc", ".label,=yes,=many,=long,=tiny").assert_ok().assert_out(
        """
        run       label         yes  many    long      tiny
        c4ca4238  a\\nb\\x1b[31m  yes  [1, 2]  0.333333  3.333333e-10
        """
    )


def test_cols_adds_columns(three):
    three.run(
        "compare", "-t", "-p", "-r", "-c", "min loss as best, loss step, .exit_status"
    ).assert_out(
        """
        run       best  loss step  exit_status
        eccbc87e  .inf  1          1
        c81e728d  .nan  1          0
        c4ca4238  0.25  2          0
        """
    )


def test_strict_cols_replaces_columns(three):
    expected = "run       loss\nc4ca4238  0.25"
    for option in ("-cc", "--strict-cols", "--strict-columns"):
        three.run("compare", option, "loss", "-n1", "--min", "loss").assert_ok().assert_out(
            expected
        )


def test_skip_unchanged_omits_columns(three):
    three.run("compare", "-cc", ".status, =lr, .exit_status", "-u", "1:2").assert_ok().assert_out(
        """
        run       status     lr       exit_status
        eccbc87e  error      10       1
        c81e728d  completed  1.0e-05  0
        """
    )
    three.run("compare", "-r", "-u", "2").assert_ok().assert_out("run\nc81e728d")


def test_all_scalars_includes_system_scalars(three):
    assert "sys/mem" not in three.run("compare").out
    assert "sys/mem" in three.run("compare", "-s").out.splitlines()[0]


def test_extra_columns(made):
    project, make = made
    make(sourcecode_digest="0123456789abcdef")
    project.run("compare", "-re").assert_ok().assert_out("run       sourcecode\nc4ca4238  01234567")


def test_runs_without_a_number_are_sorted_last(three):
    ids = three.run("compare", "-r", "-cc", "loss", "--max", "=lr").out.split()[2::2]
    assert ids == ["eccbc87e", "c4ca4238", "c81e728d"]
    lines = three.run("compare", "-cc", "loss", "--min", "loss").out.splitlines()
    assert [line.split()[1] for line in lines] == ["loss", "0.25", ".inf", ".nan"]


def test_limit_shows_first_rows(three):
    for option in ("-n", "--limit", "--top"):
        three.run("compare", "-cc", "=lr", option, "1").assert_out("run       lr\neccbc87e  10")


def test_runs_and_filters(three):
    three.run("compare", "-cc", "=lr", "-Se").assert_ok().assert_out("run       lr\neccbc87e  10")
    three.run("compare", "-cc", "=lr", "c4ca", "1").assert_ok().assert_out(
        "run       lr\nc4ca4238  0.1\neccbc87e  10"
    )
    three.run("compare", "-cc", "=lr", "-F", "loss < 1").assert_out("run       lr\nc4ca4238  0.1")


def test_no_runs(made):
    project, _ = made
    for way in ("--table", "--csv=-", "--print-scalars"):
        project.run("compare", way).assert_ok().assert_out("")
    project.run("compare", "--json").assert_ok().assert_out("[]")


def test_include_batch_adds_batches(made):
    project, make = made
    make(
        "+",
        opref="builtin:'' '' '' +",
        files={".guild/proto/.guild/opref": "guildfile:g '' '' train"},
    )
    assert project.run("compare").out == ""
    assert project.run("compare", "--include-batch").out != ""


def test_compare_columns_of_the_operation(project):
    made, make = with_runs(
        lambda: project({"guild.yml": "train: {compare: [=lr as rate, max acc], main: train}"})
    )
    make(flags={"lr": 0.1}, scalars={"acc": [(1, 0.75), (2, 0.5)]})
    made.run("compare", "-r").assert_ok().assert_out("run       rate  acc\nc4ca4238  0.1   0.75")
    made.run("compare", "-rp").assert_ok().assert_out("run\nc4ca4238")


def test_print_scalars(made):
    project, make = made
    run = make(scalars={"loss": [(1, 0.5), (3, 1e-9)], "sys/mem": 5.0})
    make.write(run, "train/events.out.tfevents.1", Path(_event_file(run.path)).read_bytes())
    make("eval")
    project.run("compare", "--print-scalars").assert_ok().assert_out(
        """
        [c81e728d] eval
        [c4ca4238] train
          loss: 1e-09 (step 3)
          train#loss: 1e-09 (step 3)
        """
    )
    assert "sys/mem: 5.000000" in project.run("compare", "--print-scalars", "-s").out


def _event_file(run_dir: str) -> str:
    [name] = [name for name in os.listdir(f"{run_dir}/.guild") if "tfevents" in name]
    return f"{run_dir}/.guild/{name}"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--table", "--csv", "-"], "--table and --csv cannot both be used"),
        (["--json", "--print-scalars"], "--json and --print-scalars cannot both be used"),
        (["--min", "a", "--max", "b"], "--min and --max cannot both be used"),
        (["-c", "a", "-cc", "b"], "--cols and --strict-cols cannot both be used"),
    ],
)
def test_exclusive_options(project, args, message):
    done = project().run("compare", *args)
    assert done.err == f"guild: {message}\nTry 'guild compare --help' for more information."
    assert done.exit_code == 2


def test_invalid_columns(three):
    three.run("compare", "-c", "min").assert_ok()  # a scalar of that name
    done = three.run("compare", "-c", "loss, =")
    assert done.exit_code == 1
    assert done.err.startswith("guild: invalid col spec")


def test_sorting_by_an_unknown_column(three):
    done = three.run("compare", "-cc", "=lr", "--min", "nothing").assert_ok()
    assert done.err == "WARNING: no run has 'nothing' to sort by"


def test_runs_outside_of_the_home(made, tmp_path):
    project, make = made
    other = RunMaker(tmp_path / "other", project.path)
    run = other(scalars={"loss": 2.0})
    project.run("compare", run.path, "-cc", "loss").assert_ok().assert_out(
        "run       loss\nc4ca4238  2.0"
    )
    make()
    make()
    done = project.run("compare", "1", run.path)
    assert done.exit_code == 1
    assert done.err.startswith("guild: cannot compare runs of several directories")


def test_hiplot_writes_a_page_and_opens_it(three, tmp_path):
    pytest.importorskip("hiplot")
    env = {"TMPDIR": str(tmp_path), "BROWSER": "echo open"}
    done = three.run("compare", "--tool", "hiplot", env=env).assert_ok()
    [page] = tmp_path.glob("guild-compare-*.html")
    assert done.out.splitlines()[0] == f"Opening {page}"
    text = page.read_text()
    assert "c4ca4238" in text
    assert "0.25" in text


def test_hiplot_page_is_saved_on_request(three, tmp_path):
    pytest.importorskip("hiplot")
    page = tmp_path / "page.html"
    three.run("compare", "--tool", "hiplot", env={"HIPLOT_HTML": str(page)}).assert_ok().assert_out(
        f"Preparing data for compare\nSaved HiPlot HTML to {page}"
    )
    assert "c4ca4238" in page.read_text()


def test_hiplot_requires_the_package(three, tmp_path):
    (tmp_path / "hiplot.py").write_text("raise ImportError")
    three.run("compare", "--tool", "hiplot", env={"PYTHONPATH": str(tmp_path)}).assert_error(
        "HiPlot is not installed; install it with 'pip install guild-runner[hiplot]'"
    )


def test_printing_a_table_loads_no_heavy_modules(three):
    code = (
        "import sys; from guild.command_line import main\n"
        "sys.argv = ['guild', 'compare', '--csv', '-']\n"
        "try: main()\n"
        "finally: print(*sorted({'logging', 'numpy', 'pandas', 'rich', 'tensorboard', 'textual'}"
        " & set(sys.modules)))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True, env=three.env)
    assert out.splitlines()[-1] == ""
