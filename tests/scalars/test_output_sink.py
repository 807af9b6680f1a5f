"""The scalars in a run's output are in an event file as soon as they are printed."""

from __future__ import annotations

import os

from scalars import tensorboard_files as tb

from guild.scalars.output_sink import OutputScalarsSink


def test_scalars_are_in_the_file_at_once(tmp_path):
    sink = OutputScalarsSink(tmp_path)
    sink.lines(b"hello\n", 0, 1_000)
    assert not list(tmp_path.iterdir())
    sink.lines(b"step: 3\nloss: 0.5\n", 0, 1_000)
    sink.lines(b"acc: 2\n", 1, 2_000)
    scalars = [("loss", 3, 0.5), ("acc", 3, 2.0)]
    assert list(tb.read(tb.only_file(tmp_path))) == scalars
    sink.close()
    assert list(tb.read(tb.only_file(tmp_path))) == scalars
    assert sink.error is None


def test_nothing_is_written_where_output_scalars_are_off(tmp_path):
    sink = OutputScalarsSink(tmp_path, False)
    sink.lines(b"loss: 1\n", 0, 1_000)
    sink.close()
    assert not list(tmp_path.iterdir())


def test_a_failure_to_write_is_kept_and_not_raised(tmp_path):
    folder = tmp_path / "file"
    folder.write_text("")
    sink = OutputScalarsSink(folder)
    sink.lines(b"loss: 1\n", 0, 1_000)
    error = sink.error
    sink.lines(b"loss: 2\n", 0, 1_000)
    sink.close()
    assert isinstance(error, OSError)
    assert sink.error is error
    assert os.listdir(tmp_path) == ["file"]
