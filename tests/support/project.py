"""A project to run `guild` in, with a home of its own.

project({"train.py": "print(1)"}).run("run", "train.py", "-y").assert_ok().assert_out("1")
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pexpect

from guild.run import Run

GUILD = Path(sys.executable).with_name("guild")

# What a caller's environment may hold that would change what a test sees.
_FOREIGN = ("GUILD", "FLAG", "RUN_", "PYTHON", "GIT_", "XDG_", "VISUAL", "EDITOR", "PAGER", "LOG_")


@dataclass(frozen=True)
class Result:
    """How one command ended. `out` and `err` are without trailing whitespace."""

    args: tuple[str, ...]
    exit_code: int
    out: str
    err: str

    def assert_ok(self) -> Result:
        """The command exited with 0."""
        assert self.exit_code == 0, self._explain("exit code 0")
        return self

    def assert_out(self, expected: str) -> Result:
        """Standard output is exactly `expected`, dedented, but for whitespace at the
        ends of lines and of the text."""
        assert _lines(self.out) == _lines(expected), self._explain(f"output\n{expected}")
        return self

    def assert_err(self, expected: str) -> Result:
        """Standard error is exactly `expected`, compared as `assert_out` does."""
        assert _lines(self.err) == _lines(expected), self._explain(f"standard error\n{expected}")
        return self

    def assert_error(self, message: str, exit_code: int = 1) -> Result:
        """The command printed `guild: MESSAGE` and nothing else, and exited with `exit_code`."""
        assert self.exit_code == exit_code, self._explain(f"exit code {exit_code}")
        return self.assert_err(f"guild: {message}")

    def _explain(self, expected: str) -> str:
        command = " ".join(("guild", *self.args))
        return (
            f"expected {expected}\n{command} exited with {self.exit_code}\n"
            f"--- out\n{self.out}\n--- err\n{self.err}"
        )


class Project:
    """A folder of files, `path`, beside a user's home and a Guild home, all in `root`.

    Attributes:
        path: the project's folder, the current directory of its commands.
        home: the Guild home.
        env: the environment of its commands; a test may change it.
    """

    def __init__(self, root: Path, files: Mapping[str, str | bytes]) -> None:
        self.path = root / "project"
        self.home = root / "guild-home"
        for folder in (self.path, self.home, root / "user"):
            folder.mkdir(parents=True)
        self.env = self._environment(root)
        self._terminals: list[pexpect.spawn[str]] = []
        self.write(files)

    def _environment(self, root: Path) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
        return {
            **inherited,
            "HOME": str(root / "user"),
            "GUILD_HOME": str(self.home),
            "PATH": os.pathsep.join([str(GUILD.parent), inherited["PATH"]]),
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A. User",
            "GIT_AUTHOR_EMAIL": "user@example.com",
            "GIT_COMMITTER_NAME": "A. User",
            "GIT_COMMITTER_EMAIL": "user@example.com",
            "GIT_CEILING_DIRECTORIES": str(root),
        }

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write `files`, by their paths in the project; text is dedented."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
            path.write_bytes(data)

    def run(
        self,
        *args: str,
        stdin: str = "",
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run `guild ARGS` here to its end, `timeout` seconds at most.

        `env` adds to the project's environment.
        """
        done = subprocess.run(
            [str(GUILD), *args],
            input=stdin.encode(),
            capture_output=True,
            timeout=timeout,
            cwd=cwd or self.path,
            env={**self.env, **(env or {})},
        )
        out, err = (
            text.decode(errors="surrogateescape").rstrip() for text in (done.stdout, done.stderr)
        )
        return Result(args, done.returncode, out, err)

    def popen(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start `guild ARGS` here in a session of its own, with pipes, and leave it running."""
        return subprocess.Popen(
            [str(GUILD), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=self.path,
            env={**self.env, **(env or {})},
        )

    def terminal(
        self, *args: str, timeout: float = 60, size: tuple[int, int] = (30, 100)
    ) -> pexpect.spawn[str]:
        """Start `guild ARGS` here on a terminal of `size` (rows, columns).

        It is closed, and what still runs on it is ended, with the test.
        """
        child = pexpect.spawn(
            str(GUILD),
            list(args),
            timeout=timeout,
            cwd=str(self.path),
            env=_typed_env({**self.env, "COLUMNS": str(size[1]), "LINES": str(size[0])}),
            dimensions=size,
            encoding="utf-8",
        )
        self._terminals.append(child)
        return child

    def close(self) -> None:
        """End what was started on terminals."""
        for child in self._terminals:
            child.close(force=True)

    # -- What the commands left in the home

    def runs(self) -> list[Run]:
        """The runs in the home, the latest first, as `guild runs` numbers them."""
        runs = [Run(path.name, path) for path in (self.home / "runs").glob("*")]
        return sorted(runs, key=lambda run: run.timestamp, reverse=True)

    def run_ids(self) -> list[str]:
        """The ids of `runs()`."""
        return [run.id for run in self.runs()]

    def run_dir(self, n: int = 1) -> Path:
        """The directory of the `n`th run as `guild runs` numbers them, 1 the latest."""
        return Path(self.runs()[n - 1].path)

    def attr(self, name: str, n: int = 1) -> object:
        """The attribute `name` of the `n`th run; None where it has none."""
        return self.runs()[n - 1].get(name)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in textwrap.dedent(text).strip().splitlines()]


def _typed_env(env: dict[str, str]) -> os._Environ[str]:
    return env  # type: ignore[return-value]  # pexpect's stubs ask for os.environ itself
