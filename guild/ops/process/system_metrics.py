"""System metrics of a run: CPU, memory, disk and GPU use, sampled by the supervisor.

They are scalars `sys/...` in a separate event file in the run's `.guild`. The step is the
number of seconds since the start of the run. A run that ends before the first sample
pays nothing.

| tag | meaning, unit |
| --- | --- |
| `sys/cpu/util` | share of all cores in use, 0 to 1 |
| `sys/mem_total`, `mem_used`, `mem_free`, `mem_util` | memory in bytes; share in use |
| `sys/swap_total`, `swap_used`, `swap_free`, `swap_util` | the same for swap space |
| `sys/disk/rps`, `wps`, `rkbps`, `wkbps` | reads, writes, KB read and KB written per second |
| `sys/disk/free`, `sys/disk/util` | free bytes on the run's disk; share in use |
| `sys/proc/cpu` | cores used by the script and its children |
| `sys/proc/mem`, `sys/proc/count` | their resident memory in bytes; their number |
| `sys/gpuN/util`, `mem_util` | use of each GPU that `nvidia-smi` lists, 0 to 1 |
| `sys/gpuN/mem_total`, `mem_used` | GPU memory in bytes |
| `sys/gpuN/temp`, `powerdraw`, `fanspeed` | °C, watts, share of full speed |
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from guild.base.errors import GuildError

DEFAULT_INTERVAL = 10.0
_FIRST_SPAN = 1.0  # seconds over which the rates of the first sample are measured
_GPU_TIMEOUT = 5.0  # seconds


def sampling_interval(config: Mapping[str, Any]) -> float | None:
    """Return the seconds between samples that the user configuration sets; None for never.

    Valid settings are `system-metrics: no` and `system-metrics: {interval: SECONDS}`.
    Raises GuildError for others.
    """
    setting = config.get("system-metrics", True)
    if setting is None or isinstance(setting, bool):
        return None if setting is False else DEFAULT_INTERVAL
    if isinstance(setting, Mapping) and set(setting) <= {"interval"}:
        interval = setting.get("interval", DEFAULT_INTERVAL)
        if isinstance(interval, int | float) and not isinstance(interval, bool) and interval >= 1:
            return float(interval)
    raise GuildError(
        "user configuration: system-metrics: expected no, or interval with a number of seconds "
        f"(1 or more) but got {setting!r}"
    )


class SystemMetrics:
    """A thread that samples every `interval` seconds (None for never) within a `with` block.

    The event file is written to `folder`. `pid` is the root of the measured process tree.
    An error while measuring or writing only ends the sampling.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        pid: int,
        interval: float | None = DEFAULT_INTERVAL,
    ) -> None:
        self._folder = os.fspath(folder)
        self._pid = pid
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if interval is not None:
            self._thread = threading.Thread(
                target=self._run, args=(interval,), name="system-metrics", daemon=True
            )

    def __enter__(self) -> SystemMetrics:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=_FIRST_SPAN)

    def _run(self, interval: float) -> None:
        # The main thread, which supervises the script, handles signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        started = time.monotonic()
        if self._stop.wait(interval):
            return
        import psutil

        from guild.scalars.event_file import EventFileWriter

        try:
            sampler = Sampler(self._folder, self._pid)
            wait = _FIRST_SPAN
            with EventFileWriter(self._folder) as writer:
                while not self._stop.wait(wait):
                    wait = interval
                    step, now = int(time.monotonic() - started), time.time()
                    for tag, value in sampler.sample().items():
                        writer.add_scalar(tag, value, step, now)
                    writer.flush()
        except (OSError, psutil.Error, NotImplementedError):  # /proc/diskstats is missing
            return


class Sampler:
    """A source of samples. Rates cover the time since the previous sample or the creation."""

    def __init__(self, folder: str, pid: int) -> None:
        import psutil

        self._psutil = psutil
        self._folder = folder
        self._root = psutil.Process(pid)
        self._time = time.monotonic()
        self._disk = psutil.disk_io_counters()
        self._cpu_seconds, _ = self._process_tree()
        self._has_gpus = True
        psutil.cpu_percent()

    def sample(self) -> dict[str, float]:
        """Return values by tag. Raises OSError, or psutil.Error if the process has ended."""
        now = time.monotonic()
        span, self._time = max(now - self._time, 1e-3), now
        return {
            "sys/cpu/util": self._psutil.cpu_percent() / 100,
            **self._memory(),
            **self._disk_rates(span),
            **self._disk_space(),
            **self._processes(span),
            **self._gpus(),
        }

    def _memory(self) -> dict[str, float]:
        memory, swap = self._psutil.virtual_memory(), self._psutil.swap_memory()
        return {
            "sys/mem_total": memory.total,
            "sys/mem_used": memory.total - memory.available,
            "sys/mem_free": memory.available,
            "sys/mem_util": memory.percent / 100,
            "sys/swap_total": swap.total,
            "sys/swap_used": swap.used,
            "sys/swap_free": swap.free,
            "sys/swap_util": swap.percent / 100,
        }

    def _disk_rates(self, span: float) -> dict[str, float]:
        before, self._disk = self._disk, self._psutil.disk_io_counters()
        after = self._disk
        if before is None or after is None:  # not supported by the system
            return {}
        return {
            "sys/disk/rps": (after.read_count - before.read_count) / span,
            "sys/disk/wps": (after.write_count - before.write_count) / span,
            "sys/disk/rkbps": (after.read_bytes - before.read_bytes) / 1024 / span,
            "sys/disk/wkbps": (after.write_bytes - before.write_bytes) / 1024 / span,
        }

    def _disk_space(self) -> dict[str, float]:
        usage = self._psutil.disk_usage(self._folder)
        return {"sys/disk/free": usage.free, "sys/disk/util": usage.percent / 100}

    def _processes(self, span: float) -> dict[str, float]:
        before = self._cpu_seconds
        self._cpu_seconds, memory = self._process_tree()
        used = sum(
            max(seconds - before.get(pid, 0.0), 0.0) for pid, seconds in self._cpu_seconds.items()
        )
        return {
            "sys/proc/cpu": used / span,
            "sys/proc/mem": memory,
            "sys/proc/count": len(self._cpu_seconds),
        }

    def _process_tree(self) -> tuple[dict[int, float], int]:
        """Return the CPU seconds by process id, and the total resident memory in bytes."""
        cpu_seconds: dict[int, float] = {}
        memory = 0
        for process in (self._root, *self._root.children(recursive=True)):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
            except self._psutil.Error:  # it has ended or belongs to another user
                continue
            cpu_seconds[process.pid] = times.user + times.system
        return cpu_seconds, memory

    def _gpus(self) -> dict[str, float]:
        """Query `nvidia-smi`, once only if it is missing or fails."""
        if not self._has_gpus:
            return {}
        import subprocess

        try:
            done = subprocess.run(
                [
                    "nvidia-smi",
                    "--query-gpu=" + ",".join(_GPU_FIELDS),
                    "--format=csv,noheader,nounits",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_GPU_TIMEOUT,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            self._has_gpus = False
            return {}
        return gpu_scalars(done.stdout.decode("utf-8", "replace"))


# By `nvidia-smi` field: the scalar and the factor to convert the value to its unit.
_GPU_FIELDS = {
    "utilization.gpu": ("util", 0.01),
    "memory.total": ("mem_total", 1024.0**2),
    "memory.used": ("mem_used", 1024.0**2),
    "temperature.gpu": ("temp", 1.0),
    "power.draw": ("powerdraw", 1.0),
    "fan.speed": ("fanspeed", 0.01),
}


def gpu_scalars(text: str) -> dict[str, float]:
    """Return the scalars in the output of `nvidia-smi`, one line per GPU.

    Values such as `[N/A]` are skipped.
    """
    scalars: dict[str, float] = {}
    for number, line in enumerate(text.splitlines()):
        prefix = f"sys/gpu{number}/"
        for (name, factor), value in zip(_GPU_FIELDS.values(), line.split(","), strict=False):
            try:
                scalars[prefix + name] = float(value) * factor
            except ValueError:
                continue
        total, used = scalars.get(prefix + "mem_total"), scalars.get(prefix + "mem_used")
        if total and used is not None:
            scalars[prefix + "mem_util"] = used / total
    return scalars
