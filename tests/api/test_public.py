"""`guild.api` runs operations, and finds, reads and changes runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from guild import api
from guild.config import SetGuildHome

SCRIPT = 'lr = 0.1\nname = "x"\nprint(f"loss: {(lr - 1) ** 2}")\n'


@pytest.fixture
def project_dir(tmp_path, monkeypatch):
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "train.py").write_text(SCRIPT)
    monkeypatch.chdir(project)
    with SetGuildHome(home):
        yield project


pytestmark = pytest.mark.usefixtures("project_dir")


def losses(runs):
    return [summary.last_val for _, summary in api.scalars(runs)]


def test_run_script_without_printing_its_output(capfd):
    run = api.run("train.py", {"lr": 2}, label="two", tags=["t"], comment="well")
    assert run.status == "completed"
    assert api.flags(run) == {"lr": 2, "name": "x"}
    assert (run.get("label"), run.get("tags")) == ("two", ["t"])
    assert run.get("comments")[0]["body"] == "well"
    assert losses(run) == [1]
    assert capfd.readouterr() == ("", "")


def test_failed_run_is_returned(project_dir):
    (project_dir / "bad.py").write_text("raise SystemExit(3)")
    run = api.run("bad.py")
    assert (run.status, run.get("exit_status")) == ("error", 3)


def test_run_function_in_this_process():
    run = api.run(lambda x: x, {"x": [1, 2]})
    assert api.flags(run) == {"x": [1, 2]}
    with pytest.raises(api.RunError):
        api.run(lambda: 1 / 0)


def test_grid_returns_its_trials_without_the_batch():
    runs = api.search("train.py", {"lr": [1, 2]})
    assert losses(runs) == [0, 1]
    assert [run.id for run in api.runs()] == [run.id for run in reversed(runs)]


def test_search_script_and_function_with_the_same_seed():
    options = api.SearchOptions(optimizer="random", max_trials=3, random_seed=1)
    runs = api.search("train.py", {"lr": slice(0.0, 1.0)}, options)
    assert len({api.flags(run)["lr"] for run in runs}) == 3
    calls = api.search(lambda lr: lr, {"lr": slice(0.0, 1.0)}, options)
    assert [api.flags(run)["lr"] for run in calls] == [api.flags(run)["lr"] for run in runs]


def test_proto_restart_and_needed(project_dir):
    first = api.run("train.py", {"lr": 2}, random_seed=7)
    assert first.get("random_seed") == 7
    (project_dir / "train.py").write_text("raise SystemExit(1)")
    again = api.run(proto=first)
    assert (again.id != first.id, again.status, losses(again)) == (True, "completed", [1])
    restarted = api.run(None, {"lr": 3}, restart=first)
    assert (restarted.id, losses(restarted)) == (first.id, [4])
    assert api.run("train.py", {"lr": 3, "name": "x"}, needed=True, force_flags=True).id == first.id


def test_staged_run_starts_in_the_background():
    staged = api.run("train.py", {"lr": 2}, stage=True)
    assert staged.status == "staged"
    started = api.run(restart=staged, background=True)
    assert started.id == staged.id
    deadline = time.monotonic() + 30
    while started.status in ("staged", "pending", "running") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert started.status == "completed"


def test_additional_dependencies_and_gpus(project_dir):
    (project_dir / "data.txt").write_text("1")
    run = api.run("train.py", dependencies=[project_dir / "data.txt"], gpus="")
    assert Path(run.path, "data.txt").exists()
    assert run.get("env")["CUDA_VISIBLE_DEVICES"] == ""


def test_search_with_jobs_and_needed():
    runs = api.search("train.py", {"lr": [1, 2, 3]}, jobs=2)
    assert losses(runs) == [0, 1, 4]
    assert api.search("train.py", {"lr": [1, 2, 3]}, needed=True) == []


def test_staged_search_is_resumed_and_repeated():
    options = api.SearchOptions(optimizer="gp", max_trials=2)
    assert api.search("train.py", {"lr": slice(0.0, 1.0)}, options, stage=True) == []
    (batch,) = api.runs()
    assert len(api.search(None, {}, restart=batch)) == 2
    assert len(api.search(None, {}, proto=batch)) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: api.run("trian.py"),
            "operation 'trian.py' is not defined for this project; did you mean 'train.py'?\n"
            "Try 'guild operations' for a list of available operations.",
        ),
        (
            lambda: api.run("train.py", {"lrr": 1}),
            "unsupported flag 'lrr'; did you mean 'lr'?",
        ),
        (
            lambda: api.run("train.py", {"lr": [1, 2]}),
            "the flags of train.py expand to several runs; use search()",
        ),
        (
            lambda: api.search(lambda a: a, {"a": 1}),
            "nothing to search in the arguments of <lambda>; pass a list or a range",
        ),
        (
            lambda: api.search("train.py", {}, api.SearchOptions(optimizer="nope")),
            "operation 'nope' is not defined for this project\n"
            "Try 'guild operations' for a list of available operations.",
        ),
        (
            lambda: api.search(
                "train.py", {"lr": [1, 2]}, api.SearchOptions(minimize="a", maximize="b")
            ),
            "only one of minimize and maximize can be the objective",
        ),
        (
            lambda: api.runs(home="/no/such/home"),
            "Guild home '/no/such/home' does not exist; create it or choose another",
        ),
        (lambda: api.select("9"), "could not find a run matching '9'; run 'guild runs' for a list"),
    ],
)
def test_errors_are_guild_errors(call, message):
    with pytest.raises(api.GuildError) as caught:
        call()
    assert caught.value.message == message


def test_find_compare_and_diff_runs(project_dir):
    first = api.run("train.py", {"lr": 1})
    (project_dir / "train.py").write_text(SCRIPT + "print('more: 1')\n")
    second = api.run("train.py", {"lr": 3})
    assert [run.id for run in api.runs(api.RunQuery(expression="lr > 1"))] == [second.id]
    assert [run.id for run in api.select("2")] == [first.id]
    table = api.compare([first, second], api.CompareOptions(skip_core=True))
    assert table.header == ("run", "lr", "name", "step", "loss", "more")
    assert [row[1:] for row in table.rows] == [(1, "x", 0, 0, None), (3, "x", 0, 4, 1)]
    difference = api.diff(first, second)
    assert difference.flags == {"lr": (1, 3)}
    assert difference.scalars == {"loss": (0, 4), "more": (None, 1)}
    assert list(difference.sourcecode) == ["train.py"]


def test_change_a_single_run_or_several():
    runs = api.search("train.py", {"lr": [1, 2, 3]})
    api.label(runs[0], "best")
    api.tag(runs, "a", "b")
    api.tag(api.select("1"), delete=["b"])
    api.mark(runs[1])
    assert [run.label for run in api.runs()] == ["lr=3 name=x", "lr=2 name=x", "best"]
    assert [run.run.get("tags") for run in api.runs()] == [["a"], ["a", "b"], ["a", "b"]]
    assert [run.id for run in api.runs(api.RunQuery(marked=True))] == [runs[1].id]


def test_delete_restore_and_export_runs(tmp_path):
    runs = api.search("train.py", {"lr": [1, 2]})
    api.delete(runs)
    assert api.runs() == []
    deleted = api.runs(api.RunQuery(deleted=True, operations=("train.py",)))
    restored = api.restore(deleted)
    assert {run.id for run in restored} == {run.id for run in runs}
    exported = api.export(restored, tmp_path / "archive.zip")
    assert {run.id for run in exported} == {run.id for run in runs}
    api.delete(restored[0], permanent=True)
    assert [run.id for run in api.runs()] == [restored[1].id]


def test_restore_accepts_the_deleted_run():
    run, other = api.search("train.py", {"lr": [1, 2]})
    api.delete(run)
    assert api.restore(run) == [run]
    assert {existing.id for existing in api.runs()} == {run.id, other.id}
    with pytest.raises(api.GuildError) as caught:
        api.restore(run)
    assert caught.value.message.startswith(f"run {run.short_id} in {run.path} is not one of")


@pytest.mark.parametrize(
    "change", [lambda run: api.label(run, "x"), lambda run: api.tag(run, "x"), api.mark]
)
def test_change_of_a_deleted_run_creates_no_directory(change):
    run = api.run("train.py", {"lr": 1})
    api.delete(run)
    with pytest.raises(api.GuildError) as caught:
        change(run)
    assert caught.value.message == f"run {run.short_id} no longer exists ({run.path})"
    assert not Path(run.path).exists()


def test_home_argument(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    run = api.run(lambda: None, home=other)
    assert Path(run.path).parent.parent == other
    assert [existing.id for existing in api.runs(home=other)] == [run.id]
    assert api.runs() == []


def test_public_names_are_imported_on_first_use():
    for name in api.__all__:
        assert getattr(api, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        api.nothing  # noqa: B018
    code = "import sys, guild.api; print(sum(name.startswith('guild.') for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert loaded.stdout == b"1\n"


def test_api_does_not_import_pandas():
    code = "import sys; from guild.api import run, search, compare; print('pandas' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert loaded.stdout == b"False\n"
