"""Event files as TensorBoard itself, and so PyTorch and Keras, reads and writes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def float32(value: float) -> float:
    """`value` as a float32 has it."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def same(a: float, b: float) -> bool:
    """Whether two values are equal, or both no number."""
    return a == b or (a != a and b != b)


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*tfevents*")
    return path


def read(path: Path) -> Iterator[tuple[str, int, float]]:
    """The simple values that TensorBoard reads."""
    for data in RawEventFileLoader(str(path)).Load():
        event = Event.FromString(data)
        for value in event.summary.value:
            assert value.HasField("simple_value")
            yield value.tag, event.step, value.simple_value


def write_like_pytorch(folder: Path, scalars: Iterable[tuple[str, int, float]]) -> Path:
    """PyTorch's `SummaryWriter` gives such events to this very writer."""
    writer = EventFileWriter(str(folder))
    for number, (tag, step, value) in enumerate(scalars):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(wall_time=1e9 + number, step=step, summary=summary))
    writer.close()
    return only_file(folder)


def write_like_keras(folder: Path, scalars: Iterable[tuple[str, int, float]]) -> Path:
    """TensorFlow 2 writes scalars as tensors, with the plugin's name in the metadata."""
    writer = EventFileWriter(str(folder))
    for number, (tag, step, value) in enumerate(scalars):
        writer.add_event(Event(wall_time=1e9 + number, step=step, summary=scalar_pb(tag, value)))
    writer.close()
    return only_file(folder)
