"""Searches over arguments: grids, random and model-based."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from guild import ipy
from guild.base.errors import GuildError
from guild.launch.batch_directory import read_batch
from guild.runs.store import RunStore


def op(a, b=2):
    print(f"loss: {(a - 1) ** 2}")
    return a


def test_grid_runs_and_prints_every_combination(capsys):
    runs, results = ipy.run(op, a=[1, 2], b=["x", None])
    assert results == [1, 1, 2, 2]
    assert [run.get("flags") for run in runs] == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": None},
        {"a": 2, "b": "x"},
        {"a": 2, "b": None},
    ]
    lines = [line for line in capsys.readouterr().out.splitlines() if "Running" in line]
    assert lines[:2] == ["Running op (a=1, b=x):", "Running op (a=1, b=null):"]


def test_default_that_is_a_list_is_a_single_value():
    def function(layers=[64, 32]):  # noqa: B006
        return layers

    run, result = ipy.run(function)
    assert result == [64, 32]
    assert run.get("flags") == {"layers": [64, 32]}


def test_nested_list_is_a_single_value():
    runs, _ = ipy.run(op, b=[[1, 2]], a=1)
    assert [run.get("flags")["b"] for run in runs] == [[1, 2]]


def test_grid_of_objects_that_are_not_recorded():
    models = [object(), object()]
    _, results = ipy.run(lambda model: model, model=models)
    assert results == models


def test_max_trials_samples_a_grid_by_seed():
    flags = [
        [run.get("flags")["a"] for run in ipy.run(op, a=list(range(9)), **seed).runs]
        for seed in ({"_max_trials": 3, "_random_seed": 1},) * 2
    ]
    assert flags[0] == flags[1] == sorted(flags[0])
    assert len(flags[0]) == 3


def test_grid_runs_all_combinations():
    runs, _ = ipy.run(op, a=list(range(25)))
    assert [run.get("flags")["a"] for run in runs] == list(range(25))


def test_first_failed_trial_ends_the_batch():
    with pytest.raises(ipy.RunError):
        ipy.run(lambda a: 1 / a, a=[1, 0, 2])
    assert ipy.runs()["status"].tolist() == ["error", "completed"]


def test_initial_value_of_a_range():
    runs, _ = ipy.run(op, a=slice(0, 9, 7), _max_trials=1)
    assert runs[0].get("flags")["a"] == 7
    runs, _ = ipy.run(op, a=ipy.loguniform(0.1, 9, 1.5), _max_trials=1)
    assert runs[0].get("flags")["a"] == 1.5


def test_suggestions_are_within_bounds():
    runs, _ = ipy.run(op, a=ipy.loguniform(0.1, 0.2), b=ipy.uniform(3, 4), _max_trials=5)
    for run in runs:
        assert 0.1 <= run.get("flags")["a"] <= 0.2
        assert run.get("flags")["b"] in (3, 4)


def test_maximize_objective():
    _, results = ipy.run(
        op, a=slice(0.0, 3.0), _optimizer="gp", _maximize="loss", _max_trials=4, _random_seed=1
    )
    assert max(results) == 3.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"a": []}, "flag 'a' has an empty list of values"),
        (
            {"a": slice(2, 1)},
            "invalid function args in 'a=uniform[2:1]': "
            "the lower bound 2 has to be less than the upper bound 1",
        ),
        (
            {"a": [1, 2], "_max_trials": 0},
            "invalid number of trials 0: it must be at least 1",
        ),
        (
            {"a": slice(0, 1), "_minimize": "x", "_maximize": "y"},
            "only one of minimize and maximize can be the objective",
        ),
    ],
)
def test_invalid_searches_are_rejected_before_the_first_run(arguments, message):
    with pytest.raises(GuildError) as caught:
        ipy.run(op, **arguments)
    assert caught.value.message == message
    assert ipy.runs().empty


def test_search_learns_from_earlier_calls(caplog):
    caplog.set_level("INFO")
    ipy.run(op, 1.5)
    ipy.run(op, a=slice(0.0, 3.0), _optimizer="gp", _opt_prev_trials="operation", _max_trials=1)
    assert caplog.messages[-1] == "Found 1 previous trial(s) for use in optimization"


def test_jobs_run_calls_in_threads():
    barrier = threading.Barrier(2, timeout=60)

    def wait_for_other(a):
        barrier.wait()
        return a, os.getcwd()

    runs, results = ipy.run(wait_for_other, a=[1, 2], _jobs=2)
    assert results == [(n, run.path) for n, run in zip((1, 2), runs, strict=True)]
    assert [run.status for run in runs] == ["completed"] * 2


def test_interrupted_batch_can_be_restarted():
    interrupted = []

    def op(a, b="x"):
        if a == 2 and not interrupted:
            interrupted.append(a)
            raise KeyboardInterrupt
        return a

    with pytest.raises(ipy.RunTerminated):
        ipy.run(op, a=[1, 2, 3])
    (batch,) = [cell.run for cell in ipy.runs()["run"] if cell.run.batch_proto]
    assert batch.status == "terminated"
    runs, results = ipy.run(op, _restart=batch.id)
    assert [run.get("flags")["a"] for run in runs] == [1, 2, 3]
    assert results == [None, 2, 3]
    assert ipy.runs()["status"].tolist() == ["completed"] * 3


def test_killed_search_resumes_with_the_same_suggestions(tmp_path):
    script = tmp_path / "search.py"
    script.write_text(
        "import os, sys\n"
        "from guild import ipy\n"
        "from guild.config import SetGuildHome\n"
        "calls = []\n"
        "def op(a):\n"
        "    print('loss:', a)\n"
        "    calls.append(a)\n"
        "    if len(calls) == int(sys.argv[2]):\n"
        "        os.kill(os.getpid(), 9)\n"
        "with SetGuildHome(sys.argv[1]):\n"
        "    options = {'_restart': sys.argv[3]} if sys.argv[3:] else {}\n"
        "    runs, _ = ipy.run(op, a=slice(0.0, 1.0), _max_trials=4, _random_seed=1, **options)\n"
        "    print(*(run.get('flags')['a'] for run in runs))\n"
    )

    def search(name, *args):
        command = [sys.executable, script, tmp_path / name, *args]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    undisturbed = search("undisturbed", "0").stdout.splitlines()[-1]
    assert search("killed", "3").returncode == -9
    store = RunStore(tmp_path / "killed")
    (batch,) = [run for run in map(store.get, store.ids()) if run.batch_proto]
    resumed = search("killed", "0", batch.id)
    assert resumed.stdout.splitlines()[-1] == undisturbed, resumed.stderr
    assert len(store.ids()) == 4


def test_command_line_refuses_batch_of_function():
    def op(a):
        raise KeyboardInterrupt

    with pytest.raises(ipy.RunTerminated):
        ipy.run(op, a=[1, 2])
    (batch,) = [cell.run for cell in ipy.runs()["run"] if cell.run.batch_proto]
    with pytest.raises(GuildError, match="calls a Python function; resume it with"):
        read_batch(batch)
