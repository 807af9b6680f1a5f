"""Filters of the runs in a home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from index.homes import add_run, add_scalars

from guild.base.errors import GuildError
from guild.index.query import RunQuery
from guild.index.run_index import RunIndex


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    attrs: list[dict[str, Any]] = [
        {"op": "train", "label": "a", "flags": {"lr": 0.1}, "sourcecode_digest": "12ab"},
        {"op": "train", "model": "m", "label": "b best", "tags": ["t1", "t2"], "marked": True},
        {
            "op": "test",
            "label": "c",
            "status": 1,
            "comments": [{"body": "A Remark", "user": "Joe"}],
        },
        {"op": "test", "label": "d", "status": -15, "flags": {"lr": 0.2, "label": "flag"}},
        {"op": "other", "label": None, "cmd": ["python", "x.py"]},
    ]
    for number, values in enumerate(attrs):
        add_scalars(add_run(home, **values), loss=[1.0, number / 10])
    return home


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "-dcba"),
    ({"operations": ("train",)}, "ba"),
    ({"operations": ("m:train",)}, "b"),
    ({"operations": ("m:", "other")}, "-b"),
    ({"operations": (":train",)}, "ba"),
    ({"operations": ("tra",)}, ""),
    ({"operations": ("t*",)}, "dcba"),
    ({"operations": ("*",)}, "-dcba"),
    ({"operations": ("m:*",)}, "b"),
    ({"operations": ("*:train",)}, "b"),
    ({"operations": (":t*st",)}, "dc"),
    ({"operations": ("x/*",)}, ""),
    ({"operations": ("^t",)}, "dca"),
    ({"operations": (":(train|test)$", "^oth")}, "-b"),
    ({"expression": "true"}, "-dcba"),
    ({"expression": "false"}, ""),
    ({"expression": "op_model = '' and not false"}, "-dca"),
    ({"expression": "op_model = m or (false)"}, "b"),
    ({"labels": ("best", "a")}, "ba"),
    ({"labels": ("-",)}, "-"),
    ({"unlabeled": True}, "-"),
    ({"tags": ("t2",)}, "b"),
    ({"tags": ("t",)}, ""),
    ({"marked": True}, "b"),
    ({"unmarked": True}, "-dca"),
    ({"comments": ("remark",)}, "c"),
    ({"comments": ("joe",)}, "c"),
    ({"statuses": frozenset({"error", "terminated"})}, "dc"),
    ({"digest": "12"}, "a"),
    ({"digest": "2a"}, ""),
    ({"started": "today"}, ""),
    ({"started": "before 2024-1-1"}, "-dcba"),
    ({"operations": ("test",), "statuses": frozenset({"error"})}, "c"),
    ({"expression": "operation = test"}, "dc"),
    ({"expression": "op = train"}, "ba"),
    ({"expression": "status in [error, terminated] and lr > 0.1"}, "d"),
    ({"expression": "label = flag"}, ""),
    ({"expression": "flag:label = flag"}, "d"),
    ({"expression": "attr:lr = 0.1"}, ""),
    ({"expression": "loss < 0.15"}, "ba"),
    ({"expression": "first loss = 1 and loss step = 1 and loss > 0.35"}, "-"),
    ({"expression": "label is undefined"}, "-"),
    ({"expression": "cmd contains x.py"}, "-"),
    ({"expression": "started contains 2023-11"}, "-dcba"),
    ({"expression": "not lr is undefined"}, "da"),
]


@pytest.mark.parametrize(("query", "labels"), CASES)
def test_query(home: Path, query: dict[str, Any], labels: str) -> None:
    with RunIndex(home) as index:
        runs = index.select(RunQuery(**query))
        assert "".join(run.label[:1] or "-" for run in runs) == labels
        assert index.count(RunQuery(**query)) == len(labels)
        assert index.select(RunQuery(**query), limit=1) == runs[:1]


def test_invalid_regular_expression(home: Path) -> None:
    with RunIndex(home) as index, pytest.raises(GuildError) as error:
        index.select(RunQuery(operations=("(x$",)))
    assert error.value.message.startswith("invalid regular expression '(x$': ")
