"""`guild plot`."""

from __future__ import annotations

import json
import re
import shutil
from xml.etree import ElementTree

import pytest

TRAIN = """
    lr = 0.1
    for step in range(5):
        print(f"step: {step}")
        print(f"loss: {lr * step}")
        print(f"acc: {'nan' if step == 2 else step}")
    """

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def trained(project):
    """A project with two runs."""
    made = project({"train.py": TRAIN})
    for lr in ("0.1", "0.2"):
        made.run("run", "train.py", f"lr={lr}", "-y").assert_ok()
    made.env["COLUMNS"] = "50"
    return made


def names(project):
    return [f"{run.short_id} {run['label']}" for run in project.runs()]


def test_one_run(trained):
    name = names(trained)[0]
    result = trained.run("plot", "loss", "--run", "1").assert_ok()
    lines = result.out.splitlines()
    assert lines[0] == "loss"
    assert lines[1].startswith("0.8 ┤")
    assert lines[20].startswith("  0 ┤⡠")
    assert lines[21] == "    └┬──────────┬──────────┬──────────┬──────────┬"
    assert lines[22] == "     0          1          2          3          4"
    assert lines[23].strip() == "step"
    assert lines[24:] == [f"  ━━ {name}  (last 0.8)"]
    assert "\x1b" not in result.out


def test_runs_are_told_apart_where_there_is_no_color(trained):
    second, first = names(trained)
    result = trained.run("plot", "loss").assert_ok()
    assert result.out.splitlines()[-2:] == [
        f"  * {second}  (last 0.8)",
        f"  o {first}  (last 0.4)",
    ]


def test_each_column_has_a_drawing_and_a_list_has_one(trained):
    result = trained.run("plot", "acc", "loss, acc as accuracy", "-r", "1").assert_ok()
    first, second = result.out.split("\n\n")
    assert first.splitlines()[0] == "acc"
    assert second.splitlines()[0] == "loss, accuracy"
    assert second.splitlines()[-2:] == ["  * loss  (last 0.8)", "  o accuracy  (last 4)"]


def test_filters(trained):
    second, _ = names(trained)
    result = trained.run("plot", "loss", "-F", "lr > 0.1").assert_ok()
    assert result.out.splitlines()[-1] == f"  ━━ {second}  (last 0.8)"


def test_a_run_that_is_elsewhere(trained, tmp_path):
    copy = shutil.copytree(trained.run_dir(), tmp_path / "elsewhere" / trained.run_ids()[0])
    result = trained.run("plot", "loss", "-r", str(copy)).assert_ok()
    assert result.out.splitlines()[-1] == f"  ━━ {names(trained)[0]}  (last 0.8)"


def test_the_latest_runs_unless_all_are_asked_for(trained):
    trained.run("run", "train.py", "lr=[1,2,3,4,5,6,7,8,9]", "-y").assert_ok()
    result = trained.run("plot", "loss").assert_ok()
    result.assert_err(
        "Showing the first 10 runs (11 total) - use --all to show all or --limit to show more"
    )
    assert result.out.count("(last ") == 10
    for args, shown in ((["--all"], 11), (["--limit", "3"], 3), (["-r", ":"], 11)):
        assert trained.run("plot", "loss", *args).assert_err("").out.count("(last ") == shown


def test_on_a_terminal_in_color_and_as_wide(trained):
    terminal = trained.terminal("plot", "loss", size=(24, 60))
    text = terminal.read().replace("\r\n", "\n")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert "\x1b[36m━━\x1b[0m" in text
    assert "\x1b[33m━━\x1b[0m" in text
    plain = re.sub(r"\x1b\[\d+m", "", text).splitlines()
    assert max(map(len, plain)) == 60
    assert len(plain) < 24


def test_no_color(trained):
    trained.env["NO_COLOR"] = "1"
    terminal = trained.terminal("plot", "loss")
    text = terminal.read()
    assert "\x1b" not in text
    assert "  o " in text


def test_ascii_where_there_is_nothing_else(trained):
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert trained.run("plot", "loss", env=env).assert_ok().out.isascii()


def test_by_time(trained):
    result = trained.run("plot", "loss", "-x", "time").assert_ok()
    assert "time (seconds)" in result.out


def test_smoothed(trained):
    plain, smooth = (
        trained.run("plot", "loss", "-r", "1", *args).assert_ok().out
        for args in ([], ["--smooth", "0.9"])
    )
    assert "(last 0.8)" in plain
    # The mean of 0.8, 0.6, 0.4, 0.2 and 0 with the weights 1, 0.9, 0.81 ...
    weights = [0.9**n for n in range(5)]
    values = [0.8, 0.6, 0.4, 0.2, 0.0]
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert f"(last {mean:g})" in smooth


def test_logarithmic(trained):
    result = trained.run("plot", "loss", "-r", "1", "--log", "--log-x").assert_ok()
    marks = [line.split("┤")[0].strip() for line in result.out.splitlines() if "┤" in line]
    assert marks == ["0.8", "0.7", "0.6", "0.5", "0.4", "0.3"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["los"], "none of the runs has a scalar 'los'; did you mean 'loss'?"),
        (["=lr"], "'=lr' has no curve: only a scalar has one, such as 'loss' or 'train#loss'"),
        (["loss", "-Fl", "nope"], "no matching runs"),
        (["loss", "-r", "x"], "could not find a run matching 'x' - 'guild runs' lists them"),
        (
            ["loss", "-o", "x.pdf"],
            "cannot write 'x.pdf': supported formats are .png, .svg and .html",
        ),
        (["loss", "-o", "no/x.svg"], "cannot write 'no/x.svg': No such file or directory"),
    ],
)
def test_mistakes(trained, args, message):
    trained.run("plot", *args).assert_error(message)


def test_runs_without_scalars(project):
    quiet = project({"quiet.py": "print('hello')"})
    quiet.run("run", "quiet.py", "-y").assert_ok()
    quiet.run("plot", "loss").assert_error("none of the runs has any scalars")


def test_only_values_that_are_no_numbers(project):
    one = project({"x.py": "print('loss: nan')"})
    one.run("run", "x.py", "-y").assert_ok()
    one.run("plot", "loss").assert_error("'loss' has no finite values")


def lines_of(root):
    return [element for element in root.iter(f"{SVG}path") if element.get("class") == "line"]


def test_svg(trained):
    trained.run("label", "-s", "<a & b>", "1", "-y").assert_ok()
    trained.run("plot", "loss", "acc", "-o", "out.svg").assert_ok().assert_out("")
    root = ElementTree.parse(trained.path / "out.svg").getroot()
    assert root.tag == f"{SVG}svg"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"loss", "acc", "step"} <= set(texts)
    assert f"{trained.runs()[0].short_id} <a & b> (last 0.8)" in texts
    loss, _, acc, _ = lines_of(root)
    # From corner to corner, and with a gap where the value is NaN.
    assert loss.get("d") == "M0.0 300.0L177.5 225.0L355.0 150.0L532.5 75.0L710.0 0.0"
    assert acc.get("d") == "M0.0 300.0L177.5 225.0M532.5 75.0L710.0 0.0"


def test_html_needs_no_network_and_runs_no_label(trained):
    label = "</script><script>alert(1)</script> @@DATA@@"
    trained.run("label", "-s", label, "1", "-y").assert_ok()
    trained.run("plot", "loss", "-o", "out.HTML").assert_ok()
    page = (trained.path / "out.HTML").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>loss</title>" in page
    assert page.count("<script>") == page.count("</script>") == 1
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert re.findall('https?://[^"]*', page) == ["http://www.w3.org/2000/svg"]
    root = ElementTree.fromstring(re.search("<svg.*?</svg>", page, re.DOTALL)[0])
    assert len(lines_of(root)) == 2
    data = json.loads(re.search(r"const panels = (.*);\n", page)[1])
    assert [line["name"] for line in data[0]["lines"]] == [
        f"{trained.runs()[0].short_id} {label}",
        names(trained)[1],
    ]
    assert data[0]["lines"][1]["points"][1] == [1, pytest.approx(0.1)]


def test_png(trained):
    pytest.importorskip("matplotlib")
    trained.run("label", "-s", "$no formula", "1", "-y").assert_ok()
    trained.run("plot", "loss", "acc", "--log", "-o", "out.png", timeout=120).assert_ok()
    assert (trained.path / "out.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_png_without_matplotlib(trained):
    trained.write({"instead/matplotlib.py": "raise ImportError('no matplotlib')"})
    env = {"PYTHONPATH": str(trained.path / "instead")}
    trained.run("plot", "loss", "-o", "out.png", env=env).assert_error(
        "cannot write a PNG file: Matplotlib is not installed; install it with "
        "'pip install guild-runner[plot]', or write an SVG or HTML file"
    )
