"""Fixtures for run directories that are started in separate processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from guild.run import Run

STARTER = Path(__file__).with_name("starter.py")
PROJECT = STARTER.parents[3]


class Staged:
    """A staged run.

    Attributes:
        run: the run.
        env: the environment of its supervisor.
    """

    def __init__(self, path: Path, cmd: list[str], **attrs: Any) -> None:
        (path / ".guild" / "attrs").mkdir(parents=True)
        self.run = Run(path.name, path)
        self.run.set("cmd", cmd)
        self.run.set("env", {"RUN_ID": path.name, "RUN_DIR": str(path)})
        self.run.set("flags", {})
        for name, value in attrs.items():
            self.run.set(name, value)
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self.env = {**inherited, "PYTHONPATH": str(PROJECT), "TERM": "xterm"}
        self.started: list[subprocess.Popen[bytes]] = []

    def popen(self, *, stdin: Any = subprocess.DEVNULL, **options: Any) -> subprocess.Popen[bytes]:
        """Start the run with pipes in a session without a terminal."""
        process = subprocess.Popen(
            self.args(options),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def start(self, **options: Any) -> subprocess.CompletedProcess[bytes]:
        """Start the run with pipes and wait for it."""
        process = self.popen(**options)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def terminal(self, **options: Any) -> pexpect.spawn[bytes]:
        """Start the run in a terminal with 80 columns and 24 rows."""
        first, *rest = self.args(options)
        return pexpect.spawn(first, rest, env=self.env, timeout=60, dimensions=(24, 80))

    def args(self, options: dict[str, Any]) -> list[str]:
        return [sys.executable, str(STARTER), self.run.path, json.dumps(options)]

    @property
    def output(self) -> bytes:
        path = Path(self.run.guild_path("output"))
        return path.read_bytes() if path.exists() else b""

    @property
    def index(self) -> list[tuple[int, int]]:
        """Return (milliseconds, stream) for each line."""
        data = Path(self.run.guild_path("output.index")).read_bytes()
        assert len(data) % 9 == 0
        records = [data[i : i + 9] for i in range(0, len(data), 9)]
        return [(int.from_bytes(record[:8], "big"), record[8]) for record in records]

    @property
    def ending(self) -> tuple[object, str]:
        """Return the exit status and the status."""
        return self.run.get("exit_status"), self.run.status


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Staged]]:
    """Return a function that stages a command: `command("sh", "-c", "...", attr=value)`."""
    made: list[Staged] = []

    def make(*words: str, **attrs: Any) -> Staged:
        made.append(Staged(tmp_path / uuid.uuid4().hex, list(words), **attrs))
        return made[-1]

    yield make
    for staged in made:
        for process in staged.started:
            process.kill()
            process.communicate()


@pytest.fixture
def script(command: Callable[..., Staged]) -> Callable[..., Staged]:
    """Return a function that stages unbuffered Python code: `script("print(1)")`."""

    def make(code: str, **attrs: Any) -> Staged:
        staged = command(sys.executable, "-u", "script.py", **attrs)
        Path(staged.run.path, "script.py").write_text(code)
        return staged

    return make


def eventually(condition: Callable[[], object]) -> None:
    """Wait up to 60 seconds until `condition` is true."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "timed out"
        time.sleep(0.01)
