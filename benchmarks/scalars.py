"""The time for a million lines of output, and for half a million scalars in an event file."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, command, compare
from guild.scalars.event_file import EventFileWriter
from guild.scalars.run_scalars import summarize

GUILD = Path(sys.executable).with_name("guild")
LINES = 1_000_000
SCALARS = 500_000
# TensorBoard is about ten times slower, so it gets a tenth of the scalars.
SCALE = 10

SCRIPT = f"""\
import random

for i in range({LINES // 2}):
    print(f"step: {{i}}")
    print(f"loss: {{random.random()}}")
"""


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield _million_lines(folder / "lines")
        yield from _event_files(folder / "events")


def _million_lines(folder: Path) -> Row:
    """Compare a run of a script that prints scalars with the script that writes to a file."""
    home = folder / "home"
    home.mkdir(parents=True)
    (folder / "million.py").write_text(SCRIPT)
    run = command([GUILD, "run", "million.py", "-y"], folder, {"GUILD_HOME": str(home)})
    script = command(["sh", "-c", f"{sys.executable} -u million.py > output"], folder)
    return Row(f"guild run, {LINES} lines", "python -u > file", *compare(run, script, 3), 1.5)


def _event_files(folder: Path) -> Iterator[Row]:
    """Compare writing and reading of event files with TensorBoard."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter as TensorBoardWriter

    values = [random.random() for _ in range(SCALARS)]
    ours, theirs = folder / "ours", folder / "theirs"

    def write() -> None:
        shutil.rmtree(ours, ignore_errors=True)
        with EventFileWriter(ours) as writer:
            for start in range(0, SCALARS, 2000):
                steps = range(start, start + 2000)
                writer.add_many("loss", steps, values[start : start + 2000], 1e9)

    def write_tensorboard() -> None:
        shutil.rmtree(theirs, ignore_errors=True)
        writer = TensorBoardWriter(str(theirs), max_queue_size=1000)
        for step in range(SCALARS // SCALE):
            value = Summary.Value(tag="loss", simple_value=values[step])
            writer.add_event(Event(wall_time=1e9, step=step, summary=Summary(value=[value])))
        writer.close()

    def read() -> None:
        assert summarize(ours).summaries()[0].count == SCALARS

    def read_tensorboard() -> None:
        accumulator = EventAccumulator(os.fspath(theirs), size_guidance={"scalars": 0})
        accumulator.Reload()
        assert len(accumulator.Scalars("loss")) == SCALARS // SCALE

    yield Row(
        f"write {SCALARS} scalars",
        f"TensorBoard, {SCALARS // SCALE}",
        *compare(write, write_tensorboard, 3),
        1.0,
    )
    yield Row(
        f"read {SCALARS} scalars",
        f"TensorBoard, {SCALARS // SCALE}",
        *compare(read, read_tensorboard, 3),
        1.0,
    )
