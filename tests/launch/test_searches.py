"""Searches by optimizers, by `guild run`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from guild.testing.project import Project

SCRIPT = "x = 1.0\ny = 2\nprint('loss:', (x - 0.3) ** 2)\nprint('acc:', x)\n"

Make = Callable[..., Project]


@pytest.fixture
def bowl(project: Make) -> Project:
    return project({"f.py": SCRIPT})


def batch_of(project: Project) -> object:
    (batch,) = [run for run in project.runs() if run.batch_proto is not None]
    return batch.opref.full_name if batch.opref else None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "skopt:random"),
        (["-o", "random"], "skopt:random"),
        (["-o", "gp"], "skopt:gp"),
        (["-O"], "skopt:gp"),
        (["-o", "skopt:forest"], "skopt:forest"),
        (["-o", "gbrt"], "skopt:gbrt"),
    ],
)
def test_searches_ranges(bowl: Project, words: list[str], name: str) -> None:
    words = ["x=[0.0:1.0]", *words, "-m", "4", "-y", "-q", "--keep-batch"]
    bowl.run("run", "f.py", *words).assert_ok()
    assert batch_of(bowl) == name
    values = [run.get("flags")["x"] for run in bowl.runs() if run.batch_proto is None]
    assert len(values) == 4
    assert all(0 <= value <= 1 for value in values)


def test_gp_reports_basis_of_suggestions(bowl: Project) -> None:
    words = ["x=[0.0:1.0]", "-o", "gp", "-Fo", "random-starts=1", "-m", "2", "-y"]
    result = bowl.run("run", "f.py", *words).assert_ok()
    lines = [re.sub(r"trial \w+|x=[^,]*", "...", line) for line in result.err.splitlines()]
    assert lines == [
        "INFO: [guild] Random start for optimization (1 of 1)",
        "INFO: [guild] Running ...: f.py (..., y=2)",
        "INFO: [guild] Found 1 previous trial(s) for use in optimization",
        "INFO: [guild] Running ...: f.py (..., y=2)",
    ]
    batch = next(run for run in bowl.runs() if run.batch_proto is not None)
    assert batch.get("flags")["random-starts"] == 1
    assert batch.get("user_flags") == {"random-starts": 1}
    assert batch.get("objective") == "loss"


def test_same_seed_repeats_trials(bowl: Project) -> None:
    for _ in range(2):
        words = ["x=[0.0:1.0]", "-m", "3", "--random-seed", "8", "-y", "-q"]
        bowl.run("run", "f.py", *words).assert_ok()
    values = [run.get("flags")["x"] for run in bowl.runs() if run.batch_proto is None]
    assert values[:3] == values[3:]


def test_lists_trials_of_random_search_in_advance(bowl: Project) -> None:
    words = ["run", "f.py", "x=[0.0:1.0]", "-m", "3", "--random-seed", "8"]
    shown = bowl.run(*words, "--print-trials").assert_ok().out.splitlines()[1:]
    bowl.run(*words, "-y", "-q").assert_ok()
    values = [run.get("flags")["x"] for run in reversed(bowl.runs()) if run.batch_proto is None]
    assert [line.split()[1] for line in shown] == [str(value) for value in values]


def test_cannot_list_trials_of_model_in_advance(bowl: Project) -> None:
    bowl.run("run", "f.py", "x=[0.0:1.0]", "-o", "gp", "--print-trials").assert_error(
        "skopt:gp chooses trials while it runs, so they cannot be previewed"
    )


def test_range_of_float_flag_is_continuous(project: Make) -> None:
    made = project(
        {
            "f.py": "x = 1.0\n",
            "guild.yml": """
        f:
          flags-import: all
          flags:
            x: {type: float}
    """,
        }
    )
    words = ["run", "f", "x=[0:1]", "-m", "5", "--random-seed", "1", "--print-trials"]
    rows = made.run(*words).assert_ok().out.splitlines()[1:]
    assert len({row.split()[1] for row in rows}) == 5


def test_maximize_finds_maximum(bowl: Project) -> None:
    for option, column in (("--maximize", "acc"), ("--minimize", "=x")):
        words = ["x=[0.0:1.0]", "-o", "gp", option, column, "-m", "6", "-y", "-q"]
        bowl.run("run", "f.py", *words, "--random-seed", "1").assert_ok()
    least, most = (
        [run.get("flags")["x"] for run in bowl.runs() if run.batch_proto is None][part]
        for part in (slice(6), slice(6, None))
    )
    assert max(most) > 0.95
    assert min(least) < 0.05


def test_guild_yml_configures_optimizers(project: Make) -> None:
    made = project(
        {
            "f.py": SCRIPT,
            "guild.yml": """
        f:
          flags-import: all
          objective: acc
          default-max-trials: 3
          optimizers:
            mine:
              algorithm: gp
              random-starts: 2
              kappa: 1.5
            other:
              algorithm: forest
              default: yes
        """,
        }
    )
    made.run("run", "f", "x=[0.0:1.0]", "-o", "mine", "-Fo", "xi=0.1", "-y", "-q").assert_ok()
    batch = made.runs()[-1]
    flags = batch.get("flags")
    assert (flags["kappa"], flags["random-starts"], flags["xi"]) == (1.5, 2, 0.1)
    assert batch.get("objective") == "acc"
    assert len(made.runs()) == 4
    made.run("run", "f", "x=[0.0:1.0]", "-O", "-m", "1", "-y", "-q").assert_ok()
    assert made.runs()[1].opref.full_name == "skopt:forest"  # type: ignore[union-attr]


def test_proto_repeats_search_with_other_flags(bowl: Project) -> None:
    words = ["x=[0.0:1.0]", "-o", "gp", "-Fo", "kappa=1.5", "-m", "2", "-y", "-q"]
    bowl.run("run", "f.py", *words).assert_ok()
    first = bowl.runs()[-1]
    bowl.run(
        *("run", "--proto", first.id, "y=3", "-Fo", "xi=0.1", "-m", "1", "-y", "-q")
    ).assert_ok()
    trial, batch = bowl.runs()[:2]
    assert (batch.get("flags")["kappa"], batch.get("flags")["xi"]) == (1.5, 0.1)
    assert trial.get("flags")["y"] == 3


def test_ignores_trials_without_objective(project: Make) -> None:
    made = project({"f.py": "x = 1.0\nif x > 0.5:\n    raise SystemExit(1)\n"})
    words = ["x=[0.0:1.0]", "-o", "gp", "-m", "5", "-y", "-q", "--random-seed", "1"]
    result = made.run("run", "f.py", *words)
    trials = [run for run in made.runs() if run.batch_proto is None]
    assert len(trials) == 5
    failed = [run for run in trials if run.status == "error"]
    assert f"f.py+skopt:gp: {len(failed)} of 5 trials failed" in result.err


def test_custom_optimizers(project: Make) -> None:
    made = project(
        {
            "f.py": SCRIPT,
            "mine.py": """
                class Corner:
                    options = ()
                    def suggest(self, space, history, rng):
                        return {"x": 0.25} if len(history) < 2 else None
            """,
            "listed.py": """
                import json
                for x in (0.5, 0.75):
                    print(json.dumps({"x": x}))
            """,
            "bad.py": """
                class Bad:
                    def suggest(self, space, history, rng):
                        return {"x": 5}
            """,
        }
    )
    made.run("run", "f.py", "x=[0.0:1.0]", "-o", "mine.py:Corner", "-y", "-q").assert_ok()
    made.run("run", "f.py", "x=[0.0:1.0]", "-o", "listed.py", "-y", "-q").assert_ok()
    values = [run.get("flags")["x"] for run in reversed(made.runs()) if run.batch_proto is None]
    assert values == [0.25, 0.25, 0.5, 0.75]
    made.run("run", "f.py", "x=[0.0:1.0]", "-o", "bad.py:Bad", "-y", "-q").assert_error(
        "optimizer bad.py:Bad suggested x=5; expected a value of [0.0:1.0]"
    )
    assert made.runs()[0].status == "error"


def test_shows_flags_of_optimizer(bowl: Project) -> None:
    for words in (["f.py", "-o", "gp"], ["skopt:gp"]):
        out = bowl.run("run", *words, "--help-op").assert_ok().out
        assert "Optimizer skopt:gp" in out
        for flag in ("acq-func", "kappa", "noise", "prev-trials", "random-starts", "xi"):
            assert f"\n  {flag} " in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["x=[0:1]", "-o", "nope"],
            "operation 'nope' is not defined for this project\n"
            "Try 'guild operations' for a list of available operations.",
        ),
        (
            ["x=[0:1]", "-o", "gp", "-Fo", "kapa=1"],
            "unsupported flag 'kapa' for optimizer skopt:gp; did you mean 'kappa'? - "
            "see 'guild run skopt:gp --help-op'",
        ),
        (
            ["-o", "gp"],
            "flags for batch (x=1.0, y=2) do not contain any search dimensions\n"
            "Try specifying a range for one or more flags as NAME=[MIN:MAX].",
        ),
        (["x=[0:1]", "-N", "a,b"], "invalid objective 'a,b': too many columns"),
    ],
)
def test_reports_errors_before_starting(bowl: Project, words: list[str], message: str) -> None:
    bowl.run("run", "f.py", *words, "-y").assert_error(message)
    assert bowl.runs() == []


@pytest.mark.parametrize(
    ("words", "warning"),
    [
        (["-N", "lss"], "scalar 'lss' to minimize; did you mean 'loss'?"),
        (
            ["-X", "max gain"],
            "scalar 'gain' to maximize; it has acc, loss",
        ),
        (["-N", "=z"], "numeric flag 'z' to minimize; it has x, y"),
    ],
)
def test_warns_about_missing_objective_after_first_trial(
    bowl: Project, words: list[str], warning: str
) -> None:
    words = ["x=[0.0:1.0]", "-o", "gp", *words, "-m", "2", "-y"]
    result = bowl.run("run", "f.py", *words).assert_ok()
    lines = [re.sub(r"trial \w+", "trial ...", line) for line in result.err.splitlines()]
    assert [line.partition(":")[0] for line in lines] == ["INFO", "INFO", "WARNING", "INFO", "INFO"]
    assert lines[2] == f"WARNING: [guild] trial ... has no {warning}"


def test_failed_trials_may_lack_the_objective(project: Make) -> None:
    made = project({"f.py": "x = 1\nif x < 2: raise SystemExit(1)\nprint('loss: 1')\n"})
    words = ["x=[1:2]", "-o", "gp", "-m", "3", "-y", "-q", "--random-seed", "1"]
    assert "WARNING" not in made.run("run", "f.py", *words).err


def test_random_search_and_lists_need_no_objective(bowl: Project) -> None:
    bowl.write({"two.py": 'print(\'{"x": 0.5, "y": 2}\')\n'})
    for name in ("random", "two.py"):
        words = ["x=[0.0:1.0]", "-o", name, "-N", "lss", "-m", "1", "-y", "-q"]
        assert "WARNING" not in bowl.run("run", "f.py", *words).assert_ok().err


@pytest.fixture
def counted(project: Make) -> Project:
    """Return a project with a script that fails unless its flag is an int."""
    return project(
        {
            "f.py": """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--n", type=int, default=1)
        n = parser.parse_args().n
        print(f"loss: {(n - 30) ** 2}")
    """
        }
    )


@pytest.mark.parametrize("optimizer", ["random", "gp", "forest", "gbrt"])
def test_int_flag_is_searched_in_integers(counted: Project, optimizer: str) -> None:
    words = [
        "n=loguniform[1:100:10]",
        "-o",
        optimizer,
        "-m",
        "5",
        "-y",
        "-q",
        "--random-seed",
        "1",
        "--keep-batch",
    ]
    counted.run("run", "f.py", *words).assert_ok()
    values = [run.get("flags")["n"] for run in reversed(counted.runs()) if run.batch_proto is None]
    assert values[0] == 10
    assert all(isinstance(value, int) and 1 <= value <= 100 for value in values)
    assert len(set(values)) > 2
    batch = next(run for run in counted.runs() if run.batch_proto is not None)
    counted.run("run", "--proto", batch.id, "-m", "2", "-y", "-q").assert_ok()


def test_int_flag_accepts_only_integer_sequences(counted: Project) -> None:
    shown = counted.run("run", "f.py", "n=linspace[1:10:4]", "--print-trials").assert_ok().out
    assert [line.split()[1] for line in shown.splitlines()] == ["n", "1", "4", "7", "10"]
    for word in ("n=linspace[1:2:3]", "n=[0.5:2]"):
        wrong = "1.5" if "linspace" in word else "0.5"
        counted.run("run", "f.py", word, "-y").assert_error(
            f"invalid value {wrong} for n: invalid value for type 'int'"
        )


def test_cannot_stage_trials_of_model(bowl: Project) -> None:
    bowl.run("run", "f.py", "x=[0.0:1.0]", "-o", "gp", "--stage-trials", "-y").assert_error(
        "operation 'skopt:gp' does not support --stage-trials"
    )
    assert bowl.runs() == []
