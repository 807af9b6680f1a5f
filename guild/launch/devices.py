"""Which GPUs each of several trials at a time may use."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "CUDA_VISIBLE_DEVICES"


def shares(env: Mapping[str, str], jobs: int) -> list[dict[str, str]]:
    """For each of `jobs` jobs the variables that give it GPUs of its own.

    The GPUs are those that `--gpus` named, as the batch's environment `env` has them. Where
    there are more GPUs than jobs a job gets several, where there are fewer some get the same.
    """
    devices = [device for device in env.get(VARIABLE, "").split(",") if device]
    if jobs == 1 or not devices:
        return [{} for _ in range(jobs)]
    count = len(devices)
    return [
        {VARIABLE: ",".join(devices[job::jobs] if count > jobs else [devices[job % count]])}
        for job in range(jobs)
    ]
