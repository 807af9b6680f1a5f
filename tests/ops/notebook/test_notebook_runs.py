"""Notebook runs with `guild run` and a real kernel."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from support.notebooks import notebook

from guild.run import Run

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

EXAMPLES = Path(__file__).parents[3] / "examples" / "notebooks"

TRAIN = notebook(
    "lr = 0.1  # the rate\nname = 'x'",
    "import os, sys\nprint(f'loss: {lr * 2}')\nprint('err', file=sys.stderr)\n"
    "open('made', 'w').close()",
    "lr, name",
    tagged=[0],
)


def only_run(project) -> Run:
    (path,) = (project.home / "runs").iterdir()
    return Run(path.name, path)


def test_set_flags_and_save_output(project):
    p = project({"train.ipynb": TRAIN})
    result = p.run("run", "train.ipynb", "lr=0.5", "-y").assert_ok()
    result.assert_out("loss: 1.0\n(0.5, 'x')")
    assert result.err == "err"
    run = only_run(p)
    assert run.get("flags") == {"lr": 0.5, "name": "x"}
    executed = json.loads(Path(run.path, "train.ipynb").read_text())
    assert "".join(executed["cells"][0]["source"]) == "lr = 0.5  # the rate\nname = 'x'"
    assert executed["cells"][2]["outputs"][0]["data"]["text/plain"] == ["(0.5, 'x')"]
    assert "<pre>(0.5, 'x')</pre>" in Path(run.path, "train.html").read_text()
    assert Path(run.path, "made").exists()
    assert (p.path / "train.ipynb").read_text() == TRAIN
    p.run("compare", "--csv", "-", "-cc", "=lr,loss").assert_ok().assert_out(
        f"run,lr,loss\n{run.short_id},0.5,1.0"
    )


def test_show_cell_that_ended_execution(project):
    book = json.loads(notebook("1 / 0", "int('a')"))
    book["cells"][0]["metadata"]["tags"] = ["raises-exception"]
    p = project({"bad.ipynb": json.dumps(book)})
    err = p.run("run", "bad.ipynb", "-y").err.splitlines()
    assert err[0] == "cell 2 failed:"
    assert err[-1] == "ValueError: invalid literal for int() with base 10: 'a'"


def test_show_failed_cell(project):
    p = project({"bad.ipynb": notebook("a = 1", "print('x')\nb = 1 / 0", "print('never')")})
    result = p.run("run", "bad.ipynb", "-y")
    assert result.exit_code == 1
    assert result.out == "x"
    lines = result.err.splitlines()
    assert lines[:5] == ["cell 2 failed:", "", "    print('x')", "    b = 1 / 0", ""]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    run = only_run(p)
    assert run.status == "error"
    assert "ZeroDivisionError" in Path(run.path, "bad.html").read_text()


def test_show_failed_cell_after_expected_failure(project):
    allowed = json.loads(notebook("1 / 0", "raise KeyError('real')", "print('never')"))
    allowed["cells"][0]["metadata"]["tags"] = ["raises-exception"]
    stale = {"output_type": "stream", "name": "stdout", "text": "of another time"}
    allowed["cells"][2]["outputs"] = [stale]
    p = project({"bad.ipynb": json.dumps(allowed)})
    result = p.run("run", "bad.ipynb", "-y")
    assert result.exit_code == 1
    lines = result.err.splitlines()
    assert lines[:4] == ["cell 2 failed:", "", "    raise KeyError('real')", ""]
    assert lines[-1] == "KeyError: 'real'"
    executed = json.loads(Path(only_run(p).path, "bad.ipynb").read_text())
    assert executed["cells"][2]["outputs"] == []


@pytest.mark.parametrize(
    ("argument", "exit_code", "status"),
    [("", 0, "completed"), ("0", 0, "completed"), ("3", 3, "error"), ("'bad data'", 1, "error")],
)
def test_exit_in_cell(project, argument, exit_code, status):
    source = f"import sys\nsys.exit({argument})"
    p = project({"exit.ipynb": notebook("print('x')", source, "print('never')")})
    result = p.run("run", "exit.ipynb", "-y")
    assert (result.exit_code, result.out) == (exit_code, "x")
    assert "failed" not in result.err
    assert ("bad data" in result.err) == (argument == "'bad data'")
    assert only_run(p).status == status


SLEEPER = """\
import os, time
print(os.getpid(), flush=True)
try:
    time.sleep(120)
finally:
    print("cleaned up")
"""


def test_ctrl_c_interrupts_cell_and_ends_kernel(project):
    p = project({"sleep.ipynb": notebook(SLEEPER, "print('never')")})
    terminal = p.terminal("run", "sleep.ipynb", "-y")
    terminal.expect(r"(\d+)\r\n")
    kernel = int(terminal.match.group(1))
    terminal.sendintr()
    terminal.expect("cleaned up")
    terminal.expect("stopped\r\n")
    terminal.wait()
    assert "Traceback" not in terminal.before
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    run = only_run(p)
    assert run.status == "terminated"
    executed = json.loads(Path(run.path, "sleep.ipynb").read_text())
    assert "KeyboardInterrupt" in json.dumps(executed["cells"][0]["outputs"][-1])
    assert executed["cells"][1]["outputs"] == []


def test_sigterm_ends_kernel_of_cell_that_ignores_interrupts(project):
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    p = project({"deaf.ipynb": notebook(deaf + SLEEPER)})
    process = p.popen("run", "deaf.ipynb", "-y")
    kernel = int(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    err = process.communicate(timeout=60)[1]
    assert err.decode().splitlines()[-1] == "stopped"
    assert b"Traceback" not in err
    assert only_run(p).status == "terminated"
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


@pytest.mark.parametrize("form", ["3", "4 without ids", "with a byte order mark"])
def test_run_other_notebook_formats(project, form):
    made = json.loads(notebook("lr = 0.1", "print('lr', lr)"))
    if form == "3":
        cells = [
            {**cell, "input": cell.pop("source"), "language": "python", "collapsed": False}
            for cell in made["cells"]
        ]
        made = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
        made["worksheets"] = [{"cells": cells, "metadata": {}}]
    for cell in made.get("cells", ()):
        del cell["id"]
    mark = "\ufeff" if form.startswith("with") else ""
    p = project({"other.ipynb": mark + json.dumps(made)})
    result = p.run("run", "other.ipynb", "lr=0.5", "-y").assert_ok()
    assert (result.out, result.err) == ("lr 0.5", "")


def test_run_grid_of_guildfile_notebook(project):
    p = project(
        {
            "guild.yml": "fit:\n  notebook: nb/train.ipynb\n  flags-import: [lr]\n"
            "  flags: {extra: 3}\n",
            "nb/train.ipynb": TRAIN,
        }
    )
    p.run("run", "fit", "lr=[1,2]", "-y").assert_ok()
    runs = [Run(path.name, path) for path in (p.home / "runs").iterdir()]
    assert sorted(run.get("flags")["lr"] for run in runs) == [1, 2]
    assert all(run.get("flags")["extra"] == 3 for run in runs)
    assert all(Path(run.path, "train.html").exists() for run in runs)


PLACES = """\
fit:
  notebook: net.ipynb
  flags:
    units:
      nb-replace: 'dense\\((\\d+)'
    name: {default: it's, nb-replace: "^title = .*"}
    size: {arg-name: n, default: 8, nb-replace: '(\\d+) by (\\d+)'}
    rate: 0.5
wrong:
  notebook: net.ipynb
  flags: {units: {default: 1, nb-replace: 'sparse\\((\\d+)'}}
"""


def test_replace_patterns_in_notebook(project):
    cells = notebook(
        "def dense(x): return x\nrate = 0.1",
        "%time a = dense(10)\nb = dense(20)  # 2 by 3",
        "x = 1\ntitle = None\nprint(a, b, dense(30), rate)\n# 5 by 6",
    )
    p = project({"guild.yml": PLACES, "net.ipynb": cells})
    p.run("run", "fit", "--help-op").assert_ok()
    result = p.run("run", "fit", "-y").assert_ok()
    assert result.out.splitlines()[-1] == "10 20 10 0.5"
    again = p.run("run", "--proto", only_run(p).id, "units=64", "--label", "second", "-y")
    again.assert_ok().assert_err(
        "WARNING: [guild] flag 'name' is not set: nothing matches nb-replace '^title = .*'"
    )
    run = next(run for run in p.runs() if run.get("label") == "second")
    assert run.get("flags")["units"] == 64
    executed = json.loads(Path(run.path, "net.ipynb").read_text())
    assert ["".join(cell["source"]) for cell in executed["cells"]] == [
        "def dense(x): return x\nrate = 0.5",
        "%time a = dense(64)\nb = dense(20)  # 8 by 8",
        'x = 1\n"it\'s"\nprint(a, b, dense(64), rate)\n# 8 by 8',
    ]
    assert "flag 'units' is not set: nothing matches nb-replace 'sparse\\(" in (
        p.run("run", "wrong", "-y").assert_ok().err
    )


def test_report_invalid_pattern(project):
    yml = "fit: {notebook: n.ipynb, flags: {x: {nb-replace: '(('}}}"
    p = project({"guild.yml": yml, "n.ipynb": notebook("1")})
    p.run("run", "fit", "-y").assert_error(
        f"{p.path}/guild.yml:1: operation 'fit', flag 'x', nb-replace: invalid pattern '((': "
        "missing ), unterminated subpattern at position 1"
    )


def test_report_missing_kernel(project):
    other = {"kernelspec": {"name": "cobol-7", "display_name": "Cobol", "language": "cobol"}}
    p = project({"n.ipynb": notebook("a", **other)})
    p.run("run", "n.ipynb", "-y").assert_error(
        "the notebook's kernel 'cobol-7' is not installed; "
        "run 'jupyter kernelspec list' to list installed kernels"
    )


def test_report_missing_notebook(project):
    p = project({"guild.yml": "fit: {notebook: no.ipynb}"})
    p.run("run", "fit", "-y").assert_error(
        f"cannot read notebook {p.path / 'no.ipynb'}: No such file or directory"
    )


@pytest.mark.parametrize("name", [path.name for path in sorted(EXAMPLES.glob("*.ipynb"))])
def test_run_examples(project, name):
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    p = project({})
    shutil.copy(EXAMPLES / name, p.path / name)
    p.run("run", name, "-y").assert_ok()
    run = only_run(p)
    executed = json.loads(Path(run.path, name).read_text())
    outputs = [output for cell in executed["cells"] for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output["output_type"] == "error"]
    if name == "search.ipynb":
        pages = [output["data"].get("text/html", "") for output in outputs if "data" in output]
        assert any("<table><tr><th>run</th>" in "".join(html) for html in pages)
        assert any("5 of 5 trials, best loss=" in "".join(html) for html in pages)
        assert any("image/png" in output.get("data", {}) for output in outputs)


def test_find_large_notebook(project):
    p = project({"big.ipynb": notebook("lr = 0.1", "print('lr', lr)", f"# {'x' * 1_200_000}")})
    p.run("run", "big.ipynb", "lr=0.5", "-y").assert_ok().assert_out("lr 0.5")
