"""Trials that are known from the start: grids, samples and batch files."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base import yaml
from guild.base.errors import GuildError
from guild.flags.functions import LogUniform, Uniform
from guild.launch import batch_file
from guild.launch.devices import device_shares
from guild.launch.grid import Grid, check_lists, sample
from guild.launch.trial_runs import trial_id

NAMES = st.text("abcxyz", min_size=1, max_size=3)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
FLAGS = st.dictionaries(NAMES, VALUES | st.lists(VALUES, min_size=1, max_size=3), max_size=4)


def product(flags: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lists = {name: flags[name] for name in sorted(flags) if isinstance(flags[name], list)}
    return [
        {**flags, **dict(zip(lists, values, strict=True)), **row}
        for row in rows or [{}]
        for values in itertools.product(*lists.values())
    ]


@given(FLAGS, st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=3))
def test_grid_combines_lists_with_rows_slowest(
    flags: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    grid = Grid(flags, rows)
    assert list(grid) == product(flags, rows)
    assert len(grid) == len(product(flags, rows))
    assert grid[1:3] == product(flags, rows)[1:3]


def test_grid_is_lazy() -> None:
    grid = Grid({name: list(range(1000)) for name in "abcdef"})
    assert len(grid) == 1000**6
    assert grid[1000**6 - 1] == dict.fromkeys("abcdef", 999)


def test_grid_raises_index_error() -> None:
    with pytest.raises(IndexError):
        Grid({"a": [1, 2]})[2]


def test_grid_rejects_invalid_flags() -> None:
    with pytest.raises(GuildError, match="flag 'a' has an empty list of values"):
        check_lists({"a": []})


def test_each_combination_draws_its_own_value_of_a_range() -> None:
    flags = {"a": Uniform(1, 1000), "b": LogUniform(0.1, 1.0), "c": [1, 2, 3]}
    trials = list(Grid(flags, seed=1))
    assert trials == list(Grid(flags, seed=1)) != list(Grid(flags, seed=2))
    assert len({trial["a"] for trial in trials}) == 3
    assert all(isinstance(trial["a"], int) and 0.1 <= trial["b"] <= 1 for trial in trials)


@given(st.integers(0, 60), st.none() | st.integers(1, 70), st.integers())
def test_samples_in_order_without_replacement(count: int, most: int | None, seed: int) -> None:
    trials: list[dict[str, Any]] = [{"n": n} for n in range(count)]
    chosen = [trial["n"] for trial in sample(trials, most, seed)]
    assert len(chosen) == (count if most is None else min(count, most))
    assert chosen == sorted(set(chosen))
    assert chosen == [trial["n"] for trial in sample(trials, most, seed)]


ROWS = st.lists(
    st.dictionaries(NAMES, VALUES.filter(lambda value: value is not None), max_size=3),
    min_size=1,
    max_size=4,
)


@given(ROWS.filter(any))
def test_csv_batch_file_round_trip(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trials.csv")
        batch_file.write(path, rows)
        assert _typed(batch_file.read(path, {}, path.parent)) == _typed(rows)


@given(ROWS)
def test_reads_json_and_yaml_batch_files(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("t.json", json.dumps(rows)), ("t.yml", yaml.dump(rows))):
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            assert _typed(batch_file.read(path, {}, path.parent)) == _typed(rows)


def _typed(rows: list[dict[str, Any]]) -> list[dict[str, tuple[type, Any]]]:
    return [{name: (type(value), value) for name, value in row.items()} for row in rows]


def test_trial_ids_depend_on_batch_and_number() -> None:
    ids = {trial_id(batch, number) for batch in ("a" * 32, "b" * 32) for number in range(100)}
    assert len(ids) == 200
    assert trial_id("a" * 32, 7) == trial_id("a" * 32, 7)
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


@pytest.mark.parametrize(
    ("gpus", "jobs", "expected"),
    [
        ("0,1,2,3", 4, ["0", "1", "2", "3"]),
        ("0,1,2,3", 2, ["0,2", "1,3"]),
        ("0,1", 3, ["0", "1", "0"]),
        ("0,1", 1, [None]),
        ("", 2, [None, None]),
    ],
)
def test_jobs_get_their_own_gpus(gpus: str, jobs: int, expected: list[str | None]) -> None:
    given = device_shares({"CUDA_VISIBLE_DEVICES": gpus}, jobs)
    assert [share.get("CUDA_VISIBLE_DEVICES") for share in given] == expected
