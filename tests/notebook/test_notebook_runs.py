"""`guild run NOTEBOOK`, through the command line and a kernel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.notebooks import notebook

from guild.run import Run

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

EXAMPLES = Path(__file__).parents[2] / "examples" / "notebooks"

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


def test_flags_output_and_what_is_kept(project):
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


def test_the_cell_that_is_shown_is_the_one_that_ended_it(project):
    book = json.loads(notebook("1 / 0", "int('a')"))
    book["cells"][0]["metadata"]["tags"] = ["raises-exception"]
    p = project({"bad.ipynb": json.dumps(book)})
    err = p.run("run", "bad.ipynb", "-y").err.splitlines()
    assert err[0] == "cell 2 failed:"
    assert err[-1] == "ValueError: invalid literal for int() with base 10: 'a'"


def test_error_shows_the_cell(project):
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


def test_notebook_of_a_guildfile_in_a_grid(project):
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


def test_kernel_that_is_missing_is_told(project):
    other = {"kernelspec": {"name": "cobol-7", "display_name": "Cobol", "language": "cobol"}}
    p = project({"n.ipynb": notebook("a", **other)})
    p.run("run", "n.ipynb", "-y").assert_error(
        "the notebook needs the kernel 'cobol-7', which is not installed - "
        "'jupyter kernelspec list' shows those that are"
    )


def test_missing_notebook_of_a_guildfile_is_told(project):
    p = project({"guild.yml": "fit: {notebook: no.ipynb}"})
    p.run("run", "fit", "-y").assert_error(
        f"cannot read notebook {p.path / 'no.ipynb'}: No such file or directory"
    )


@pytest.mark.parametrize("name", [path.name for path in sorted(EXAMPLES.glob("*.ipynb"))])
def test_examples_run(project, name):
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
        shown = [output["data"].get("text/html", "") for output in outputs if "data" in output]
        assert any("<table><tr><th>run</th>" in "".join(html) for html in shown)
        assert any("5 of 5 trials, best loss=" in "".join(html) for html in shown)
        assert any("image/png" in output.get("data", {}) for output in outputs)


def test_a_notebook_of_any_size_is_found(project):
    p = project({"big.ipynb": notebook("lr = 0.1", "print('lr', lr)", f"# {'x' * 1_200_000}")})
    p.run("run", "big.ipynb", "lr=0.5", "-y").assert_ok().assert_out("lr 0.5")
