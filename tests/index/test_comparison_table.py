"""Comparison tables, with columns from options, operations and runs."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from index.homes import add_run, add_scalars

from guild.base.errors import GuildError
from guild.guildfile import load
from guild.guildfile.types import Guildfile
from guild.index.comparison_table import CompareOptions, Table, compare_runs
from guild.index.run_index import RunIndex


@pytest.fixture
def index(tmp_path: Path) -> Iterator[RunIndex]:
    with RunIndex(tmp_path) as index:
        yield index


def table(index: RunIndex, **options: Any) -> Table:
    return compare_runs(index, index.select(), CompareOptions(**options)).table


def test_flags_and_scalars_of_the_runs(tmp_path: Path, index: RunIndex) -> None:
    first = add_run(tmp_path, flags={"x10": 1, "x9": "a"}, label="one")
    second = add_run(tmp_path, op="test", flags={"y": None})
    add_scalars(first, loss=[3, 2, 1], sys__cpu=[5])
    assert table(index, skip_core=True) == Table(
        ("run", "y", "x9", "x10", "step", "loss"),
        (
            (second.short_id, None, None, None, None, None),
            (first.short_id, None, "a", 1, 2, 1.0),
        ),
    )
    core = table(index, skip_op_cols=True)
    assert core.header == ("run", "operation", "started", "time", "status", "label")
    assert core.rows[1][1] == "train"
    assert core.rows[1][3:] == ("0:00:00", "completed", "one")
    assert "sys/cpu" in table(index, all_scalars=True).header


def test_scalar_of_the_run_directory_comes_first(tmp_path: Path, index: RunIndex) -> None:
    run = add_run(tmp_path)
    add_scalars(run, "val", loss=[1], only=[2])
    add_scalars(run, ".guild", loss=[3])
    columns = "loss, #loss, val#loss as v, only, .guild#loss as g, nosuch"
    assert table(index, strict_columns=columns).rows[0][1:] == (3.0, 1.0, 2.0, 3.0, None)
    add_scalars(run, ".", loss=[4])
    index.select()
    assert table(index, strict_columns=columns).rows[0][1] == 4.0


def test_scalar_qualifiers(tmp_path: Path, index: RunIndex) -> None:
    add_scalars(add_run(tmp_path), loss=[3, 1, 2])
    columns = (
        "loss, first loss, last loss, min loss, max loss, avg loss, total loss, count loss, "
        "min loss step, loss step, step"
    )
    result = table(index, strict_columns=columns)
    assert result.header[1:] == (
        *("loss", "first loss", "last loss", "min loss", "max loss", "avg loss", "total loss"),
        *("count loss", "loss step", "step"),
    )
    assert result.rows[0][1:] == (2, 3, 2, 1, 3, 2, 6, 3, 1, 2)


def test_merge_columns_with_the_same_header(tmp_path: Path, index: RunIndex) -> None:
    add_scalars(add_run(tmp_path), acc=[1])
    add_scalars(add_run(tmp_path), accuracy=[2])
    result = table(index, strict_columns="acc as a, accuracy as a")
    assert (result.header, [row[1] for row in result.rows]) == (("run", "a"), [2, 1])


def test_columns_of_the_operation(
    tmp_path: Path, index: RunIndex, caplog: pytest.LogCaptureFixture
) -> None:
    run = add_run(tmp_path, flags={"lr": 0.1}, compare=["=lr as rate", "loss foo", "max loss"])
    add_scalars(run, loss=[3, 2])
    with caplog.at_level(logging.WARNING):
        result = table(index, skip_core=True)
    assert result == Table(("run", "rate", "loss"), ((run.short_id, 0.1, 3.0),))
    assert [entry.getMessage() for entry in caplog.records] == [
        "compare of operation train: "
        "invalid col spec 'loss foo': unexpected token 'foo', line 1, pos 5"
    ]


def test_read_project_once_for_runs_of_all_versions(
    tmp_path: Path, index: RunIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "guild.yml"
    project.write_text("train: {compare: [=lr]}")
    for version in ("1a", "2b"):
        run = add_run(tmp_path, flags={"lr": 0.1, "x": 1})
        Path(run.guild_path("opref")).write_text(f"guildfile:{project} {version} '' train\n")
    loaded: list[str] = []
    original = load.load_guildfile

    def counted(path: str) -> Guildfile:
        loaded.append(path)
        return original(path)

    monkeypatch.setattr(load, "load_guildfile", counted)
    assert table(index, skip_core=True).header == ("run", "lr")
    assert loaded == [str(project)]


def test_current_project_overrides_recorded_columns(tmp_path: Path, index: RunIndex) -> None:
    project = tmp_path / "guild.yml"
    run = add_run(tmp_path, flags={"lr": 0.1}, compare=["=lr"])
    Path(run.guild_path("opref")).write_text(f"guildfile:{project} 1a '' train\n")
    for text, header in (
        ("train: {main: train, compare: ['=lr as now']}", ("run", "now")),
        ("train: {main: train}", ("run", "lr")),
        ("train: [", ("run", "lr")),
    ):
        project.write_text(text)
        assert table(index, skip_core=True).header == header


def test_sort_missing_values_and_nan_last(tmp_path: Path, index: RunIndex) -> None:
    values: list[Any] = [2, math.nan, 10, None, 1, "x10", "x9"]
    for value in values:
        add_run(tmp_path, flags={"v": value})

    def column(**options: Any) -> str:
        return " ".join(str(row[1]) for row in table(index, strict_columns="=v", **options).rows)

    assert column(min="v") == "1 2 10 x9 x10 None nan"
    assert column(max="v") == "x10 x9 10 2 1 None nan"
    assert column(max="v", limit=2) == "x10 x9"
    assert column(min="=v", limit=1) == "1"
    assert column(limit=2) == "x9 x10"


def test_sort_by_a_column_that_is_not_in_the_table(tmp_path: Path, index: RunIndex) -> None:
    for values in ([3, 1], [1, 2], [2, 0]):
        add_scalars(add_run(tmp_path, flags={"v": values[1]}), loss=[float(v) for v in values])
    rows = table(index, strict_columns="=v", max="first loss").rows
    assert [row[1] for row in rows] == [1, 0, 2]


def test_skip_unchanged_columns(tmp_path: Path, index: RunIndex) -> None:
    for number in range(2):
        add_run(tmp_path, flags={"same": 1, "other": number, "none": None})
    assert table(index, skip_unchanged=True).header == ("run", "started", "other")


def test_omit_batches_by_default(tmp_path: Path, index: RunIndex) -> None:
    batch = add_run(tmp_path)
    Path(batch.guild_path("proto")).mkdir()
    assert table(index) == Table((), ())
    assert len(table(index, include_batch=True).rows) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "a", "strict_columns": "b"}, "--columns cannot be used with --strict-columns"),
        ({"min": "a", "max": "b"}, "--min cannot be used with --max"),
        ({"columns": "a b"}, "invalid col spec 'a b': unexpected token 'b', line 1, pos 2"),
    ],
)
def test_invalid_options(index: RunIndex, options: dict[str, Any], message: str) -> None:
    with pytest.raises(GuildError) as error:
        table(index, **options)
    assert error.value.message == message
