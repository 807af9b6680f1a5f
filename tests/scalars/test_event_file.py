"""TensorBoard reads what is written here, and what it writes is read here, value for value."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scalars import tensorboard_files as tb
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util.tensor_util import make_tensor_proto

from guild.scalars.event_file import EventFileWriter
from guild.scalars.event_reader import read_batches, read_scalars
from guild.scalars.events import scalar_event
from guild.scalars.records import frame

TAGS = st.sampled_from(["loss", "train/acc", "é", "", "a b#c"]) | st.text(max_size=300).filter(
    lambda text: text.isprintable()
)
STEPS = st.integers(0, 200) | st.integers(-(1 << 63), (1 << 63) - 1)
VALUES = st.floats() | st.floats(width=32)
# Runs of scalars of one tag, as a loop prints them, among single ones.
SCALARS = st.lists(
    st.tuples(TAGS, STEPS, VALUES).map(lambda scalar: [scalar])
    | st.tuples(TAGS, st.integers(0, 1 << 40), st.lists(VALUES, max_size=100)).map(
        lambda run: [(run[0], run[1] + i, value) for i, value in enumerate(run[2])]
    ),
    max_size=8,
).map(lambda runs: [scalar for run in runs for scalar in run])


def by_tag(scalars):
    found = {}
    for tag, step, value in scalars:
        found.setdefault(tag, []).append((step, repr(tb.float32(value))))
    return found


def ours(path):
    read = read_scalars(path)
    assert (read.damage, read.next_offset) == (None, path.stat().st_size)
    return by_tag((scalar.tag, scalar.step, scalar.value) for scalar in read.scalars)


@given(SCALARS)
@example(
    [("x", 0, float("nan")), ("x", 0, float("inf")), ("x", -1, float("-inf")), ("x", 0, 1e300)]
)
def test_tensorboard_reads_what_is_written_one_by_one(scalars):
    with tempfile.TemporaryDirectory() as name:
        with EventFileWriter(name) as writer:
            for tag, step, value in scalars:
                writer.add_scalar(tag, value, step, 1e9)
        if scalars:
            path = tb.only_file(Path(name))
            assert by_tag(tb.read(path)) == by_tag(scalars) == ours(path)
        else:
            assert not list(Path(name).iterdir())


@given(TAGS, st.lists(st.tuples(STEPS, VALUES), min_size=1, max_size=200))
def test_tensorboard_reads_what_is_written_many_at_a_time(tag, points):
    with tempfile.TemporaryDirectory() as name:
        with EventFileWriter(name) as writer:
            writer.add_many(tag, [step for step, _ in points], [value for _, value in points], 1e9)
        path = tb.only_file(Path(name))
        scalars = [(tag, step, value) for step, value in points]
        assert by_tag(tb.read(path)) == by_tag(scalars) == ours(path)


@pytest.mark.parametrize("start", [-40, -20, 100, (1 << 63) - 40])
def test_steps_of_any_size_are_written_many_at_a_time(tmp_path, start):
    steps = list(range(start, start + 40))
    with EventFileWriter(tmp_path) as writer:
        writer.add_many("x", steps, [1.0] * 40, 1e9)
    path = tb.only_file(tmp_path)
    assert [step for _, step, _ in tb.read(path)] == steps
    assert [scalar.step for scalar in read_scalars(path).scalars] == steps


@settings(max_examples=30)
@given(SCALARS)
def test_what_pytorch_writes_is_read(scalars):
    scalars = [(tag, step, tb.float32(value)) for tag, step, value in scalars]
    with tempfile.TemporaryDirectory() as name:
        assert ours(tb.write_like_pytorch(Path(name), scalars)) == by_tag(scalars)


@settings(max_examples=10)
@given(st.lists(st.tuples(TAGS, STEPS, VALUES), max_size=30))
def test_what_keras_writes_is_read(scalars):
    with tempfile.TemporaryDirectory() as name:
        assert ours(tb.write_like_keras(Path(name), scalars)) == by_tag(scalars)


def test_steps_that_restart_are_all_kept(tmp_path):
    with EventFileWriter(tmp_path) as writer:
        for start in (0, 30):
            steps = list(range(start, 60))
            writer.add_many("loss", steps, [float(start + step) for step in steps], 1e9 + start)
    accumulator = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    accumulator.Reload()
    scalars = [("loss", event.step, event.value) for event in accumulator.Scalars("loss")]
    assert len(scalars) == 90
    assert by_tag(scalars) == ours(tb.only_file(tmp_path))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int32", "int64"])
def test_a_tensor_of_any_number_type_without_dimensions_is_a_scalar(tmp_path, dtype):
    numpy = pytest.importorskip("numpy")
    number = numpy.array(-3, dtype)
    values = [
        Summary.Value(tag="scalar", tensor=make_tensor_proto(number)),
        Summary.Value(tag="vector", tensor=make_tensor_proto(numpy.array([1, 2], dtype))),
    ]
    event = Event(wall_time=1, step=2, summary=Summary(value=values))
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(frame(event.SerializeToString()))
    assert [(s.tag, s.step, s.value) for s in read_scalars(path).scalars] == [("scalar", 2, -3.0)]


def test_an_event_without_a_time_is_told_from_others_of_its_tag(tmp_path):
    usual = scalar_event(1e9, 1, "x", 1.0)
    # The first field is not the time, but one of the same size that is not known.
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(frame(usual) + frame(b"\x79" + usual[1:]))
    assert [scalar.wall_time for scalar in read_scalars(path).scalars] == [1e9, 0.0]


def test_what_is_no_scalar_is_passed_over(tmp_path):
    text = Summary.Value(tag="text", tensor=make_tensor_proto("words"))
    text.metadata.plugin_data.plugin_name = "text"
    curve = Summary.Value(tag="curve", tensor=make_tensor_proto(1.0))
    curve.metadata.plugin_data.plugin_name = "pr_curves"
    image = Summary.Value(tag="image", image=Summary.Image(height=1, encoded_image_string=b"png"))
    events = [
        Event(file_version="brain.Event:2"),
        Event(),
        Event(summary=Summary(value=[text, curve, image])),
    ]
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(b"".join(frame(event.SerializeToString()) for event in events))
    assert read_scalars(path) == ([], path.stat().st_size, None)


# -- Damage


@pytest.fixture
def ten(tmp_path):
    """A file of ten scalars; and where each record starts, and the file ends."""
    events = [scalar_event(1e9, i, "loss", float(i)) for i in range(10)]
    records = [frame(event) for event in events]
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(b"".join(records))
    return path, [sum(map(len, records[:i])) for i in range(11)]


def values(read):
    return [scalar.value for scalar in read.scalars]


def test_a_file_that_is_cut_off_anywhere_gives_what_is_before(ten):
    path, starts = ten
    data = path.read_bytes()
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        whole = max(i for i, start in enumerate(starts) if start <= size)
        read = read_scalars(path)
        assert values(read) == [float(i) for i in range(whole)]
        assert (read.next_offset, read.damage) == (starts[whole], None)


def test_a_changed_byte_anywhere_gives_what_is_before(ten):
    path, starts = ten
    data = path.read_bytes()
    for position in range(len(data)):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :])
        whole = max(i for i, start in enumerate(starts) if start <= position)
        read = read_scalars(path)
        assert values(read) == [float(i) for i in range(whole)]
        assert read.next_offset == starts[whole]
        assert read.damage in (
            f"invalid record length at byte {starts[whole]}",
            f"wrong checksum at byte {starts[whole]}",
        )


@pytest.mark.parametrize("position", [10, 600, 2000, 4000])
def test_damage_within_a_long_run_gives_what_is_before(tmp_path, position):
    records = [frame(scalar_event(1e9, 200 + i, "loss", float(i))) for i in range(100)]
    data = bytearray(b"".join(records))
    data[position] ^= 1
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(data)
    whole = position // len(records[0])
    read = read_scalars(path)
    assert values(read) == [float(i) for i in range(whole)]
    assert read.next_offset == whole * len(records[0])
    assert read.damage


@given(st.binary(max_size=200))
def test_a_record_with_anything_in_it_never_fails(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(frame(data))
        file.flush()
        read = read_scalars(file.name)
        assert (read.next_offset, read.damage) in (
            (len(data) + 16, None),
            (0, "invalid event at byte 0"),
        )


@given(st.binary(max_size=200))
def test_a_file_with_anything_in_it_never_fails(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        assert read_scalars(file.name).scalars == []


def test_reading_goes_on_where_it_stopped(ten):
    path, starts = ten
    data = path.read_bytes()
    path.write_bytes(data[: starts[4] + 5])
    first = read_scalars(path)
    path.write_bytes(data)
    second = read_scalars(path, first.next_offset)
    assert values(first) + values(second) == [float(i) for i in range(10)]


def test_a_large_file_is_read_in_batches(tmp_path):
    big = Summary(
        value=[Summary.Value(tag="i", image=Summary.Image(encoded_image_string=bytes(5 << 20)))]
    )
    with EventFileWriter(tmp_path) as writer:
        for start in range(0, 100_000, 1000):
            steps = list(range(start, start + 1000))
            writer.add_many("a", steps, [0.5 * step for step in steps], 1e9)
            writer.add_scalar("b", start, start, 1e9)
        writer.add_event(Event(summary=big).SerializeToString())
        writer.add_scalar("b", 7, 7, 1e9)
    a, b = [], []
    batches = list(read_batches(tb.only_file(tmp_path)))
    for batch in batches:
        assert batch.damage is None
        if "a" in batch.tags:
            a += zip(batch.tags["a"].steps, batch.tags["a"].values, strict=True)
        if "b" in batch.tags:
            b += batch.tags["b"].values
    assert len(batches) > 2
    assert a == [(step, 0.5 * step) for step in range(100_000)]
    assert b == [float(start) for start in range(0, 100_000, 1000)] + [7.0]


def test_a_writer_that_was_closed_starts_another_file(tmp_path):
    writer = EventFileWriter(tmp_path)
    for value in (1, 2):
        writer.add_scalar("x", value, 0, 1e9)
        writer.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert all(name.startswith("events.out.tfevents.") for name in names)
