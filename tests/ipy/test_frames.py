"""Runs as data frames: pandas operations, and methods that read and change runs."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pandas as pd
import pytest

from guild import ipy
from guild.base.errors import GuildError
from guild.summary import SummaryWriter


def op(a, b="x"):
    for step in range(2):
        print(f"step: {step}")
        print(f"loss: {a - step}")


@pytest.fixture
def runs():
    ipy.run(op, a=[1, 2, 3])
    return ipy.runs()


def values(frame):
    return frame["a"].tolist()


def test_flags_is_pandas_attribute_and_method(runs):
    assert runs.flags.allows_duplicate_labels is True
    assert runs.flags["allows_duplicate_labels"] is True
    assert runs.flags == pd.DataFrame().flags
    assert values(runs.flags()) == [3, 2, 1]
    assert list(runs.flags().columns) == ["a", "b", "run"]


def test_flags_of_a_temporary_frame():
    ipy.run(op, 1)
    assert values(ipy.runs().flags()) == [1]
    assert values(ipy.runs().head(1).guild_flags()) == [1]


def test_allows_duplicate_labels_works_as_in_pandas(runs):
    strict = runs.set_flags(allows_duplicate_labels=False)
    assert strict.flags.allows_duplicate_labels is False
    assert runs.flags.allows_duplicate_labels is True
    assert strict.head(1).flags.allows_duplicate_labels is False
    assert pickle.loads(pickle.dumps(strict)).flags.allows_duplicate_labels is False
    with pytest.raises(pd.errors.DuplicateLabelError):
        pd.concat([strict, strict])
    strict.flags.allows_duplicate_labels = True
    assert len(pd.concat([strict, strict])) == 6


OPERATIONS = {
    "slice": (lambda runs: runs[1:], [2, 1]),
    "iloc": (lambda runs: runs.iloc[[2, 0]], [1, 3]),
    "mask": (lambda runs: runs[runs["status"] == "completed"], [3, 2, 1]),
    "sort": (lambda runs: runs.sort_values("started", ascending=True, kind="stable"), None),
    "sort by run": (lambda runs: runs.sort_values("run"), None),
    "query": (lambda runs: runs.query("status == 'completed'"), [3, 2, 1]),
    "head": (lambda runs: runs.head(1), [3]),
    "copy": (lambda runs: runs.copy(), [3, 2, 1]),
    "deep copy": (copy.deepcopy, [3, 2, 1]),
    "pickle": (lambda runs: pickle.loads(pickle.dumps(runs)), [3, 2, 1]),
    "concat": (lambda runs: pd.concat([runs[:1], runs[2:]]), [3, 1]),
    "merge": (lambda runs: runs.merge(runs.flags(), on="run"), [3, 2, 1]),
    "merge as second frame": (lambda runs: pd.merge(runs, runs.flags()), [3, 2, 1]),
    "drop": (lambda runs: runs.drop(columns=["label"]), [3, 2, 1]),
    "drop duplicates": (lambda runs: pd.concat([runs, runs]).drop_duplicates("run"), [3, 2, 1]),
    "assign": (lambda runs: runs.assign(x=1), [3, 2, 1]),
    "index": (lambda runs: runs.set_index("label").reset_index(), [3, 2, 1]),
    "index of runs": (lambda runs: runs.set_index("run"), [3, 2, 1]),
    "group": (lambda runs: next(iter(runs.groupby("status")))[1], [3, 2, 1]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_pandas_operations_return_frames_of_runs(runs, name):
    make, expected = OPERATIONS[name]
    made = make(runs)
    assert type(made) is ipy.RunsDataFrame
    assert sorted(values(made.flags())) == sorted(expected or [1, 2, 3])
    if expected:
        assert values(made.flags()) == expected


def test_group_and_merge_frames_by_run(runs):
    last = runs.scalars().groupby("run")["last_val"].sum()
    assert [last[cell] for cell in runs["run"]] == [2, 1, 0]
    both = runs.flags().merge(runs.scalars(), on="run")
    assert (both["a"] - 1 == both["last_val"]).all()


def test_frame_without_run_column_is_an_error(runs):
    with pytest.raises(GuildError, match="lost its 'run' column"):
        runs[["status"]].flags()


def test_row_has_the_methods_of_its_run(runs):
    row = runs.iloc[1]
    assert type(row) is ipy.RunsSeries
    assert row[0].run == row["run"].run == runs.iloc[1, 0].run
    assert row[-1] == row["label"]
    assert values(row.flags()) == [2]
    assert row.scalars()["last_val"].tolist() == [1]
    assert values(row.compare()) == [2]
    assert row.flags.allows_duplicate_labels is True
    assert values(runs.set_index("run").iloc[1].flags()) == [2]


def test_column_of_runs_has_methods_and_labels(runs):
    column = runs["run"]
    assert values(column.flags()) == [3, 2, 1]
    assert column[2] == runs.iloc[2]["run"]
    with pytest.raises(KeyError):
        column[7]


def test_run_cells_equal_run_ids(runs):
    run = runs.iloc[1]["run"].run
    assert (runs["run"] == run.id).tolist() == [False, True, False]
    assert runs["run"].isin([run.id]).tolist() == [False, True, False]
    assert str(runs.iloc[1]["run"]) == run.short_id


def test_column_types_are_the_same_in_all_versions_of_pandas(runs):
    expected = ["object", "object", "datetime64[ns]", "object", "object"]
    assert [str(kind) for kind in runs.dtypes] == expected
    assert [str(kind) for kind in runs[:0].dtypes] == expected
    compared = runs.compare().dtypes.astype(str).to_dict()
    assert compared == {
        **dict.fromkeys(("run", "operation", "status", "label", "b"), "object"),
        "started": "datetime64[ns]",
        "time": "timedelta64[ns]",
        **dict.fromkeys(("a", "step"), "int64"),
        "loss": "float64",
    }
    assert str(runs.flags().dtypes["b"]) == "object"


def test_column_types_of_mixed_and_missing_values():
    def function(**flags):
        pass

    ipy.run(function, a=1, c=True, d="x", e=2**70, f=(1, 2))
    ipy.run(function, a=0.5, b=1, c=False, d=2, e=1, f="y")
    flags = ipy.runs().flags()
    assert {name: str(kind) for name, kind in flags.dtypes.items()} == {
        "a": "float64",
        "b": "float64",
        "c": "bool",
        "d": "object",
        "e": "object",
        "f": "object",
        "run": "object",
    }
    assert flags["d"].tolist() == [2, "x"]
    assert flags["e"].tolist() == [1, 2**70]
    assert flags["f"].tolist() == ["y", [1, 2]]
    assert flags["b"].isna().tolist() == [False, True]


def test_compare_accepts_columns_or_another_frame(runs):
    table = runs.compare(columns="first loss as begin")
    assert table["begin"].tolist() == [3, 2, 1]
    changed = runs.assign(status="x")
    assert runs[["status"]].compare(changed[["status"]]).shape == (3, 2)


def test_scalars_of_event_files():
    def function():
        with SummaryWriter("logs") as writer:
            writer.add_scalar("x", 1, 1)
            writer.add_scalar("x", 3, 2)

    ipy.run(function)
    assert ipy.runs().scalars_detail()[["path", "tag", "val", "step"]].values.tolist() == [
        ["logs", "x", 1.0, 1],
        ["logs", "x", 3.0, 2],
    ]
    assert ipy.runs().scalars()["avg_val"].tolist() == [2.0]


def test_attributes_table(runs):
    table = runs.attributes()
    assert table["exit_status"].tolist() == [0, 0, 0]
    assert table["flags"].tolist()[0] == {"a": 3, "b": "x"}


def test_label_and_tag_return_the_new_state(runs):
    assert runs[:2].label("new")["label"].tolist() == ["new", "new"]
    assert runs.iloc[2].label("")["label"].tolist() == [""]
    runs.tag("x", "y")
    runs[:1].tag(delete=["x"])
    assert [len(ipy.runs(tags=tag)) for tag in ("x", "y")] == [2, 3]


def test_delete_permanently(runs):
    ids = runs[:2].delete(permanent=True)
    assert ids == [cell.run.id for cell in runs["run"][:2]]
    assert (len(ipy.runs()), len(ipy.runs(deleted=True))) == (1, 0)


def test_deleted_runs_have_tables(runs):
    runs.delete()
    assert values(ipy.runs(deleted=True).flags()) == [3, 2, 1]
    assert runs.flags().empty


def test_info_of_an_empty_frame_is_an_error():
    with pytest.raises(GuildError, match="no runs in the frame"):
        ipy.runs().info()


def test_info_with_output_and_scalars(runs, capsys):
    runs.info(output=True, scalars=True)
    assert capsys.readouterr().out.splitlines()[-10:] == [
        "flags:",
        "  a: 3",
        "  b: x",
        "scalars:",
        "  loss: 2.0 (step 1)",
        "output:",
        "  step: 0",
        "  loss: 3",
        "  step: 1",
        "  loss: 2",
    ]


def test_empty_tables_have_columns():
    runs = ipy.runs()
    assert list(runs.flags().columns) == ["run"]
    assert list(runs.scalars_detail().columns) == ["run", "path", "tag", "val", "step"]
    assert list(runs.compare().columns) == [
        *("run", "operation", "started", "time", "status", "label")
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"labels": "a=2"}, [2]),
        ({"operations": ["op"], "filter": "loss > 0"}, [3, 2]),
        ({"limit": 1}, [3]),
        ({"error": True}, []),
        ({"error": True, "completed": True}, [3, 2, 1]),
        ({"marked": True}, []),
    ],
)
def test_runs_filters(runs, filters, expected):
    assert [run.run.get("flags")["a"] for run in ipy.runs(**filters)["run"]] == expected


def test_unknown_filter_is_a_type_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'finished'"):
        ipy.runs(finished=True)


# -- Plots


@pytest.fixture
def _no_screen():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    yield
    matplotlib.pyplot.close("all")


@pytest.mark.usefixtures("_no_screen")
def test_plot_draws_a_line_for_each_run(runs):
    axes = runs.plot("loss")
    assert [line.get_ydata().tolist() for line in axes.lines] == [[3, 2], [2, 1], [1, 0]]
    assert [line.get_label() for line in axes.lines] == ["a=3 b=x", "a=2 b=x", "a=1 b=x"]
    assert runs[:1].plot("loss", ax=axes) is axes
    assert len(runs.plot("#loss").lines) == len(runs)  # as `guild compare` names it


@pytest.mark.usefixtures("_no_screen")
def test_other_plots_are_those_of_pandas(runs):
    assert runs.compare().plot(x="a", y="loss").lines
    assert pd.DataFrame(runs.compare()[["a"]]).plot.hist()
    assert runs.merge(runs.flags(), on="run").assign(y=1.0).plot(x="a", y="y").lines


@pytest.mark.usefixtures("_no_screen")
def test_plot_of_an_unknown_scalar_is_an_error(runs):
    with pytest.raises(GuildError) as caught:
        runs.plot("lss")
    assert caught.value.message == "no run has a scalar 'lss'; did you mean 'loss'?"
    assert Path(runs.iloc[0]["run"].run.path).is_dir()
