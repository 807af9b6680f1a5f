"""Guild homes with runs, written as Guild writes them."""

from __future__ import annotations

import itertools
import uuid
from pathlib import Path
from typing import Any

from guild.base import yaml
from guild.run import Run
from guild.scalars.event_file import EventFileWriter

_numbers = itertools.count(1)


def add_run(
    home: Path, *, op: str = "train", model: str = "", status: int = 0, **attrs: Any
) -> Run:
    """Add a finished run, which started later than the run added before."""
    run_id = uuid.uuid4().hex
    run = Run(run_id, home / "runs" / run_id)
    Path(run.guild_path("attrs")).mkdir(parents=True)
    start = 1_700_000_000_000_000 + next(_numbers) * 1_000_000
    Path(run.guild_path("opref")).write_text(f"guildfile:/p/guild.yml 1a '{model}' {op}\n")
    times = {"initialized": start - 1, "started": start, "stopped": start + 500_000}
    for name, value in {**times, "exit_status": status, **attrs}.items():
        Path(run.guild_path("attrs", name)).write_text(yaml.dump(value))
    return run


def add_scalars(run: Run, folder: str = ".guild", **series: list[float]) -> None:
    with EventFileWriter(Path(run.path) / folder) as events:
        for tag, values in series.items():
            for step, value in enumerate(values):
                events.add_scalar(tag.replace("__", "/"), value, step, 0.0)
