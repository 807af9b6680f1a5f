"""Log directories that follow runs."""

from __future__ import annotations

import os
import time

from index.homes import add_run, add_scalars

from guild.index.run_index import RunIndex
from guild.view.tensorboard.log_dir import LogDir
from guild.view.tensorboard.run_folder import Contents


def test_folder_for_each_run(tmp_path):
    first, second = (add_run(tmp_path / "home", label=label) for label in ("a", "b"))
    add_scalars(first, "eval", acc=[0.5])
    log_dir = LogDir(str(tmp_path / "logs"), Contents())
    with RunIndex(tmp_path / "home") as index:
        log_dir.sync(index.select())
        names = sorted(os.listdir(tmp_path / "logs"))
        assert names == sorted(
            f"{run.short_id} {run.operation} 2023-11-{format_start(run)} {run.label}"
            for run in index.select()
        )
        first.set("label", "c/d")
        log_dir.sync([run for run in index.select() if run.id == first.id])
    (name,) = os.listdir(tmp_path / "logs")
    assert name.endswith(" c_d")
    assert not any(second.short_id in name for name in os.listdir(tmp_path / "logs"))
    assert os.listdir(tmp_path / "logs" / name / "eval")


def format_start(run) -> str:
    return time.strftime("%d %H:%M:%S", time.localtime(run.started // 1_000_000))


def test_name_runs_by_flags(tmp_path):
    add_run(tmp_path / "home", label="label", flags={"lr": 0.1, "n": 2})
    log_dir = LogDir(str(tmp_path / "logs"), Contents(), ["n", "lr"])
    with RunIndex(tmp_path / "home") as index:
        log_dir.sync(index.select())
    (name,) = os.listdir(tmp_path / "logs")
    assert name.endswith(" n=2 lr=0.1")
