"""Folders of single runs, read by TensorBoard's own reader."""

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
def folder(tmp_path):
    return tmp_path / "folder"


def make_run(run_dir, status="running", started=100 * SECOND, stopped=None, flags=None):
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
    """Return step and Summary.Value of each value in the files directly in `folder`."""
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
    """Return the data of the HParams plugin, by tag."""
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


def test_scalars_of_the_output_belong_to_the_run(run_dir, folder):
    write_scalar(run_dir / ".guild")
    write_scalar(run_dir / "train", "acc")
    RunFolder(str(folder)).refresh(make_run(run_dir))
    assert scalars(folder) == {"loss": 1.0}
    assert scalars(folder / "train") == {"acc": 1.0}


def test_separate_output_scalars_from_those_of_the_script(run_dir, folder):
    write_scalar(run_dir / ".guild", "loss", 1.0)
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir))
    write_scalar(run_dir, "loss", 2.0)
    run_folder.refresh(make_run(run_dir))
    assert scalars(folder) == {"loss": 2.0}
    assert scalars(folder / ".guild") == {"loss": 1.0}


def test_link_event_files(run_dir, folder):
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir))
    writer = EventFileWriter(run_dir)
    for value in (1.0, 2.0):
        writer.add_scalar("loss", value, 0, 0.0)
        writer.flush()
        run_folder.refresh(make_run(run_dir))
        assert scalars(folder) == {"loss": value}
    os.unlink(writer.path)
    run_folder.refresh(make_run(run_dir))
    assert scalars(folder) == {}
    assert not [name for name in os.listdir(folder) if os.path.islink(folder / name)]


def test_copy_event_files(run_dir, folder):
    write_scalar(run_dir / "train")
    RunFolder(str(folder), Contents(linked=False)).refresh(make_run(run_dir))
    for path in (run_dir / "train").iterdir():
        path.unlink()
    assert scalars(folder / "train") == {"loss": 1.0}


def test_new_version_of_an_image_is_the_next_step(run_dir, folder):
    image = run_dir / "plots" / "a.png"
    image.parent.mkdir()
    image.write_bytes(png(1, 1, 1, b"x"))
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir))
    run_folder.refresh(make_run(run_dir))
    assert images(folder) == [("plots/a.png", 0, 1)]
    image.write_bytes(png(2, 1, 1, b"xy"))
    run_folder.refresh(make_run(run_dir))
    assert images(folder) == [("plots/a.png", 0, 1), ("plots/a.png", 1, 2)]


def test_skip_files_that_are_not_images_of_the_run(run_dir, folder):
    (run_dir / "broken.png").write_bytes(b"not an image")
    (run_dir / "text.txt").write_bytes(png(1, 1, 1, b"x"))
    (run_dir / ".guild" / "a.png").write_bytes(png(1, 1, 1, b"x"))
    (run_dir.parent / "input.png").write_bytes(png(1, 1, 1, b"x"))
    (run_dir / "linked.png").symlink_to(run_dir.parent / "input.png")
    (run_dir / "gone.png").symlink_to("nowhere")
    RunFolder(str(folder)).refresh(make_run(run_dir))
    assert images(folder) == []


def test_limit_number_of_images(run_dir, folder, caplog):
    for n in range(MAX_IMAGES + 1):
        (run_dir / f"{n:03}.png").write_bytes(png(1, 1, 1, b"x"))
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir))
    run_folder.refresh(make_run(run_dir))
    assert [tag for tag, _, _ in images(folder)] == [f"{n:03}.png" for n in range(MAX_IMAGES)]
    assert [record.message for record in caplog.records] == [
        "run abababab: only the first 200 images are shown"
    ]


def test_hyperparameters_and_status(run_dir, folder):
    flags = {"lr": 0.1, "n": 2, "on": True, "name": "x", "list": [1, 2], "none": None}
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir, flags=flags))
    start = hparams(folder)["_hparams_/session_start_info"].session_start_info
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
    assert list(hparams(folder)) == ["_hparams_/session_start_info"]

    run_folder.refresh(make_run(run_dir, "completed", stopped=103 * SECOND, flags=flags))
    end = hparams(folder)["_hparams_/session_end_info"].session_end_info
    assert (end.status, end.end_time_secs) == (1, 103)
    assert scalars(folder) == {"sys/time": 3.0}


def test_numbers_missing_from_json_become_strings(run_dir, folder):
    flags = {"inf": float("inf"), "nan": float("nan"), "huge": 10**400}
    RunFolder(str(folder)).refresh(make_run(run_dir, flags=flags))
    start = hparams(folder)["_hparams_/session_start_info"].session_start_info
    strings = {name: value.string_value for name, value in start.hparams.items()}
    assert strings == {
        "inf": "inf",
        "nan": "nan",
        "huge": "1" + "0" * 400,
        "sourcecode": "01234567",
    }


def test_failed_run(run_dir, folder):
    RunFolder(str(folder)).refresh(make_run(run_dir, "error"))
    end = hparams(folder)["_hparams_/session_end_info"].session_end_info
    assert end.status == 2
    assert scalars(folder) == {}


def test_run_that_has_not_started_has_no_session(run_dir, folder):
    run_folder = RunFolder(str(folder))
    run_folder.refresh(make_run(run_dir, "staged", started=None))
    assert hparams(folder) == {}
    run_folder.refresh(make_run(run_dir))
    assert list(hparams(folder)) == ["_hparams_/session_start_info"]


def test_omit_images_and_hyperparameters(run_dir, folder):
    (run_dir / "a.png").write_bytes(png(1, 1, 1, b"x"))
    RunFolder(str(folder), Contents(images=False, hparams=False)).refresh(make_run(run_dir))
    assert os.listdir(folder) == []


def test_read_finished_run_once(run_dir, folder):
    run_folder = RunFolder(str(folder))
    finished = make_run(run_dir, "completed", stopped=103 * SECOND)
    run_folder.refresh(finished)
    write_scalar(run_dir, "late")
    run_folder.refresh(finished)
    assert "late" not in scalars(folder)
    run_folder.refresh(finished._replace(stopped=104 * SECOND))  # restarted
    assert "late" in scalars(folder)
