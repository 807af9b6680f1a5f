"""Names of runs in TensorBoard."""

from __future__ import annotations

import pytest

from guild.index.query import IndexedRun
from guild.opref import OpRef
from guild.view.tensorboard.run_names import make_folder_name, make_trial_name


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")


def run(label=None, flags=None, started=1_600_000_000_000_000):
    return IndexedRun(
        "0123456789abcdef" * 2,
        "/home/runs/0123456789abcdef0123456789abcdef",
        OpRef("guildfile", "/p/guild.yml", "", "m", "train"),
        {"label": label},
        flags or {},
        "completed",
        started,
        None,
    )


def test_name_of_id_operation_start_and_label():
    assert make_folder_name(run("lr=0.1")) == "01234567 m:train 2020-09-13 12:26:40 lr=0.1"


def test_name_without_label():
    assert make_folder_name(run()) == "01234567 m:train 2020-09-13 12:26:40"


def test_name_of_a_run_that_has_not_started():
    assert make_folder_name(run("x", started=None)) == "01234567 m:train x"


def test_flags_replace_the_label():
    flagged = run("x", {"lr": 0.1, "name": "a b", "other": 1})
    assert make_folder_name(flagged, ["name", "missing", "lr"]) == (
        "01234567 m:train 2020-09-13 12:26:40 name='a b' lr=0.1"
    )


@pytest.mark.parametrize(
    ("label", "expected"),
    [("a/b\\c", "a_b_c"), ("../../x", ".._.._x"), ("two\nlines\x1b[1m", "two_lines_[1m")],
)
def test_replace_separators_and_control_characters(label, expected):
    assert make_folder_name(run(label)).endswith(f" {expected}")


def test_truncate_long_label():
    assert make_folder_name(run("L" * 300)) == "01234567 m:train 2020-09-13 12:26:40 " + "L" * 83
    assert len(make_folder_name(run("漢" * 300)).encode()) <= 255


def test_trial_name():
    assert make_trial_name(run("x")) == "01234567 m:train"
