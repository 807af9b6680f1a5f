"""Grids, batch files and what is shown of them, by `guild run`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guild.testing.project import Project, Result

SCRIPT = """
x = 1.0
y = 2
z = "a"
print("loss:", x * y)
"""

Make = Callable[..., Project]


@pytest.fixture
def echo(project: Make) -> Project:
    return project({"echo.py": SCRIPT})


def table(result: Result) -> list[list[str]]:
    return [line.split() for line in result.assert_ok().out.splitlines()]


def flags(project: Project) -> list[object]:
    """Return the flags of the trials in the order of their start."""
    return [run.get("flags") for run in reversed(project.runs()) if run.batch_proto is None]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["x=[1,2]"], [("1.0", "2"), ("2.0", "2")]),
        (["x=range[1:3]"], [("1", "2"), ("2", "2"), ("3", "2")]),
        (["x=linspace[0:1:3]"], [("0.0", "2"), ("0.5", "2"), ("1.0", "2")]),
        (["x=logspace[0:2:3]"], [("1.0", "2"), ("10.0", "2"), ("100.0", "2")]),
        (["y=[1,2]", "x=[3,4]"], [("3", "1"), ("3", "2"), ("4", "1"), ("4", "2")]),
    ],
)
def test_lists_form_grid(echo: Project, words: list[str], expected: list[tuple[str]]) -> None:
    rows = table(echo.run("run", "echo.py", *words, "--print-trials"))
    assert rows[0] == ["#", "x", "y", "z"]
    got = [tuple(str(float(cell)) for cell in row[1:3]) for row in rows[1:]]
    assert got == [tuple(str(float(cell)) for cell in row) for row in expected]
    assert [row[0] for row in rows[1:]] == [str(n + 1) for n in range(len(expected))]
    assert echo.runs() == []


def test_grid_runs_each_trial_and_deletes_batch(echo: Project) -> None:
    result = echo.run("run", "echo.py", "x=[1,2]", "-y").assert_ok()
    assert result.out == "loss: 2\nloss: 4"
    ids = [line.split()[4].rstrip(":") for line in result.err.splitlines()]
    assert sorted(ids) == sorted(echo.run_ids())
    assert [one["x"] for one in flags(echo)] == [1, 2]  # type: ignore[index]


def test_keep_batch_keeps_batch(echo: Project) -> None:
    echo.run(
        *("run", "echo.py", "x=[1,2]", "-y", "--keep-batch", "-bl", "mine", "-bt", "one", "-bt"),
        *("two", "-bc", "why", "-l", "x is ${x}", "-t", "t"),
    ).assert_ok()
    (batch,) = [run for run in echo.runs() if run.batch_proto is not None]
    assert batch.status == "completed"
    assert batch.get("label") == "mine"
    assert batch.get("tags") == ["one", "two"]
    assert [comment["body"] for comment in batch.get("comments")] == ["why"]
    trials = [run for run in echo.runs() if run.batch_proto is None]
    assert {run.get("label") for run in trials} == {"x is 1", "x is 2"}
    assert all(run.get("tags") == ["t"] for run in trials)
    links = [path for path in Path(batch.path).iterdir() if path.is_symlink()]
    assert sorted(str(path.resolve()) for path in links) == sorted(run.path for run in trials)


def test_restart_keeps_batch(echo: Project) -> None:
    echo.run("run", "echo.py", "x=[1,2]", "-y", "--keep-batch").assert_ok()
    (batch,) = [run for run in echo.runs() if run.batch_proto is not None]
    echo.run("run", "--restart", batch.id, "-y", "--needed").assert_ok().assert_out(
        "Skipping run because flags have not changed (--needed specified)"
    )
    echo.run("run", "--restart", batch.id, "-y", "--keep-batch").assert_ok()
    assert len(echo.runs()) == 5


def test_samples_large_grids_by_seed(echo: Project) -> None:
    assert len(table(echo.run("run", "echo.py", "x=range[1:50]", "--print-trials"))) == 51
    args = ("run", "echo.py", "x=range[1:50]", "-m", "4", "--random-seed", "5")
    shown = [row[1] for row in table(echo.run(*args, "--print-trials"))[1:]]
    assert len(set(shown)) == 4
    echo.run(*args, "-y", "-q").assert_ok()
    assert [str(one["x"]) for one in flags(echo)] == shown  # type: ignore[index]


def test_prints_commands_of_trials(echo: Project) -> None:
    batch, *lines = (
        echo.run("run", "echo.py", "x=[1,2]", "--print-cmd").assert_ok().out.splitlines()
    )
    assert batch.endswith(" -um guild.batch_main")
    assert [line.partition(" -- ")[2] for line in lines] == [
        "--x 1 --y 2 --z a",
        "--x 2 --y 2 --z a",
    ]


def test_saved_trials_form_batch_file(echo: Project) -> None:
    echo.run(
        "run", "echo.py", "x=[1,2]", "z=[a,'1']", "--save-trials", "t.csv"
    ).assert_ok().assert_out(f"Saving trials to {echo.path}/t.csv")
    echo.run("run", "echo.py", "@t.csv", "-y", "-q").assert_ok()
    assert [(one["x"], one["z"]) for one in flags(echo)] == [  # type: ignore[index]
        *((1, "a"), (1, "1"), (2, "a"), (2, "1"))
    ]


def test_combines_batch_files_of_all_formats(echo: Project) -> None:
    echo.write(
        {
            "a.csv": "x,z\n1,b\n2,\n",
            "b.yml": "- {x: 3}\n",
            "c.json": '[{"x": 4, "y": 5}]',
        }
    )
    rows = table(echo.run("run", "echo.py", "@a.csv", "@b.yml", "@c.json", "--print-trials"))
    assert rows[1:] == [
        *(["1", "1", "2", "b"], ["2", "2", "2", "a"], ["3", "3", "2", "a"], ["4", "4", "5", "a"])
    ]
    rows = table(echo.run("run", "echo.py", "@b.yml", "@c.json", "z=[p,q]", "--print-trials"))
    assert [row[1:] for row in rows[1:]] == [
        *(["3", "2", "p"], ["3", "2", "q"], ["4", "5", "p"], ["4", "5", "q"])
    ]


def test_command_line_overrides_batch_file(echo: Project) -> None:
    echo.write({"a.csv": "x,y\n1,1\n2,2\n"})
    rows = table(echo.run("run", "echo.py", "@a.csv", "x=[5,6]", "--print-trials"))
    assert [row[1:3] for row in rows[1:]] == [["5", "1"], ["6", "1"], ["5", "2"], ["6", "2"]]


def test_needed_runs_missing_trials(echo: Project) -> None:
    echo.run("run", "echo.py", "x=[1,2]", "-y", "-q").assert_ok()
    echo.run("run", "echo.py", "x=[1,2,3]", "-y", "-q", "--needed").assert_ok()
    assert [one["x"] for one in flags(echo)] == [1, 2, 3]  # type: ignore[index]
    echo.run("run", "echo.py", "x=[1,2,3]", "-y", "--needed").assert_ok().assert_out(
        "Skipping because each trial has a matching run (--needed specified)"
    )


def test_staged_trials_start_individually(echo: Project) -> None:
    result = echo.run("run", "echo.py", "x=[1,2]", "--stage-trials", "-y").assert_ok()
    result.assert_out("")
    second, first = echo.runs()
    result.assert_err(
        f"""
        INFO: [guild] Staging trial {first.id}: echo.py (x=1, y=2, z=a)
        INFO: [guild] Staging trial {second.id}: echo.py (x=2, y=2, z=a)
        """
    )
    assert {run.status for run in echo.runs()} == {"staged"}
    echo.run("run", "--start", second.id, "-y").assert_ok().assert_out("loss: 4")
    assert [run.status for run in echo.runs()] == ["completed", "staged"]


def test_batch_starts_staged_trials(echo: Project) -> None:
    echo.run("run", "echo.py", "x=[1,2]", "--stage-trials", "--keep-batch", "-y").assert_ok()
    (batch,) = [run for run in echo.runs() if run.batch_proto is not None]
    assert batch.status == "completed"
    echo.run("run", "--start", batch.id, "-y", "-q").assert_ok().assert_err("")
    assert [run.status for run in echo.runs() if run.batch_proto is None] == ["completed"] * 2


def test_staged_batch_starts_later(echo: Project) -> None:
    result = echo.run("run", "echo.py", "x=[1,2]", "--stage", "-y").assert_ok()
    (batch,) = echo.runs()
    result.assert_out(
        f"""
        echo.py+ staged as {batch.id}
        To start the operation, use 'guild run --start {batch.id}'
        """
    )
    echo.run("run", "--start", batch.id, "-y").assert_ok().assert_out("loss: 2\nloss: 4")


def test_proto_repeats_batch_with_other_flags(echo: Project) -> None:
    echo.run("run", "echo.py", "x=[1,2]", "-y", "-q", "--keep-batch").assert_ok()
    (batch,) = [run for run in echo.runs() if run.batch_proto is not None]
    rows = table(echo.run("run", "--proto", batch.id, "y=[3,4]", "--print-trials"))
    assert [row[1:3] for row in rows[1:]] == [["1", "3"], ["1", "4"], ["2", "3"], ["2", "4"]]


def test_declined_batch_does_not_run(echo: Project) -> None:
    for answer, runs in (("n", 0), ("maybe", 0), ("YES", 3), ("", 6)):
        echo.run("run", "echo.py", "x=[1,2]", "--keep-batch", stdin=f"{answer}\n")
        assert len(echo.runs()) == runs


def test_preview_counts_trials(echo: Project) -> None:
    result = echo.run("run", "echo.py", "x=[1,2]", stdin="n\n")
    assert result.out.splitlines() == [
        "You are about to run echo.py as a batch (2 trials)",
        "  x: [1, 2]",
        "  y: 2",
        "  z: a",
        "Continue? (Y/n)",
    ]
    assert echo.runs() == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x=[]"], "flag 'x' has an empty list of values"),
        (["x=[a,b]"], "invalid value a for x: invalid value for type 'number'"),
        (
            ["x=[3:1]"],
            "invalid function args in 'x=[3:1]': the lower bound 3 has to be less than "
            "the upper bound 1",
        ),
        (
            ["z=[1:3]"],
            "invalid value '[1:3]' for flag 'z': ranges apply only to numbers, but "
            "the flag is of type string; set a list of values instead",
        ),
        (["x=[1,2]", "-m", "0"], "invalid number of trials 0: it must be at least 1"),
        (
            ["x=[1,2]", "-Fo", "a=1"],
            "invalid optimizer flag a=1: no optimizer specified",
        ),
        (
            ["@bad.csv"],
            "batch file, trial 1: unsupported flag 'q'\n"
            "Try 'guild run echo.py --help-op' for a list of flags or use --force-flags to skip "
            "this check.",
        ),
        (
            ["@good.csv", "y=[0:1]"],
            "batch files cannot be used with optimizer random: they list their trials; "
            "use lists instead of ranges and no optimizer",
        ),
    ],
)
def test_reports_errors_before_starting(echo: Project, words: list[str], message: str) -> None:
    echo.write({"bad.csv": "q\n1\n2\n", "good.csv": "x\n1\n2\n"})
    echo.run("run", "echo.py", *words, "-y").assert_error(message)
    assert echo.runs() == []


def test_reports_failed_trials_with_reasons(project: Make) -> None:
    made = project({"f.py": "x = 1\nif x > 1:\n    raise ValueError(f'x is {x}')\n"})
    result = made.run("run", "f.py", "x=[1,2,3]", "-y", "-q")
    assert result.exit_code == 1
    failed = [run for run in reversed(made.runs()) if run.status == "error"]
    batch, *trials = failed
    assert batch.batch_proto is not None
    assert result.err.splitlines()[-3:] == [
        "f.py+: 2 of 3 trials failed",
        f"  [{trials[0].short_id}]  x=2  exit code 1: ValueError: x is 2",
        f"  [{trials[1].short_id}]  x=3  exit code 1: ValueError: x is 3",
    ]


def test_fail_on_trial_error_stops_batch(project: Make) -> None:
    made = project({"f.py": "x = 1\nraise SystemExit(x - 1)\n"})
    result = made.run("run", "f.py", "x=[1,2,1]", "-y", "-q", "--fail-on-trial-error")
    assert result.exit_code == 1
    statuses = [run.status for run in made.runs() if run.batch_proto is None]
    assert sorted(statuses) == ["completed", "error", "pending"]


def test_time_limit_applies_to_each_trial(project: Make) -> None:
    made = project({"f.py": "import time\nx = 1\ntime.sleep(60 if x == 1 else 0)\n"})
    result = made.run("run", "f.py", "x=[1,2]", "-y", "-q", "--stop-after", "0.01")
    assert result.exit_code == 1
    assert "f.py+: 1 of 2 trials failed" in result.err
    statuses = {run.get("label"): run.status for run in made.runs() if run.batch_proto is None}
    assert statuses == {"x=1": "terminated", "x=2": "completed"}


def test_expands_lists_in_batch_file_rows(echo: Project) -> None:
    echo.write(
        {
            "a.yml": "- {x: [1, 2], y: 'range[3:4]'}\n- {z: b}\n",
            "b.csv": 'x,y\n"[5,6]",7\n',
        }
    )
    rows = table(echo.run("run", "echo.py", "@a.yml", "@b.csv", "--print-trials"))
    assert [row[1:] for row in rows[1:]] == [
        *(["1", "3", "a"], ["1", "4", "a"], ["2", "3", "a"], ["2", "4", "a"]),
        *(["1.0", "2", "b"], ["5", "7", "a"], ["6", "7", "a"]),
    ]


def test_batch_file_with_one_trial_sets_flags(echo: Project) -> None:
    echo.write(
        {
            "one.json": '{"x": 3, "z": "b"}',
            "list.yml": "x: [1, 2]\ny: 5\n",
            "range.yml": "- x: '[0:1]'\n",
        }
    )
    echo.run("run", "echo.py", "@one.json", "z=c", "-y", "-q").assert_ok()
    assert flags(echo) == [{"x": 3, "y": 2, "z": "c"}]
    rows = table(echo.run("run", "echo.py", "@list.yml", "z=[a,b]", "--print-trials"))
    assert [row[1:] for row in rows[1:]] == [
        *(["1", "5", "a"], ["1", "5", "b"], ["2", "5", "a"], ["2", "5", "b"])
    ]
    echo.run("run", "echo.py", "@range.yml", "-o", "gp", "-m", "1", "-y", "-q").assert_ok()
    assert echo.runs()[1].opref.full_name == "skopt:gp"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "batch file {path} has no trials"),
        ("3", "cannot read trials for ./a.yml: invalid data type for trials: expected list or "
         "dict, got int"),
        ("[7]", "cannot read trials for ./a.yml: invalid data type for trial 7: expected dict"),
        ("- {x: '[0:1]'}\n- {x: 1}\n", "batch file, trial 1: flag 'x' is a range, which requires "
         "a batch file of a single trial; use a list or set it on the command line"),
        ("- {x: []}\n- {x: 1}\n", "flag 'x' has an empty list of values"),
        ("- {x: 'foo[1]'}\n", "{path}: item 1: unknown function 'foo' used for flag x; use one "
         "of linspace, logspace, loguniform, range, uniform, or quote the value if it is a string"),
    ],
)  # fmt: skip
def test_rejects_invalid_batch_files(echo: Project, text: str, error: str) -> None:
    echo.write({"a.yml": text})
    path = echo.path / "a.yml"
    echo.run("run", "echo.py", "@a.yml", "-y").assert_error(error.format(path=path))
    assert echo.runs() == []


def test_saved_trials_keep_lists_and_range_like_strings(echo: Project) -> None:
    words = ["x=[[1,2],3]", "z='a[1:2]'", "-f"]
    before = echo.run("run", "echo.py", *words, "--print-trials").assert_ok().out
    echo.run("run", "echo.py", *words, "--save-trials", "t.csv").assert_ok()
    after = echo.run("run", "echo.py", "@t.csv", "-f", "--print-trials").assert_ok().out
    assert after == before


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--print-trials"], "cannot print trials for a non-batch operation"),
        (["--save-trials", "t.csv"], "cannot save trials for a non-batch operation"),
        (
            ["--stage-trials"],
            "cannot stage trials for a non-batch operation; give a flag several values, "
            "as in NAME=[VAL,VAL]",
        ),
        (["-Fo", "xi=1"], "invalid optimizer flag xi=1: no optimizer specified"),
    ],
)
def test_options_of_batches_are_rejected_for_single_runs(
    echo: Project, words: list[str], error: str
) -> None:
    echo.run("run", "echo.py", "x=3", *words, "-y").assert_error(error)
    assert echo.runs() == []


def test_prints_null_for_flag_without_value(project: Make) -> None:
    made = project({"f.py": "x = 1\ny = None\n"})
    rows = table(made.run("run", "f.py", "x=[1,2]", "--print-trials"))
    assert rows[1:] == [["1", "1", "null"], ["2", "2", "null"]]


def test_trials_report_what_they_require(project: Make) -> None:
    p = project({"guild.yml": "op: {exec: cat w.txt, flags: {x: 1}, requires: {file: w.txt}}"})
    p.write({"w.txt": "w"})
    done = p.run("run", "op", "x=[1,2]", "-y", "--jobs", "1").assert_ok()
    second, first = p.run_ids()
    done.assert_err(
        f"""
        INFO: [guild] Running trial {first}: op (x=1)
        INFO: [guild] Resolving file:w.txt
        INFO: [guild] Running trial {second}: op (x=2)
        INFO: [guild] Resolving file:w.txt
        """
    )
