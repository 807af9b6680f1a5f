"""The scalars of a run directory, wherever in it the event files lie."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import NamedTuple

from guild.scalars.event_reader import Points, read_batches
from guild.scalars.series import Aggregate as Aggregate
from guild.scalars.series import ScalarSummary as ScalarSummary


class FileScalars(NamedTuple):
    """What is known of an event file, enough to read only what is added to it.

    Attributes:
        path: relative to the run directory, with `/`.
        stamp: inode, size and modification time when it was looked at.
        offset: up to which byte it was read.
        damage: what is wrong behind `offset`.
        tags: what its scalars come to.
    """

    path: str
    stamp: tuple[int, int, int]
    offset: int
    damage: str | None
    tags: dict[str, Aggregate]


class RunScalars(NamedTuple):
    """What is known of a run's event files, in the order in which they count."""

    files: tuple[FileScalars, ...] = ()

    def summaries(self) -> list[ScalarSummary]:
        """A row for each prefix and tag, files of one folder together; sorted."""
        merged: dict[tuple[str, str], Aggregate] = {}
        for file in self.files:
            prefix = file.path.rpartition("/")[0]
            for tag, aggregate in file.tags.items():
                before = merged.get((prefix, tag))
                merged[prefix, tag] = merge(before, aggregate) if before else aggregate
        return [
            ScalarSummary(
                *key, *values[:8], values.total / values.number, values.number, values.total
            )
            for key, values in sorted(merged.items())
        ]

    def damage(self) -> list[str]:
        """A line for each damaged file: which, and what is wrong with it."""
        return [f"{file.path}: {file.damage}" for file in self.files if file.damage]

    def to_json(self) -> str:
        """A text that `from_json` takes, with NaN and infinities as Python writes them."""
        return json.dumps(self.files, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RunScalars:
        """The value that `to_json` was called on. Raises ValueError or TypeError."""
        return cls(
            tuple(
                FileScalars(
                    path,
                    (stamp[0], stamp[1], stamp[2]),
                    offset,
                    damage,
                    {tag: Aggregate(*values) for tag, values in tags.items()},
                )
                for path, stamp, offset, damage, tags in json.loads(text)
            )
        )


# What Guild keeps beside the event files that it writes.
_NO_EVENTS = ("attrs", "proto")


def event_files(run_dir: str | os.PathLike[str]) -> Iterator[str]:
    """The paths of the event files under `run_dir`, relative to it, in a fixed order.

    Linked folders, such as the trials of a batch, are not followed.
    """
    for folder, folders, names in os.walk(run_dir):
        folders.sort()
        if os.path.basename(folder) == ".guild":  # here are many small files of every run
            folders[:] = [name for name in folders if name not in _NO_EVENTS]
        for name in sorted(names):
            if ".tfevents." in name:
                yield os.path.relpath(os.path.join(folder, name), run_dir).replace(os.sep, "/")


def summarize(
    run_dir: str | os.PathLike[str],
    previous: RunScalars = RunScalars(),  # noqa: B008  # frozen
) -> RunScalars:
    """What the scalars under `run_dir` come to, reading only what is new since `previous`.

    A file that cannot be read, or only in part, gives what could be read and tells
    of it in `damage`.
    """
    known = {file.path: file for file in previous.files}
    files = []
    for path in event_files(run_dir):
        file = _summarize_file(run_dir, path, known.get(path))
        if file is not None:
            files.append(file)
    return RunScalars(tuple(files))


def _summarize_file(
    run_dir: str | os.PathLike[str], path: str, known: FileScalars | None
) -> FileScalars | None:
    """The state of a file; None if it is gone."""
    full_path = os.path.join(run_dir, path)
    try:
        stat = os.stat(full_path)
    except OSError:
        return None
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if known and known.stamp == stamp:
        return known
    if not known or known.stamp[0] != stamp[0] or known.offset > stat.st_size:
        known = FileScalars(path, stamp, 0, None, {})
    offset, damage, tags = known.offset, None, dict(known.tags)
    try:
        for batch in read_batches(full_path, offset):
            offset, damage = batch.next_offset, batch.damage
            for tag, points in batch.tags.items():
                added = aggregate(points)
                tags[tag] = merge(tags[tag], added) if tag in tags else added
    except OSError as error:
        damage = f"cannot be read: {error.strerror}"
    return FileScalars(path, stamp, offset, damage, tags)


def aggregate(points: Points) -> Aggregate:
    """What `points`, at least one, come to."""
    steps, values = points.steps, points.values
    first_step, last_step, total = min(steps), max(steps), sum(values)
    first = steps.index(first_step)
    last = len(steps) - 1 - steps[::-1].index(last_step)
    numbers = [value for value in values if value == value] if total != total else values
    lowest, highest = (min(numbers), max(numbers)) if numbers else (values[0], values[0])
    low, high = values.index(lowest), values.index(highest)
    return Aggregate(
        values[first],
        first_step,
        values[last],
        last_step,
        lowest,
        steps[low],
        highest,
        steps[high],
        total,
        len(values),
    )


def merge(a: Aggregate, b: Aggregate) -> Aggregate:
    """What two series come to, of which `b` was written after `a`."""
    first = b if b.first_step < a.first_step else a
    last = b if b.last_step >= a.last_step else a
    # A minimum that is no number means that all values are none.
    only_b = a.min_val != a.min_val and b.min_val == b.min_val
    low = b if only_b or b.min_val < a.min_val else a
    high = b if only_b or b.max_val > a.max_val else a
    return Aggregate(
        first.first_val,
        first.first_step,
        last.last_val,
        last.last_step,
        low.min_val,
        low.min_step,
        high.max_val,
        high.max_step,
        a.total + b.total,
        a.number + b.number,
    )


def read_points(run_dir: str | os.PathLike[str]) -> dict[tuple[str, str], Points]:
    """All scalars under `run_dir` by prefix and tag, in the order they were written.

    Damaged files give what is before the damage. Raises OSError.
    """
    found: dict[tuple[str, str], Points] = {}
    for key, points in read_stretches(run_dir):
        series = found.setdefault(key, Points([], [], []))
        series.steps.extend(points.steps)
        series.values.extend(points.values)
        series.wall_times.extend(points.wall_times)
    return found


def read_stretches(run_dir: str | os.PathLike[str]) -> Iterator[tuple[tuple[str, str], Points]]:
    """The same, one stretch of a prefix and tag after the other, so that no series has to be
    in memory as a whole."""
    for path in event_files(run_dir):
        prefix = path.rpartition("/")[0]
        for batch in read_batches(os.path.join(run_dir, path)):
            for tag, points in batch.tags.items():
                yield (prefix, tag), points
