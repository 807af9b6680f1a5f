"""The distribution of GPUs among trials that run at the same time."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "CUDA_VISIBLE_DEVICES"


def device_shares(env: Mapping[str, str], jobs: int) -> list[dict[str, str]]:
    """Return the variables that assign GPUs to each of `jobs` jobs.

    The GPUs are those of `--gpus`, recorded in the batch's environment `env`. With
    more GPUs than jobs, a job gets several. With fewer, some jobs share a GPU.
    """
    devices = [device for device in env.get(VARIABLE, "").split(",") if device]
    if jobs == 1 or not devices:
        return [{} for _ in range(jobs)]
    count = len(devices)
    return [
        {VARIABLE: ",".join(devices[job::jobs] if count > jobs else [devices[job % count]])}
        for job in range(jobs)
    ]
