"""Functions as operations: arguments, run directories and ends."""

from __future__ import annotations

import enum
import functools
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from guild import config, ipy
from guild.base.errors import GuildError
from guild.run import Run


def train(lr, epochs=2, *, name="x"):
    print(f"loss: {lr * epochs}")
    return lr


def files(run: Run) -> list[str]:
    root = Path(run.path)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def output(run: Run) -> str:
    return Path(run.guild_path("output")).read_text()


def test_files_and_attributes_of_a_run():
    run, result = ipy.run(train, 0.5)
    assert result == 0.5
    (events,) = [name for name in files(run) if "tfevents" in name]
    assert files(run) == sorted(
        [
            *(f".guild/attrs/{name}" for name in ATTRS),
            events,
            ".guild/opref",
            ".guild/output",
        ]
    )
    assert str(run.opref) == "func: '' '' train"
    assert run.get("flags") == {"epochs": 2, "lr": 0.5, "name": "x"}
    assert run.status == "completed"


ATTRS = ("exit_status", "flags", "id", "initialized", "label", "started", "stopped")


def test_tags_and_comment_are_recorded():
    run, _ = ipy.run(train, 1, _tag="a", _tags=["b", "a"], _comment="well")
    assert run.get("tags") == ["a", "b"]
    assert run.get("label") == "a b epochs=2 lr=1 name=x"
    assert run.get("comments")[0]["body"] == "well"


def test_label_may_refer_to_flags():
    run, _ = ipy.run(train, 3, _label="lr is ${lr}", _tag="t")
    assert run.get("label") == "lr is 3"


def test_function_works_in_the_run_directory():
    before = os.getcwd()
    run, inside = ipy.run(lambda: os.getcwd())
    assert inside == os.path.realpath(run.path)
    assert os.getcwd() == before


def test_error_restores_the_working_directory():
    before = os.getcwd()
    with pytest.raises(ipy.RunError):
        ipy.run(lambda: 1 / 0)
    assert os.getcwd() == before


class Colour(str, enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (1, 1),
        (True, True),
        (None, None),
        (0.1, 0.1),
        ("a b", "a b"),
        ((1, (2, "x")), [1, [2, "x"]]),
        ({"a": [1]}, {"a": [1]}),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (Path("/tmp/x"), "/tmp/x"),
        (Colour.RED, "red"),
    ],
)
def test_arguments_are_recorded_as_flags(value, flag):
    run, result = ipy.run(lambda x: x, value)
    assert result is value
    assert run.get("flags") == {"x": flag}


@pytest.mark.parametrize("value", [object(), np.zeros(3), {1, 2}, {(1, 2): 3}, [object()]])
def test_other_objects_are_passed_but_not_recorded(value):
    passed = (value,) if isinstance(value, list) else value
    run, result = ipy.run(lambda x, y: x, passed, y=2)
    assert result is passed
    assert run.get("flags") == {"y": 2}


def test_recursive_value_is_not_recorded():
    value: dict[str, object] = {}
    value["self"] = value
    run, _ = ipy.run(lambda x: None, value)
    assert run.get("flags") == {}


def test_every_kind_of_parameter_is_a_flag():
    def function(a, /, b, *rest, c=3, **more):
        return a, b, rest, c, more

    run, result = ipy.run(function, 1, 2, 8, 9, d=4)
    assert result == (1, 2, (8, 9), 3, {"d": 4})
    assert run.get("flags") == {"a": 1, "b": 2, "rest": [8, 9], "c": 3, "d": 4}


def test_partial_has_the_name_of_its_function():
    run, result = ipy.run(functools.partial(train, 7), epochs=1)
    assert result == 7
    assert run.opref.op == "train"
    assert run.get("flags") == {"epochs": 1, "name": "x"}


def test_op_name_option():
    run, _ = ipy.run(train, 1, _op_name="fit")
    assert ipy.runs(operations="fit()")["run"].tolist() == [run.id]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ipy.run(train), "train() missing a required argument: 'lr'"),
        (lambda: ipy.run(train, 1, other=2), "train() got an unexpected keyword argument 'other'"),
        (
            lambda: ipy.run(train, 1, _max_trails=2),
            "run() got an unexpected option '_max_trails'; did you mean '_max_trials'?",
        ),
        (lambda: ipy.run(3), "expected a function or another callable but got 3"),
        (
            lambda: ipy.run(train, 1, _optimizer="none"),
            "optimizer 'none' is not supported",
        ),
    ],
)
def test_invalid_calls_are_type_errors_without_a_run(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message
    assert ipy.runs().empty


@pytest.mark.parametrize("kind", ["async", "generator"])
def test_coroutines_and_generators_are_rejected(kind):
    async def coroutine():
        pass

    def generator():
        yield

    with pytest.raises(TypeError, match="does not run it"):
        ipy.run(coroutine if kind == "async" else generator)


# -- Ends


def test_exception_is_recorded_and_raised_as_run_error():
    def fail():
        print("before")
        raise ValueError("boom")

    with pytest.raises(ipy.RunError) as caught:
        ipy.run(fail)
    error = caught.value
    assert (error.run.status, error.run.get("exit_status")) == ("error", 1)
    assert isinstance(error.from_exc, ValueError)
    assert error.__cause__ is error.from_exc
    lines = output(error.run).splitlines()
    assert lines[:2] == ["before", "Traceback (most recent call last):"]
    assert lines[2].endswith(", in fail")
    assert lines[-1] == "ValueError: boom"


def test_run_error_can_be_pickled():
    with pytest.raises(ipy.RunError) as caught:
        ipy.run(lambda: 1 / 0)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.run == caught.value.run
    assert str(again) == str(caught.value)


def test_ctrl_c_terminates_the_run():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(ipy.RunTerminated) as caught:
        ipy.run(interrupted)
    assert caught.value.run.status == "terminated"
    assert caught.value.run.get("exit_status") == -15


@pytest.mark.parametrize(("code", "status"), [(3, 3), ("bye", 1)])
def test_exit_with_status_is_an_error(code, status):
    with pytest.raises(ipy.RunError) as caught:
        ipy.run(lambda: sys.exit(code))
    assert caught.value.run.get("exit_status") == status
    assert output(caught.value.run) == ("bye\n" if code == "bye" else "")


@pytest.mark.parametrize("code", [None, 0])
def test_exit_without_status_completes_the_run(code):
    run, result = ipy.run(lambda: sys.exit(code))
    assert (run.status, result) == ("completed", None)


def test_run_that_deletes_itself_is_an_error():
    import shutil

    def suicide():
        shutil.rmtree(os.getcwd())

    with pytest.raises(GuildError, match="was deleted while it ran"):
        ipy.run(suicide)


def test_lock_exists_while_the_function_runs():
    run, (pid, status) = ipy.run(lambda: lock_state())
    assert (pid, status) == (os.getpid(), "running")
    assert not os.path.exists(run.guild_path("LOCK"))


def lock_state() -> tuple[int | None, str]:
    run = Run("x", os.getcwd())
    return run.lock_pid, run.status


def test_aliases_of_guild_ai(home):
    run, _ = ipy.run(train, 1, _label="x")
    assert (run.opref.pkg_type, run.opref.model_name, run.opref.op_name) == ("func", "", "train")
    run.write_attr("mine", {"a": [1]})
    assert (run.has_attr("mine"), run["mine"]) == (True, {"a": [1]})
    assert dict(run.iter_attrs())["mine"] == {"a": [1]}
    run.del_attr("mine")
    assert (run.has_attr("mine"), run.pid) == (False, None)
    assert len(ipy.runs(filter_expr="lr = 1")) == 1


# -- Homes


def test_nested_homes(tmp_path, home):
    other = tmp_path / "other"
    other.mkdir()
    with config.SetGuildHome(other):
        run, _ = ipy.run(train, 1)
        assert ipy.guild_home() == other
    assert Path(run.path).parent.parent == other
    assert ipy.guild_home() == home


@pytest.mark.parametrize("named", ["block", "process", "environment"])
def test_missing_home_is_empty_until_the_first_run(tmp_path, named):
    script = f"""\
import os
from guild import ipy
named, path = {named!r}, "new/home"
if named == "environment":
    os.environ["GUILD_HOME"] = path
if named == "process":
    ipy.set_guild_home(path)
with ipy.SetGuildHome(path) if named == "block" else open(os.devnull):
    print(len(ipy.runs()), ipy.runs().delete(), os.path.exists(path))
    run, _ = ipy.run(lambda: os.chdir("/"))
    print(len(ipy.runs()), run.path == os.path.abspath(f"{{path}}/runs/{{run.id}}"))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("0 [] False\n1 True\n", "")


def test_set_guild_home_applies_outside_of_blocks(tmp_path, home):
    script = """\
import os, threading
from guild import config, ipy
ipy.set_guild_home("one")
os.chdir("/")
def show():
    print(os.path.basename(ipy.guild_home()))
with config.SetGuildHome("two"):
    show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
config.set_guild_home(None)
show()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "GUILD_HOME": str(tmp_path / "three")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("two\none\nthree\n", "")


def test_frame_methods_use_the_home_of_the_runs(tmp_path):
    ipy.run(train, 1)
    runs = ipy.runs()
    other = tmp_path / "other"
    other.mkdir()
    with config.SetGuildHome(other):
        assert runs.flags()["lr"].tolist() == [1]
        assert len(runs.delete()) == 1
    assert ipy.runs().empty
    assert len(ipy.runs(deleted=True)) == 1
