"""What the event files of a run directory come to."""

from __future__ import annotations

import math
import os

from hypothesis import example, given
from hypothesis import strategies as st
from support.privileges import permissions_count

from guild.scalars.event_file import EventFileWriter
from guild.scalars.event_reader import Points
from guild.scalars.run_scalars import (
    RunScalars,
    ScalarSummary,
    aggregate,
    merge,
    read_points,
    summarize,
)


def write(folder, *scalars: tuple[str, int, float]):
    with EventFileWriter(folder) as writer:
        for tag, step, value in scalars:
            writer.add_scalar(tag, value, step, 1e9)
    return writer.path


def summary(run_dir, tag, prefix=""):
    rows = {(row.prefix, row.tag): row for row in summarize(run_dir).summaries()}
    return rows[prefix, tag]


def test_the_columns(tmp_path):
    write(tmp_path, ("x", 1, 1.0), ("x", 2, 2.0), ("x", 3, 3.0))
    assert summarize(tmp_path).summaries() == [
        ScalarSummary(
            prefix="",
            tag="x",
            first_val=1.0,
            first_step=1,
            last_val=3.0,
            last_step=3,
            min_val=1.0,
            min_step=1,
            max_val=3.0,
            max_step=3,
            avg_val=2.0,
            count=3,
            total=6.0,
        )
    ]


def test_first_and_last_go_by_step(tmp_path):
    write(tmp_path, ("y", 10, 1.0), ("y", 5, 2.0), ("y", 10, 3.0), ("y", 5, 9.0), ("y", 7, 4.0))
    row = summary(tmp_path, "y")
    assert (row.first_val, row.first_step, row.last_val, row.last_step) == (2.0, 5, 3.0, 10)
    assert (row.min_val, row.min_step, row.max_val, row.max_step) == (1.0, 10, 9.0, 5)


def test_files_of_one_folder_are_one_series(tmp_path):
    for name, scalars in (
        ("events.out.tfevents.1", [("a", 1, 1.0), ("a", 2, 2.0), ("a", 10, 3.0)]),
        ("events.out.tfevents.2", [("a", 1, 5.0), ("a", 10, 6.0)]),
    ):
        os.rename(write(tmp_path, *scalars), tmp_path / name)
    row = summary(tmp_path, "a")
    assert (row.first_val, row.last_val, row.count, row.total) == (1.0, 6.0, 5, 17.0)
    assert read_points(tmp_path)["", "a"].steps == [1, 2, 10, 1, 10]


def test_folders_are_prefixes_and_links_to_folders_are_not_followed(tmp_path):
    run_dir, other = tmp_path / "run", tmp_path / "other"
    for folder in ("", ".guild", "train", "a/b/c", ".hidden"):
        write(run_dir / folder, ("loss", 1, 1.0))
    write(other, ("loss", 1, 1.0))
    (run_dir / "trial").symlink_to(other)
    (run_dir / "notes.tfevents").write_text("no event file")
    rows = [(row.prefix, row.tag) for row in summarize(run_dir).summaries()]
    assert rows == [(p, "loss") for p in ("", ".guild", ".hidden", "a/b/c", "train")]
    assert set(read_points(run_dir)) == set(rows)


def test_no_run_directory_has_no_scalars(tmp_path):
    assert summarize(tmp_path / "missing") == RunScalars()


def test_no_number_is_neither_minimum_nor_maximum(tmp_path):
    nan, inf = math.nan, math.inf
    write(tmp_path, ("a", 1, nan), ("a", 2, 2.0), ("b", 1, 1.0), ("b", 2, nan))
    write(tmp_path, ("c", 1, nan), ("c", 2, nan), ("d", 1, inf), ("d", 2, -inf), ("d", 3, 0.0))
    a, b, c, d = (summary(tmp_path, tag) for tag in "abcd")
    assert (a.min_val, a.min_step, a.max_val, a.last_val) == (2.0, 2, 2.0, 2.0)
    assert (b.min_val, b.max_val, b.max_step) == (1.0, 1.0, 1)
    assert (d.min_val, d.max_val) == (-inf, inf)
    for value in (a.first_val, a.avg_val, a.total, b.last_val, c.min_val, c.max_val, d.avg_val):
        assert math.isnan(value)


POINTS = st.lists(
    st.tuples(st.integers(-3, 3), st.sampled_from([-1.0, 0.5, 2.0, math.nan, math.inf])), min_size=1
)


def points(pairs):
    steps, values = zip(*pairs, strict=True)
    return Points(list(steps), list(values), [1e9] * len(steps))


@given(POINTS, POINTS)
@example([(0, math.nan)], [(1, math.nan)])
def test_two_parts_come_to_what_the_whole_does(first, second):
    merged = merge(aggregate(points(first)), aggregate(points(second)))
    assert repr(merged) == repr(aggregate(points(first + second)))


# -- Reading on


def test_only_what_was_added_is_read(tmp_path):
    first = summarize(tmp_path)
    path = write(tmp_path, ("x", 1, 1.0), ("x", 2, 2.0))
    first = summarize(tmp_path)
    other = write(tmp_path / "more", ("x", 9, 9.0))
    with open(other, "rb") as added, open(path, "r+b") as file:
        file.write(bytes(30))  # what was read already is not looked at again
        file.seek(0, os.SEEK_END)
        file.write(added.read())
    second = summarize(tmp_path, first)
    assert second.damage() == []
    assert [(row.prefix, row.total, row.count) for row in second.summaries()] == [
        ("", 12.0, 3),
        ("more", 9.0, 1),
    ]
    assert summarize(tmp_path, second) == second


def test_a_file_that_is_another_or_shorter_is_read_anew(tmp_path):
    path = write(tmp_path, ("x", 1, 1.0), ("x", 2, 2.0))
    first = summarize(tmp_path)
    shorter = write(tmp_path / "other", ("x", 1, 5.0))
    with open(shorter, "rb") as source, open(path, "wb") as file:
        file.write(source.read())
    second = summarize(tmp_path, first)
    assert second.summaries()[0].total == 5.0
    longer = write(tmp_path / "other", *(("x", i, 1.0) for i in range(9)))
    os.replace(longer, path)
    assert summarize(tmp_path, second).summaries()[0].total == 9.0
    os.remove(path)
    assert [row.prefix for row in summarize(tmp_path, second).summaries()] == ["other"]


def test_damage_is_told_and_what_is_before_it_counts(tmp_path):
    path = write(tmp_path / "train", ("x", 1, 1.0), ("x", 2, 2.0))
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")
    scalars = summarize(tmp_path)
    name = os.path.relpath(path, tmp_path)
    assert [row.total for row in scalars.summaries()] == [1.0]
    assert scalars.damage() == [f"{name}: wrong checksum at byte {scalars.files[0].offset}"]


def test_a_file_that_may_not_be_read_is_told(tmp_path):
    os.chmod(write(tmp_path, ("x", 1, 1.0)), 0)
    with permissions_count():
        (line,) = summarize(tmp_path).damage()
    assert line.endswith(": cannot be read: Permission denied")


def test_what_is_known_can_be_stored(tmp_path):
    write(tmp_path, ("x", 1, math.nan), ("é", 2, math.inf))
    scalars = summarize(tmp_path)
    assert repr(RunScalars.from_json(scalars.to_json())) == repr(scalars)
