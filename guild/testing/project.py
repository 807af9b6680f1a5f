"""A project to run `guild` in, with a Guild home of its own.

project({"train.py": "print(1)"}).run("run", "train.py", "-y").assert_ok().assert_out("1")

The fixture `project` of `guild.testing.plugin` creates one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from guild.run import Run

if TYPE_CHECKING:
    import pexpect

GUILD = Path(sys.executable).with_name("guild")
"""The command `guild` of this Python environment."""

# Prefixes of variables that would change what a test sees.
_FOREIGN = ("GUILD", "FLAG", "RUN_", "PYTHON", "GIT_", "XDG_", "VISUAL", "EDITOR", "PAGER", "LOG_")


class Result(NamedTuple):
    """The result of one command.

    Attributes:
        args: the arguments of `guild`.
        exit_code: the exit code.
        out: standard output without trailing whitespace.
        err: standard error without trailing whitespace.
    """

    args: tuple[str, ...]
    exit_code: int
    out: str
    err: str

    def assert_ok(self) -> Result:
        """Check that the exit code is 0."""
        assert self.exit_code == 0, self._explain("exit code 0")
        return self

    def assert_out(self, expected: str) -> Result:
        """Check that standard output is `expected`.

        `expected` is dedented. Whitespace at the ends of lines and of the text is ignored.
        """
        assert _lines(self.out) == _lines(expected), self._explain(f"output\n{expected}")
        return self

    def assert_err(self, expected: str) -> Result:
        """Check that standard error is `expected`, compared as `assert_out` does."""
        assert _lines(self.err) == _lines(expected), self._explain(f"standard error\n{expected}")
        return self

    def assert_error(self, message: str, exit_code: int = 1) -> Result:
        """Check that standard error is only `guild: MESSAGE`, and check the exit code."""
        assert self.exit_code == exit_code, self._explain(f"exit code {exit_code}")
        return self.assert_err(f"guild: {message}")

    def _explain(self, expected: str) -> str:
        command = " ".join(("guild", *self.args))
        return (
            f"expected {expected}\n{command} exited with {self.exit_code}\n"
            f"--- out\n{self.out}\n--- err\n{self.err}"
        )


class Project:
    """A directory of files, with a user's home and a Guild home beside it.

    Attributes:
        path: the project directory, in which commands run.
        home: the Guild home.
        env: the environment of commands; a test may change it.
    """

    def __init__(self, root: Path, files: Mapping[str, str | bytes]) -> None:
        """Create the directories in `root` and write `files`, by path in the project."""
        self.path = root / "project"
        self.home = root / "guild-home"
        for directory in (self.path, self.home, root / "user"):
            directory.mkdir(parents=True)
        self.env = _environment(root, self.home)
        self._terminals: list[pexpect.spawn[str]] = []
        self.write(files)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write `files`, by path in the project. Strings are dedented."""
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
        """Run `guild ARGS` and wait up to `timeout` seconds for its end.

        `env` adds to the environment of the project. The command runs in `cwd`, by default the
        project directory.
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
            stream.decode(errors="surrogateescape").rstrip()
            for stream in (done.stdout, done.stderr)
        )
        return Result(args, done.returncode, out, err)

    def popen(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start `guild ARGS` in a new session, with pipes, and return the running process."""
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
        """Start `guild ARGS` on a terminal of `size` (rows, columns).

        The process is killed at the end of the test. Raises ImportError if pexpect is missing.
        """
        try:
            import pexpect
        except ImportError:
            raise ImportError("tests of terminals require pexpect: pip install pexpect") from None
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
        """Kill the processes on terminals."""
        for child in self._terminals:
            child.close(force=True)

    # -- Runs in the home

    def runs(self) -> list[Run]:
        """Return the runs in the home, newest first, as `guild runs` numbers them."""
        runs = [Run(path.name, path) for path in (self.home / "runs").glob("*")]
        return sorted(runs, key=lambda run: run.timestamp, reverse=True)

    def run_ids(self) -> list[str]:
        """Return the ids of `runs()`."""
        return [run.id for run in self.runs()]

    def run_dir(self, n: int = 1) -> Path:
        """Return the directory of run `n` as `guild runs` numbers them: 1 is the newest."""
        return Path(self.runs()[n - 1].path)

    def attr(self, name: str, n: int = 1) -> object:
        """Return the attribute `name` of run `n`; None if it is not set."""
        return self.runs()[n - 1].get(name)


def _environment(root: Path, home: Path) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) or name == "PYTHONPATH"  # may lead to an extension
    }
    return {
        **inherited,
        "HOME": str(root / "user"),
        "GUILD_HOME": str(home),
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


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in textwrap.dedent(text).strip().splitlines()]


def _typed_env(env: dict[str, str]) -> os._Environ[str]:
    return env  # type: ignore[return-value]  # pexpect's stubs require os.environ itself
