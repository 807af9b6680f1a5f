"""A generator of finished runs with the same files as real runs."""

from __future__ import annotations

import os
import random
import sys
import uuid
from pathlib import Path

from guild.scalars.event_file import EventFileWriter

ATTRIBUTES = {
    "cmd": "- python\n- -um\n- guild.op_main\n- train\n- --\n- --lr\n- '0.1'\n",
    "deps": "{}\n",
    "env": "".join(f"VARIABLE_{i}: some value of an environment variable {i}\n" for i in range(40)),
    "exit_status": "0\n",
    "host": "host\n",
    "op": "flag-null-labels: {}\nflags-extra: {}\nop-cmd:\n  cmd-args:\n  - python\n",
    "pip_freeze": "".join(f"- package-{i}==1.{i}\n" for i in range(60)),
    "platform": "architecture: 64bit ELF\ncpus: 2\nprocessor: ''\n",
    "plugins": "- python_script\n",
    "run_params": "additional_deps: []\nbackground: false\nbatch_comment: null\n",
    "sourcecode_digest": "2d4857cf016d5010c7e7e21f1588ea65\n",
    "user": "user\n",
    "user_flags": "lr: 0.1\n",
}
FIRST_START = 1_700_000_000_000_000
BETWEEN_STARTS = 60_000_000
POINTS = 10


def make_runs(home: Path, count: int, seed: int = 0) -> list[str]:
    """Add `count` finished runs of an operation `train` to `home`; return their ids, oldest first.

    Each run has the flags `lr`, `layers` and `name`, and the scalars `loss` and `acc` for
    steps 0 to 9. The run that started last has the highest `layers`.
    """
    rng = random.Random(seed)
    return [_make_run(home, number, rng) for number in range(count)]


def _make_run(home: Path, number: int, rng: random.Random) -> str:
    run_id = uuid.UUID(int=rng.getrandbits(128)).hex
    guild_dir = os.path.join(home, "runs", run_id, ".guild")
    os.makedirs(os.path.join(guild_dir, "attrs"))
    started = FIRST_START + number * BETWEEN_STARTS
    rate = round(rng.uniform(0.001, 1), 4)
    texts = {
        **ATTRIBUTES,
        "id": f"{run_id}\n",
        "flags": f"layers: {number}\nlr: {rate}\nname: run-{number % 7}\n",
        "initialized": f"{started - 1000}\n",
        "label": f"layers={number} lr={rate} name=run-{number % 7}\n",
        "random_seed": f"{number}\n",
        "started": f"{started}\n",
        "stopped": f"{started + BETWEEN_STARTS // 2}\n",
    }
    for name, text in texts.items():
        _write(f"{guild_dir}/attrs/{name}", text)
    _write(f"{guild_dir}/opref", "guildfile:/project/guild.yml 6889c4b69b62f5b6 '' train\n")
    for name in ("manifest", "output", "output.index"):
        _write(f"{guild_dir}/{name}", "")
    _write_scalars(guild_dir, rate, started)
    return run_id


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _write_scalars(guild_dir: str, rate: float, started: int) -> None:
    steps = range(POINTS)
    with EventFileWriter(guild_dir) as events:
        events.add_many("loss", steps, [rate / (step + 1) for step in steps], started / 1e6)
        events.add_many("acc", steps, [1 - rate / (step + 1) for step in steps], started / 1e6)


if __name__ == "__main__":
    home_dir, number_of_runs = sys.argv[1:]
    make_runs(Path(home_dir), int(number_of_runs))
