"""Samples of system metrics."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from guild.base.errors import GuildError
from guild.ops.process.system_metrics import Sampler, SystemMetrics, gpu_scalars, sampling_interval
from guild.scalars.run_scalars import summarize


def test_sample_values(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        sample = Sampler(str(tmp_path), os.getpid()).sample()
    finally:
        child.communicate(b"\n")
    for tag in ("sys/cpu/util", "sys/mem_util", "sys/disk/util"):
        assert 0 <= sample[tag] <= 1
    assert sample["sys/proc/count"] >= 2
    assert 0 < sample["sys/proc/mem"] < sample["sys/mem_total"]
    assert sample["sys/proc/cpu"] >= 0


def test_write_samples_to_event_file(tmp_path, monkeypatch):
    sampled = threading.Event()
    monkeypatch.setattr("guild.ops.process.system_metrics._FIRST_SPAN", 0.01)
    sample = Sampler.sample

    def sample_and_notify(sampler):
        values = sample(sampler)
        sampled.set()
        return values

    monkeypatch.setattr(Sampler, "sample", sample_and_notify)
    with SystemMetrics(tmp_path, os.getpid(), interval=0.01):
        assert sampled.wait(120)
    tags = [row.tag for row in summarize(tmp_path).summaries()]
    assert "sys/cpu/util" in tags
    assert all(tag.startswith("sys/") for tag in tags)


def test_skip_short_run(tmp_path):
    with SystemMetrics(tmp_path, os.getpid()):
        pass
    assert not list(tmp_path.iterdir())


def test_disable_in_user_configuration(tmp_path):
    with SystemMetrics(tmp_path, os.getpid(), interval=None):
        assert not any(thread.name == "system-metrics" for thread in threading.enumerate())


def test_stop_sampling_after_process_has_ended(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    metrics = SystemMetrics(tmp_path, child.pid, interval=0.01)
    with metrics:
        (thread,) = (t for t in threading.enumerate() if t.name == "system-metrics")
        thread.join(30)
        assert not thread.is_alive()
    assert not list(tmp_path.iterdir())


def test_stop_sampling_on_unsupported_system(tmp_path, monkeypatch):
    def missing(*_args):
        raise NotImplementedError("couldn't find /proc/diskstats")

    faults = []
    monkeypatch.setattr("threading.excepthook", faults.append)
    monkeypatch.setattr("psutil.disk_io_counters", missing)
    with SystemMetrics(tmp_path, os.getpid(), interval=0.01):
        (thread,) = (t for t in threading.enumerate() if t.name == "system-metrics")
        thread.join(30)
    assert faults == []


def test_parse_nvidia_smi_output():
    text = "35, 16384, 8192, 61, 120.5, 30\n0, 8192, 0, 40, [N/A], [N/A]\n"
    assert gpu_scalars(text) == {
        "sys/gpu0/util": pytest.approx(0.35),
        "sys/gpu0/mem_total": 16384 * 1024.0**2,
        "sys/gpu0/mem_used": 8192 * 1024.0**2,
        "sys/gpu0/mem_util": 0.5,
        "sys/gpu0/temp": 61.0,
        "sys/gpu0/powerdraw": 120.5,
        "sys/gpu0/fanspeed": pytest.approx(0.3),
        "sys/gpu1/util": 0.0,
        "sys/gpu1/mem_total": 8192 * 1024.0**2,
        "sys/gpu1/mem_used": 0.0,
        "sys/gpu1/mem_util": 0.0,
        "sys/gpu1/temp": 40.0,
    }


@pytest.mark.parametrize(
    ("config", "interval"),
    [
        ({}, 10.0),
        ({"system-metrics": None}, 10.0),
        ({"system-metrics": True}, 10.0),
        ({"system-metrics": False}, None),
        ({"system-metrics": {"interval": 60}}, 60.0),
        ({"system-metrics": {}}, 10.0),
    ],
)
def test_read_interval(config, interval):
    assert sampling_interval(config) == interval


@pytest.mark.parametrize("setting", [0, "often", {"interval": 0}, {"interval": True}, {"rate": 3}])
def test_reject_invalid_setting(setting):
    with pytest.raises(GuildError) as error:
        sampling_interval({"system-metrics": setting})
    assert error.value.message == (
        "user configuration: system-metrics: expected no, or interval with a number of seconds "
        f"(1 or more) but got {setting!r}"
    )
