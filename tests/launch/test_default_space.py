"""Default search spaces for flags without a value."""

from __future__ import annotations

from typing import Any

import pytest

FLAGS = """
    op:
      exec: "true"
      flags:
        x: {default: 0.5, min: 0.001, max: 1, distribution: loguniform}
        i: {default: 5, min: 1, max: 9}
        out: {default: 50, min: 1, max: 9}
        low: {default: 5, min: 1}
        c: {default: a, choices: [a, b, {value: c, description: third}]}
        b: yes
        f: {type: float, min: 0, max: 2}
        k: 3
"""


def searched(p: Any) -> dict[str, Any]:
    """Return the flags of the batch, the only run except its trials."""
    (batch,) = [run for run in p.runs() if run.batch_proto is not None]
    flags: dict[str, Any] = batch.batch_proto.get("flags")
    return flags


def test_choices_and_limits_define_space(project) -> None:
    p = project({"guild.yml": FLAGS})
    p.run("run", "op", "-o", "random", "-m", "1", "--stage", "-f", "-y").assert_ok()
    assert searched(p) == {
        "x": "loguniform[0.001:1:0.5]",
        "i": "[1:9:5]",
        "out": "[1:9]",
        "low": 5,
        "c": ["a", "b", "c"],
        "b": True,
        "f": "[0.0:2.0]",
        "k": 3,
    }


def test_given_flags_are_not_searched(project) -> None:
    p = project({"guild.yml": FLAGS})
    args = ("x=0.2", "c=b", "f=[0:1]", "i=[1,2]")
    p.run("run", "op", "out=2", "-o", "random", "--stage", *args, "-y").assert_ok()
    flags = searched(p)
    assert {name: flags[name] for name in "xcfi"} == {
        "x": 0.2,
        "c": "b",
        "f": "[0.0:1.0]",
        "i": [1, 2],
    }


def test_range_of_one_flag_searches_all_flags(project) -> None:
    p = project({"guild.yml": FLAGS})
    p.run("run", "op", "out=2", "i=[1:3]", "--stage", "-y").assert_ok()
    assert searched(p)["c"] == ["a", "b", "c"]


def test_grid_uses_defaults(project) -> None:
    p = project({"guild.yml": FLAGS})
    p.run("run", "op", "out=2", "i=[1,3]", "--stage", "-y").assert_ok()
    assert searched(p)["c"] == "a"


def test_flags_of_prototype_are_not_searched(project) -> None:
    p = project({"guild.yml": FLAGS})
    p.run("run", "op", "out=2", "c=b", "-y").assert_ok()
    args = ("run", "--proto", p.run_ids()[0], "x=[0.1:0.2]", "-o", "random")
    p.run(*args, "--stage", "-y").assert_ok()
    assert [searched(p)[name] for name in ("c", "i")] == ["b", 5]


@pytest.mark.parametrize(
    ("flag", "problem"),
    [
        (
            "{min: 1, max: 2, distribution: normal}",
            "flag 'x': unknown distribution 'normal'; use uniform or loguniform",
        ),
        (
            "{min: 0, max: 2, distribution: log-uniform}",
            "invalid function args in 'x=loguniform[0:2]': the lower bound 0 must be above zero",
        ),
    ],
)
def test_rejects_invalid_distributions(project, flag: str, problem: str) -> None:
    p = project({"guild.yml": f"op: {{exec: 'true', flags: {{x: {flag}}}}}"})
    p.run("run", "op", "-y").assert_ok()
    p.run("run", "op", "-o", "random", "-y").assert_error(problem)
