"""Details of one run."""

from __future__ import annotations

from support.runs import with_runs

from guild.index.query import IndexedRun, RunQuery
from guild.index.run_index import RunIndex
from guild.scalars.event_file import EventFileWriter
from guild.view.tui import details


def read_single_run(home) -> IndexedRun:
    with RunIndex(home) as index:
        (run,) = index.select(RunQuery())
    return run


def test_scalars_with_the_names_of_other_fields(project):
    project, make = with_runs(project)
    run = make(scalars={"acc": 0.5, "loss": 0.25, "status": 3.0})
    with EventFileWriter(run.path) as events:  # the script's own, beside those of its output
        events.add_scalar("acc", 0.75, 1, 0)
    summary = details.read_details(project.home, read_single_run(project.home))
    assert [line.split("  ")[0] for line in summary.lines if not line.startswith("run: ")] == [
        "operation: train",
        "status: completed",
        "acc: 0.75 (step 1)",
        "loss: 0.25 (step 1)",
        "status: 3.0 (step 1)",
    ]
    assert summary.scalars == ("acc", "loss", "status")


def test_page_with_fields_scalars_and_output(project):
    project, make = with_runs(project)
    make(flags={"lr": 0.5}, scalars={"loss": float("nan")}, output="hello\n")
    lines = details.describe_run(read_single_run(project.home)).splitlines()
    assert "  lr: 0.5" in lines
    assert any(line.startswith("  loss: last .nan (step 1)") for line in lines)
    assert lines[lines.index("output:") + 1] == "  hello"


def test_run_that_no_longer_exists(project, tmp_path):
    project, make = with_runs(project)
    make(scalars={"loss": 0.5})
    run = read_single_run(project.home)._replace(path=str(tmp_path / "missing"))
    assert details.read_details(project.home, run).lines == ("This run no longer exists.",)
    assert details.describe_run(run) == "This run no longer exists."
