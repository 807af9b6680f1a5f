"""Run directories written without running anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from guild.base import yaml
from guild.opref import OpRef
from guild.run import Run
from guild.scalars.event_file import EventFileWriter
from guild.testing.project import Project

# A value at step 1, or pairs of step and value.
Scalar = float | Sequence[tuple[int, float]]

START = 1_767_323_045_000_000  # 2026-01-02 03:04:05 UTC


class RunMaker:
    """Writes run directories into the home `home`, each a minute after the one before.

    Ids are MD5 sums of 1, 2, 3: `c4ca4238...`, `c81e728d...`, `eccbc87e...`.
    """

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.count = 0

    def __call__(
        self,
        op: str = "train",
        *,
        opref: str | OpRef | None = None,
        id: str | None = None,
        exit_status: int | None = 0,
        flags: Mapping[str, Any] | None = None,
        scalars: Mapping[str, Scalar] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        output: str | bytes | None = None,
        manifest: str = "",
        trash: bool = False,
        **attrs: Any,
    ) -> Run:
        """Write a run of the operation `op` in the project's guild.yml and return it.

        Attributes that are None are not written, like `exit_status`. `files` are in the run
        directory. Each of `scalars` is a value at step 1 or pairs of step and value.
        """
        self.count += 1
        run_id = id or hashlib.md5(str(self.count).encode()).hexdigest()
        run = Run(run_id, self.home.joinpath(*(["trash"] if trash else []), "runs", run_id))
        guildfile = self.folder / "guild.yml"
        self.write(
            run, ".guild/opref", str(opref or OpRef("guildfile", str(guildfile), "", "", op))
        )
        started = START + self.count * 60_000_000
        ended = {} if exit_status is None else {"stopped": started + 30_000_000}
        attributes = {
            "id": run_id,
            "initialized": started,
            "started": started,
            **ended,
            "exit_status": exit_status,
            "flags": dict(flags or {}),
            "cmd": ["python", "-um", "guild.op_main", op],
            **attrs,
        }
        for name, value in attributes.items():
            if value is not None:
                self.write(run, f".guild/attrs/{name}", yaml.dump(value))
        self.write(run, ".guild/manifest", manifest)
        if output is not None:
            self.write(run, ".guild/output", output)
        for name, content in (files or {}).items():
            self.write(run, name, content)
        if scalars:
            with EventFileWriter(run.guild_path()) as events:
                for tag, values in scalars.items():
                    for step, value in [(1, values)] if isinstance(values, float) else values:
                        events.add_scalar(tag, value, step, started / 1e6)
        return run

    @staticmethod
    def write(run: Run, name: str, content: str | bytes) -> None:
        """Write a file of a run."""
        path = Path(run.path, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def with_runs(project: Callable[[], Project]) -> tuple[Project, RunMaker]:
    """Return a new project and a maker of runs in its home."""
    new = project()
    return new, RunMaker(new.home, new.path)
