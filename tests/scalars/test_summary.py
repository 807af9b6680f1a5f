"""`SummaryWriter`: what a script logs is what TensorBoard shows."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

import pytest
from scalars import tensorboard_files as tb
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from guild.scalars.images import png
from guild.summary import SummaryWriter


def shown(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"tensors": 0, "images": 0})
    accumulator.Reload()
    return accumulator


def test_scalars(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1.5, 1)
        writer.add_scalar("x", "2", step=2)
        writer.add_scalar("x", 3)
    assert list(tb.read(tb.only_file(tmp_path))) == [("x", 1, 1.5), ("x", 2, 2.0), ("x", 0, 3.0)]


def test_what_is_added_is_in_the_file_at_once(tmp_path):
    writer = SummaryWriter(tmp_path)
    for step in range(3):
        writer.add_scalar("x", step, step)
        assert len(list(tb.read(tb.only_file(tmp_path)))) == step + 1
    writer.flush()
    writer.close()


def test_a_writer_that_adds_nothing_makes_nothing(tmp_path):
    with SummaryWriter(tmp_path / "logs"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "step"), [("x", 1), (None, 1), (1, 1 << 63), (1, -(1 << 63) - 1)]
)
def test_what_cannot_be_written_is_told_and_not_written(tmp_path, value, step):
    with SummaryWriter(tmp_path) as writer, pytest.raises((ValueError, TypeError)):
        writer.add_scalar("x", value, step)
    assert not list(tmp_path.iterdir())


def test_text(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("notes", "**bold** é", 3)
    accumulator = shown(tmp_path)
    assert accumulator.PluginTagToContent("text") == {"notes": b""}
    (event,) = accumulator.Tensors("notes")
    assert (event.step, event.tensor_proto.string_val) == (3, ["**bold** é".encode()])


def pixels(folder):
    image_module = pytest.importorskip("PIL.Image")
    (event,) = shown(folder).Images("image")
    image = image_module.open(io.BytesIO(event.encoded_image_string))
    assert (event.width, event.height) == image.size
    return image.mode, image.size, image.tobytes()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ([[0, 128, 255], [1, 300, -5]], ("L", (3, 2), bytes([0, 128, 255, 1, 255, 0]))),
        (
            [[0.0, 0.5, 1.0], [2.0, float("nan"), -1.0]],
            ("L", (3, 2), bytes([0, 128, 255, 255, 0, 0])),
        ),
        ([[True, False]], ("L", (2, 1), bytes([255, 0]))),
        ([[[1, 2]], [[3, 4]]], ("LA", (1, 2), bytes([1, 2, 3, 4]))),
        ([[[1, 2, 3], [4, 5, 6]]], ("RGB", (2, 1), bytes(range(1, 7)))),
        ([[[1, 2, 3, 4]]], ("RGBA", (1, 1), bytes(range(1, 5)))),
    ],
)
@pytest.mark.parametrize("as_array", [False, True])
def test_images_of_numbers(tmp_path, image, expected, as_array):
    if as_array:
        image = pytest.importorskip("numpy").array(image)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("image", image, 1)
    assert pixels(tmp_path) == expected


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_images_that_are_encoded(tmp_path, form):
    image_module = pytest.importorskip("PIL.Image")
    path = tmp_path / "picture"
    image_module.new("RGB", (30, 20), "red").save(path, form)
    for name, image in (("bytes", path.read_bytes()), ("path", path), ("text", str(path))):
        with SummaryWriter(tmp_path / name) as writer:
            writer.add_image("image", image)
        _mode, size, _data = pixels(tmp_path / name)
        assert size == (30, 20)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ([1, 2], "expected height x width or height x width x 1 to 4 channels but got (2,)"),
        (
            [[[1] * 5]],
            "expected height x width or height x width x 1 to 4 channels but got (1, 1, 5)",
        ),
        (
            [[[[1]]], [[[2]]]],
            "expected height x width or height x width x 1 to 4 channels but got (2, 1, 1, 1)",
        ),
        ([], "expected height x width or height x width x 1 to 4 channels but got (0,)"),
        (3, "expected height x width or height x width x 1 to 4 channels but got ()"),
        ([[1, 2], [3]], "expected rows of equal length"),
        ([["a"]], "expected numbers but got str"),
        (b"text", "expected a PNG, JPEG or GIF file, but got the bytes given"),
        (b"\xff\xd8\xff", "expected a PNG, JPEG or GIF file, but got the bytes given"),
    ],
)
def test_what_is_no_image(tmp_path, image, message):
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError) as error:
        writer.add_image("image", image)
    assert str(error.value) == f"image: {message}"


def test_a_png_is_a_png():
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.open(io.BytesIO(png(2, 3, 1, bytes(range(6)))))
    assert (image.size, image.tobytes()) == ((3, 2), bytes(range(6)))


def test_hyperparameters(tmp_path):
    numpy = pytest.importorskip("numpy")
    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams(
            {"lr": 0.1, "n": numpy.int64(3), "opt": "adam", "on": True, "no": None, "l": [1, 2]},
            {"acc": 0.5},
        )
    contents = shown(tmp_path).PluginTagToContent("hparams")

    def data(name):
        return HParamsPluginData.FromString(contents[f"_hparams_/{name}"])

    start = data("session_start_info").session_start_info
    assert {name: value.WhichOneof("kind") for name, value in start.hparams.items()} == {
        "lr": "number_value",
        "n": "number_value",
        "opt": "string_value",
        "on": "bool_value",
        "no": "string_value",
        "l": "string_value",
    }
    assert (start.hparams["lr"].number_value, start.hparams["n"].number_value) == (0.1, 3.0)
    assert (start.hparams["no"].string_value, start.hparams["l"].string_value) == ("", "[1, 2]")
    experiment = data("experiment").experiment
    assert [metric.name.tag for metric in experiment.metric_infos] == ["acc"]
    assert sorted(info.name for info in experiment.hparam_infos) == sorted(start.hparams)
    assert data("session_end_info").session_end_info.status == 1
    assert [event.value for event in shown(tmp_path).Scalars("acc")] == [0.5]


def test_threads_share_a_writer(tmp_path):
    with SummaryWriter(tmp_path) as writer:

        def log(tag):
            for step in range(200):
                writer.add_scalar(tag, step, step)

        threads = [threading.Thread(target=log, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    accumulator = shown(tmp_path)
    for i in range(4):
        assert [event.step for event in accumulator.Scalars(f"t{i}")] == list(range(200))


def test_it_loads_nothing_heavy():
    code = "import sys, guild.summary; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {
        "yaml",
        "numpy",
        "tensorboard",
        "google.protobuf",
        "psutil",
        "json",
        "click",
    }
    ours = {name for name in loaded if name.startswith("guild.")}
    expected = ("guild.scalars", "guild.summary", "guild.base.named_tuple")
    assert all(name.startswith(expected) for name in ours - {"guild.base"})
