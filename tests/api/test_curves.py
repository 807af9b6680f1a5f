"""Curves from event files."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.api import curves
from guild.api.curves import Curve
from guild.base.errors import GuildError
from guild.index.columns import Column
from guild.index.query import IndexedRun
from guild.scalars.event_file import EventFileWriter

NAN = float("nan")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "runs").mkdir()
    return tmp_path


@pytest.fixture
def run(home):
    """Return a function: `run({"loss": [(step, value), ...]})` creates a run with these scalars."""
    made = []

    def make(scalars, started=1000, prefix=".guild"):
        run_id = f"{len(made):032x}"
        path = home / "runs" / run_id
        (path / ".guild" / "attrs").mkdir(parents=True)
        (path / ".guild" / "opref").write_text("script:x '' '' x.py")
        (path / ".guild" / "attrs" / "exit_status").write_text("0")
        with EventFileWriter(path / prefix) as writer:
            for tag, points in scalars.items():
                for n, (step, value) in enumerate(points):
                    writer.add_scalar(tag, value, step, started + 10 * n)
        made.append(IndexedRun(run_id, str(path), None, {}, {}, "completed", started * 10**6, None))
        return made[-1]

    return make


def points(result):
    return [(curve.xs, curve.ys) for curve in result.curves]


def test_curve_by_step(home, run):
    one = run({"loss": [(0, 1.0), (5, 2.0)], "acc": [(0, 3.0)]})
    result = curves.read_curves([one], [Column("scalar", "loss")])
    assert points(result) == [([0, 5], [1, 2])]
    assert result.curves[0].run == one


def test_curve_by_time_since_start(home, run):
    one = run({"loss": [(0, 1.0), (5, 2.0)]})
    assert points(curves.read_curves([one], [Column("scalar", "loss")], axis="time")) == [
        ([0, 10], [1, 2])
    ]


def test_restart_replaces_earlier_values(home, run):
    one = run({"loss": [(0, 1.0), (1, 2.0), (2, 3.0), (1, 20.0), (2, 30.0), (3, 40.0)]})
    assert points(curves.read_curves([one], [Column("scalar", "loss")])) == [
        ([0, 1, 2, 3], [1, 20, 30, 40])
    ]


def test_values_without_steps_are_numbered(home, run):
    one = run({"loss": [(0, 1.0), (0, 2.0), (0, 3.0)]})
    assert points(curves.read_curves([one], [Column("scalar", "loss")])) == [([0, 1, 2], [1, 2, 3])]


def test_runs_without_the_scalar_are_skipped(home, run):
    runs = [run({"acc": [(0, 1.0)]}), run({"loss": [(0, 2.0)]}), run({"loss": [(0, 3.0)]})]
    result = curves.read_curves(runs, [Column("scalar", "loss")], limit=1)
    assert (points(result), result.total) == ([([0], [2])], 2)


def test_scalar_may_be_prefixed_with_its_directory(home, run):
    one = run({"loss": [(0, 1.0)]}, prefix="train")
    for name in ("loss", "train#loss"):
        assert points(curves.read_curves([one], [Column("scalar", name)])) == [([0], [1])]
    with pytest.raises(GuildError, match=r"^none of the runs has a scalar 'eval#loss'"):
        curves.read_curves([one], [Column("scalar", "eval#loss")])


def test_unknown_scalar_is_an_error(home, run):
    one = run({"loss": [(0, 1.0)]})
    with pytest.raises(
        GuildError, match=r"^none of the runs has a scalar 'los'; did you mean 'loss'\?$"
    ):
        curves.read_curves([one], [Column("scalar", "los")])
    with pytest.raises(GuildError, match=r"^none of the runs has any scalars$"):
        curves.read_curves([run({})], [Column("scalar", "los")])


def test_parse_scalar_columns():
    assert [
        column.header for column in curves.parse_scalar_columns("loss, train#loss as train")
    ] == [
        "loss",
        "train",
    ]
    for spec in ("=lr", ".label", "min loss", "loss step", "step"):
        with pytest.raises(GuildError, match=r"^cannot plot"):
            curves.parse_scalar_columns(spec)
    with pytest.raises(GuildError, match="expected a column"):
        curves.parse_scalar_columns("")


def test_smooth_values_as_tensorboard_does():
    # Each value is the weighted mean of those up to it: of 1 and 2 with weights 0.5 and 1.
    assert curves.smooth_values([1, 2], 0.5) == pytest.approx([1, (0.5 * 1 + 2) / 1.5])
    assert curves.smooth_values([3, 3, 3], 0.9) == pytest.approx([3, 3, 3])
    assert curves.smooth_values([1, 5, 2], 0) == [1, 5, 2]


def test_smoothing_skips_nan_and_infinity():
    result = curves.smooth_values([1, NAN, math.inf, 2], 0.5)
    assert math.isnan(result[1])
    assert result[2] == math.inf
    assert [result[0], result[3]] == pytest.approx(curves.smooth_values([1, 2], 0.5))


def curve(ys):
    return Curve(None, Column("scalar", "loss"), list(range(len(ys))), ys)


def test_thinned_curve_has_the_same_peaks():
    rng = random.Random(1)
    ys = [rng.random() for _ in range(10_000)]
    ys[1234], ys[5678], ys[777] = -5, 5, NAN
    thin = curves.thin_curve(curve(ys), 200)
    assert len(thin.xs) <= 204
    assert {-5, 5, ys[0], ys[-1]} <= set(thin.ys)
    assert [ys[x] for x in thin.xs] == thin.ys


@given(st.lists(st.floats(), min_size=1, max_size=200), st.integers(2, 50))
def test_thinning_preserves_order_and_extremes(ys, max_points):
    thin = curves.thin_curve(curve(ys), max_points)
    assert thin.xs == sorted(set(thin.xs))
    finite = [y for y in ys if math.isfinite(y)]
    remaining = [y for y in thin.ys if math.isfinite(y)]
    assert not finite or (min(remaining), max(remaining)) == (min(finite), max(finite))
    assert len(thin.xs) <= max_points + 4


def test_short_curve_is_not_thinned():
    short = curve([1, NAN, 2])
    assert curves.thin_curve(short, 10) is short
