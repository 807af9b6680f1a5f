"""`guild plot`."""

from __future__ import annotations

import re
import shutil
from xml.etree import ElementTree

import pytest
from support.runs import with_runs

SCALARS = {
    "loss": [(step, 0.1 * step) for step in range(5)],
    "acc": [(0, 0.0), (1, 1.0), (2, float("nan")), (3, 3.0), (4, 4.0)],
}


@pytest.fixture
def made(project):
    """A project with two runs, and a function that adds runs."""
    project, make = with_runs(project)
    project.env["COLUMNS"] = "50"
    for factor in (1, 2):
        losses = [(step, factor * value) for step, value in SCALARS["loss"]]
        make(
            flags={"lr": factor / 10},
            label=f"lr={factor / 10}",
            scalars={**SCALARS, "loss": losses},
        )
    return project, make


@pytest.fixture
def plotted(made):
    return made[0]


FIRST, SECOND = "c4ca4238 lr=0.1", "c81e728d lr=0.2"


def test_plot_one_run(plotted):
    result = plotted.run("plot", "loss", "--run", "1").assert_ok()
    lines = result.out.splitlines()
    assert lines[0] == "loss"
    assert lines[1].startswith("0.8 ┤")
    assert lines[20].startswith("  0 ┤⡠")
    assert lines[21] == "    └┬──────────┬──────────┬──────────┬──────────┬"
    assert lines[22] == "     0          1          2          3          4"
    assert lines[23].strip() == "step"
    assert lines[24:] == [f"  ━━ {SECOND}  (last 0.8)"]
    assert "\x1b" not in result.out


def test_distinguish_runs_by_symbols_without_color(plotted):
    result = plotted.run("plot", "loss").assert_ok()
    assert result.out.splitlines()[-2:] == [f"  * {SECOND}  (last 0.8)", f"  o {FIRST}  (last 0.4)"]


def test_panel_for_each_column(plotted):
    result = plotted.run("plot", "acc", "loss, acc as accuracy", "-r", "1").assert_ok()
    first, second = result.out.split("\n\n")
    assert first.splitlines()[0] == "acc"
    assert second.splitlines()[0] == "loss, accuracy"
    assert second.splitlines()[-2:] == ["  * loss  (last 0.8)", "  o accuracy  (last 4)"]


def test_filter_runs(plotted):
    result = plotted.run("plot", "loss", "-F", "lr > 0.1").assert_ok()
    assert result.out.splitlines()[-1] == f"  ━━ {SECOND}  (last 0.8)"


def test_run_in_another_directory(plotted, tmp_path):
    copy = shutil.copytree(plotted.run_dir(), tmp_path / "elsewhere" / plotted.run_ids()[0])
    result = plotted.run("plot", "loss", "-r", str(copy)).assert_ok()
    assert result.out.splitlines()[-1] == f"  ━━ {SECOND}  (last 0.8)"


def test_plot_latest_runs_by_default(made):
    project, make = made
    for _ in range(9):
        make(scalars=SCALARS)
    result = project.run("plot", "loss").assert_ok()
    result.assert_err(
        "Showing the first 10 runs (11 total) - use --all to show all or --limit to show more"
    )
    assert result.out.count("(last ") == 10
    for args, count in ((["--all"], 11), (["--limit", "3"], 3), (["-r", ":"], 11)):
        assert project.run("plot", "loss", *args).assert_err("").out.count("(last ") == count


def test_terminal_width_and_colors(plotted):
    terminal = plotted.terminal("plot", "loss", size=(24, 60))
    text = terminal.read().replace("\r\n", "\n")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert "\x1b[36m━━\x1b[0m" in text
    assert "\x1b[33m━━\x1b[0m" in text
    plain = re.sub(r"\x1b\[\d+m", "", text).splitlines()
    assert max(map(len, plain)) == 60
    assert len(plain) < 24


def test_no_color(plotted):
    plotted.env["NO_COLOR"] = "1"
    text = plotted.terminal("plot", "loss").read()
    assert "\x1b" not in text
    assert "  o " in text


def test_ascii_locale(plotted):
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    process = plotted.popen("plot", "loss", env=env)  # the locale is read at startup
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"loss" in out
    assert out.isascii()


def test_axes_and_smoothing(plotted):
    result = plotted.run("plot", "loss", "-x", "time").assert_ok()
    assert "time (seconds)" in result.out
    result = plotted.run("plot", "loss", "-r", "1", "--smooth", "0.9").assert_ok()
    # The mean of 0.8, 0.6, 0.4, 0.2 and 0 with the weights 1, 0.9, 0.81 ...
    weights = [0.9**n for n in range(5)]
    values = [0.8, 0.6, 0.4, 0.2, 0.0]
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert f"(last {mean:g})" in result.out
    result = plotted.run("plot", "loss", "-r", "1", "--log", "--log-x").assert_ok()
    labels = [line.split("┤")[0].strip() for line in result.out.splitlines() if "┤" in line]
    assert labels == ["0.8", "0.7", "0.6", "0.5", "0.4", "0.3"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["los"], "none of the runs has a scalar 'los'; did you mean 'loss'?"),
        (["=lr"], "cannot plot '=lr': expected a scalar, such as 'loss' or 'train#loss'"),
        (["loss", "-Fl", "nope"], "no matching runs"),
        (["loss", "-r", "x"], "could not find a run matching 'x'; run 'guild runs' for a list"),
        (
            ["loss", "-o", "x.pdf"],
            "cannot write 'x.pdf': supported formats are .png, .svg and .html",
        ),
        (["loss", "-o", "no/x.svg"], "cannot write 'no/x.svg': No such file or directory"),
    ],
)
def test_invalid_arguments(plotted, args, message):
    plotted.run("plot", *args).assert_error(message)


def test_all_and_limit_are_mutually_exclusive(plotted):
    result = plotted.run("plot", "loss", "--all", "--limit", "3")
    assert result.exit_code == 2
    assert "--all and --limit cannot both be used" in result.err


def test_runs_without_scalars(project):
    project, make = with_runs(project)
    make()
    project.run("plot", "loss").assert_error("none of the runs has any scalars")


def test_write_files(plotted):
    plotted.run("plot", "loss", "acc", "-o", "out.svg").assert_ok().assert_out("")
    texts = [element.text for element in ElementTree.parse(plotted.path / "out.svg").iter()]
    assert {"loss", "acc", "step", f"{SECOND} (last 0.8)"} <= set(texts)
    plotted.run("plot", "loss", "acc", "-o", "out.HTML").assert_ok()
    assert "<title>loss, acc</title>" in (plotted.path / "out.HTML").read_text()


def test_write_png(plotted):
    pytest.importorskip("matplotlib")
    plotted.run("plot", "loss", "acc", "--log", "-o", "out.png", timeout=120).assert_ok()
    assert (plotted.path / "out.png").read_bytes().startswith(b"\x89PNG\r\n")
