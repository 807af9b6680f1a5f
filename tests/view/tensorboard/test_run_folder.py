"""The folder of one run as TensorBoard's own reader sees it."""

from __future__ import annotations

import os

import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.plugins.hparams import plugin_data_pb2

from guild.index.query import IndexedRun
from guild.scalars.event_file import EventFileWriter
from guild.scalars.images import png
from guild.view.tensorboard.run_folder import MAX_IMAGES, Contents, RunFolder

SECOND = 1_000_000


@pytest.fixture
def run_dir(tmp_path):
    path = tmp_path / "run"
    (path / ".guild").mkdir(parents=True)
    return path


@pytest.fixture
def shown(tmp_path):
    return tmp_path / "shown"


def a_run(run_dir, status="running", started=100 * SECOND, stopped=None, flags=None):
    return IndexedRun(
        "ab" * 16,
        str(run_dir),
        None,
        {"sourcecode_digest": "0123456789"},
        flags or {},
        status,
        started,
        stopped,
    )


def write_scalar(folder, tag="loss", value=1.0):
    with EventFileWriter(folder) as writer:
        writer.add_scalar(tag, value, 0, 0.0)


def values(folder):
    """The values that are in the files of `folder` itself: pairs of step and Summary.Value."""
    return [
        (event.step, value)
        for name in sorted(os.listdir(folder))
        if ".tfevents." in name
        for event in LegacyEventFileLoader(str(folder / name)).Load()
        for value in event.summary.value
    ]


def scalars(folder):
    return {value.tag: value.simple_value for _, value in values(folder) if not is_other(value)}


def is_other(value):
    return value.HasField("image") or value.tag.startswith("_hparams_")


def hparams(folder):
    """The contents of the HParams plugin, by tag."""
    return {
        value.tag: plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content)
        for _, value in values(folder)
        if value.tag.startswith("_hparams_")
    }


def images(folder):
    return [
        (value.tag, step, value.image.height)
        for step, value in values(folder)
        if value.HasField("image")
    ]


def test_scalars_from_the_output_are_those_of_the_run(run_dir, shown):
    write_scalar(run_dir / ".guild")
    write_scalar(run_dir / "train", "acc")
    RunFolder(str(shown)).refresh(a_run(run_dir))
    assert scalars(shown) == {"loss": 1.0}
    assert scalars(shown / "train") == {"acc": 1.0}


def test_scalars_from_the_output_do_not_mix_with_those_the_script_wrote(run_dir, shown):
    write_scalar(run_dir / ".guild", "loss", 1.0)
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir))
    write_scalar(run_dir, "loss", 2.0)
    folder.refresh(a_run(run_dir))
    assert scalars(shown) == {"loss": 2.0}
    assert scalars(shown / ".guild") == {"loss": 1.0}


def test_event_files_are_links_that_follow_the_run(run_dir, shown):
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir))
    writer = EventFileWriter(run_dir)
    for value in (1.0, 2.0):
        writer.add_scalar("loss", value, 0, 0.0)
        writer.flush()
        folder.refresh(a_run(run_dir))
        assert scalars(shown) == {"loss": value}
    os.unlink(writer.path)
    folder.refresh(a_run(run_dir))
    assert scalars(shown) == {}
    assert not [name for name in os.listdir(shown) if os.path.islink(shown / name)]


def test_copies_stand_alone(run_dir, shown):
    write_scalar(run_dir / "train")
    RunFolder(str(shown), Contents(linked=False)).refresh(a_run(run_dir))
    for path in (run_dir / "train").iterdir():
        path.unlink()
    assert scalars(shown / "train") == {"loss": 1.0}


def test_a_new_version_of_an_image_is_the_next_step(run_dir, shown):
    image = run_dir / "plots" / "a.png"
    image.parent.mkdir()
    image.write_bytes(png(1, 1, 1, b"x"))
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir))
    folder.refresh(a_run(run_dir))
    assert images(shown) == [("plots/a.png", 0, 1)]
    image.write_bytes(png(2, 1, 1, b"xy"))
    folder.refresh(a_run(run_dir))
    assert images(shown) == [("plots/a.png", 0, 1), ("plots/a.png", 1, 2)]


def test_what_is_no_image_or_not_of_the_run_is_not_shown(run_dir, shown):
    (run_dir / "broken.png").write_bytes(b"no image")
    (run_dir / "text.txt").write_bytes(png(1, 1, 1, b"x"))
    (run_dir / ".guild" / "a.png").write_bytes(png(1, 1, 1, b"x"))
    (run_dir.parent / "input.png").write_bytes(png(1, 1, 1, b"x"))
    (run_dir / "linked.png").symlink_to(run_dir.parent / "input.png")
    (run_dir / "gone.png").symlink_to("nowhere")
    RunFolder(str(shown)).refresh(a_run(run_dir))
    assert images(shown) == []


def test_of_very_many_images_the_first_are_shown(run_dir, shown, caplog):
    for n in range(MAX_IMAGES + 1):
        (run_dir / f"{n:03}.png").write_bytes(png(1, 1, 1, b"x"))
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir))
    folder.refresh(a_run(run_dir))
    assert [tag for tag, _, _ in images(shown)] == [f"{n:03}.png" for n in range(MAX_IMAGES)]
    assert [record.message for record in caplog.records] == [
        "run abababab: only the first 200 images are shown"
    ]


def test_hyperparameters_and_how_the_run_ended(run_dir, shown):
    flags = {"lr": 0.1, "n": 2, "on": True, "name": "x", "list": [1, 2], "none": None}
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir, flags=flags))
    start = hparams(shown)["_hparams_/session_start_info"].session_start_info
    assert {name: value.WhichOneof("kind") for name, value in start.hparams.items()} == {
        "lr": "number_value",
        "n": "number_value",
        "on": "bool_value",
        "name": "string_value",
        "list": "string_value",
        "sourcecode": "string_value",
    }
    assert start.hparams["list"].string_value == "[1, 2]"
    assert start.hparams["sourcecode"].string_value == "01234567"
    assert start.group_name == "abababab"
    assert start.start_time_secs == 100
    assert list(hparams(shown)) == ["_hparams_/session_start_info"]

    folder.refresh(a_run(run_dir, "completed", stopped=103 * SECOND, flags=flags))
    end = hparams(shown)["_hparams_/session_end_info"].session_end_info
    assert (end.status, end.end_time_secs) == (1, 103)
    assert scalars(shown) == {"sys/time": 3.0}


def test_numbers_that_json_lacks_are_texts(run_dir, shown):
    flags = {"inf": float("inf"), "nan": float("nan"), "huge": 10**400}
    RunFolder(str(shown)).refresh(a_run(run_dir, flags=flags))
    start = hparams(shown)["_hparams_/session_start_info"].session_start_info
    texts = {name: value.string_value for name, value in start.hparams.items()}
    assert texts == {"inf": "inf", "nan": "nan", "huge": "1" + "0" * 400, "sourcecode": "01234567"}


def test_a_run_that_failed(run_dir, shown):
    RunFolder(str(shown)).refresh(a_run(run_dir, "error"))
    end = hparams(shown)["_hparams_/session_end_info"].session_end_info
    assert end.status == 2
    assert scalars(shown) == {}


def test_a_run_that_has_not_started_has_no_session(run_dir, shown):
    folder = RunFolder(str(shown))
    folder.refresh(a_run(run_dir, "staged", started=None))
    assert hparams(shown) == {}
    folder.refresh(a_run(run_dir))
    assert list(hparams(shown)) == ["_hparams_/session_start_info"]


def test_images_and_hyperparameters_can_be_left_out(run_dir, shown):
    (run_dir / "a.png").write_bytes(png(1, 1, 1, b"x"))
    RunFolder(str(shown), Contents(images=False, hparams=False)).refresh(a_run(run_dir))
    assert os.listdir(shown) == []


def test_a_finished_run_is_not_looked_at_again(run_dir, shown):
    folder = RunFolder(str(shown))
    done = a_run(run_dir, "completed", stopped=103 * SECOND)
    folder.refresh(done)
    write_scalar(run_dir, "late")
    folder.refresh(done)
    assert "late" not in scalars(shown)
    folder.refresh(done._replace(stopped=104 * SECOND))  # it was run again
    assert "late" in scalars(shown)
