"""The scalars in all event files of a run directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import NamedTuple

from guild.scalars.event_reader import Points, read_batches
from guild.scalars.series import Aggregate as Aggregate
from guild.scalars.series import ScalarSummary as ScalarSummary


class FileScalars(NamedTuple):
    """The state of an event file, from which reading can resume.

    Attributes:
        path: the path relative to the run directory, with `/` between names.
        stamp: inode, size and modification time at the last check.
        offset: the number of bytes read.
        damage: the problem after `offset`, or None.
        tags: the aggregates of its scalars.
    """

    path: str
    stamp: tuple[int, int, int]
    offset: int
    damage: str | None
    tags: dict[str, Aggregate]


class RunScalars(NamedTuple):
    """The state of a run's event files, in the order in which they count."""

    files: tuple[FileScalars, ...] = ()

    def summaries(self) -> list[ScalarSummary]:
        """Return a sorted row for each prefix and tag, merging files of one directory."""
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
        """Return a line for each damaged file: its path and the problem."""
        return [f"{file.path}: {file.damage}" for file in self.files if file.damage]

    def to_json(self) -> str:
        """Return JSON for `from_json`, with NaN and infinities as Python writes them."""
        return json.dumps(self.files, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RunScalars:
        """Return the value of `to_json`. Raises ValueError or TypeError if `text` is invalid."""
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


# Directories in `.guild` without event files.
_NO_EVENTS = ("attrs", "proto")


def event_files(run_dir: str | os.PathLike[str]) -> Iterator[str]:
    """Yield the paths of event files relative to `run_dir`, in a fixed order.

    Linked directories, such as the trials of a batch, are not followed.
    """
    for folder, folders, names in os.walk(run_dir):
        folders.sort()
        if os.path.basename(folder) == ".guild":  # has many small files in every run
            folders[:] = [name for name in folders if name not in _NO_EVENTS]
        for name in sorted(names):
            if ".tfevents." in name:
                yield os.path.relpath(os.path.join(folder, name), run_dir).replace(os.sep, "/")


def has_steps(run_dir: str | os.PathLike[str]) -> bool:
    """Return whether the run is that of an operation with steps, whose scalars it has."""
    return os.path.isfile(os.path.join(run_dir, ".guild", "attrs", "steps"))


def _files_with_steps(run_dir: str, visited: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the event files of a run and, below the names of links, those of its steps."""
    yield from event_files(run_dir)
    if not has_steps(run_dir):
        return
    visited |= {os.path.realpath(run_dir)}
    with os.scandir(run_dir) as entries:
        names = sorted(entry.name for entry in entries if entry.is_symlink())
    for name in names:
        step = os.path.join(run_dir, name)
        if os.path.isfile(os.path.join(step, ".guild", "opref")):
            path = os.path.realpath(step)
            if path not in visited:
                yield from (f"{name}/{file}" for file in _files_with_steps(path, visited))


def summarize(
    run_dir: str | os.PathLike[str],
    previous: RunScalars = RunScalars(),  # noqa: B008  # frozen
    *,
    with_steps: bool = True,
) -> RunScalars:
    """Aggregate the scalars under `run_dir`, reading only additions since `previous`.

    The run of an operation with steps has the scalars of its steps, below the names of the links,
    unless `with_steps` is False.
    A file that cannot be read completely contributes its readable part and has `damage`.
    """
    states = {file.path: file for file in previous.files}
    files = []
    for path in _files_with_steps(os.fspath(run_dir)) if with_steps else event_files(run_dir):
        file = _summarize_file(run_dir, path, states.get(path))
        if file is not None:
            files.append(file)
    return RunScalars(tuple(files))


def _summarize_file(
    run_dir: str | os.PathLike[str], path: str, state: FileScalars | None
) -> FileScalars | None:
    """Return the new state of a file; None if it no longer exists."""
    full_path = os.path.join(run_dir, path)
    try:
        stat = os.stat(full_path)
    except OSError:
        return None
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if state and state.stamp == stamp:
        return state
    if not state or state.stamp[0] != stamp[0] or state.offset > stat.st_size:
        state = FileScalars(path, stamp, 0, None, {})
    offset, damage, tags = state.offset, None, dict(state.tags)
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
    """Aggregate `points`, which are not empty."""
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
    """Merge the aggregates of two series, of which `b` was written after `a`."""
    first = b if b.first_step < a.first_step else a
    last = b if b.last_step >= a.last_step else a
    # A minimum of NaN means that all values are NaN.
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
    """Read all scalars under `run_dir` by prefix and tag, in the order of writing.

    Damaged files are read up to the damage. Raises OSError.
    """
    by_key: dict[tuple[str, str], Points] = {}
    for key, points in read_stretches(run_dir):
        series = by_key.setdefault(key, Points([], [], []))
        series.steps.extend(points.steps)
        series.values.extend(points.values)
        series.wall_times.extend(points.wall_times)
    return by_key


def read_stretches(run_dir: str | os.PathLike[str]) -> Iterator[tuple[tuple[str, str], Points]]:
    """Yield stretches of scalars with their prefix and tag.

    No series needs to be in memory as a whole. Damage and errors are as in `read_points`.
    """
    for path in event_files(run_dir):
        prefix = path.rpartition("/")[0]
        for batch in read_batches(os.path.join(run_dir, path)):
            for tag, points in batch.tags.items():
                yield (prefix, tag), points
