"""A project whose commands run in the process of the test, which is much faster."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import guild.command_line
from guild.base import log
from guild.testing.project import Project, Result

_OWN_PROCESS = frozenset(("run", "stop", "watch", "--tool"))


class InProcessProject(Project):
    """A project that starts a process only for commands that need one of their own.

    These wait for runs or signals, load an optional package, or are called from a thread.
    """

    def run(
        self,
        *args: str,
        stdin: str = "",
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run `guild ARGS` as `Project.run` does."""
        in_thread = threading.current_thread() is not threading.main_thread()
        if _OWN_PROCESS.intersection(args) or in_thread:
            return super().run(*args, stdin=stdin, timeout=timeout, env=env, cwd=cwd)
        with (
            _environment({**self.env, **(env or {})}, cwd or self.path),
            _standard_streams(stdin.encode()) as (out, err),
        ):
            sys.argv = ["guild", *args]
            try:
                guild.command_line.main()
            except SystemExit as exit_:
                exit_code = exit_.code
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            texts = [_read(file) for file in (out, err)]
        assert isinstance(exit_code, int)
        return Result(args, exit_code, *texts)


@contextlib.contextmanager
def _environment(env: Mapping[str, str], cwd: Path) -> Iterator[None]:
    """Use another environment and current directory, and restore what a command changes."""
    saved, saved_cwd, saved_argv = dict(os.environ), os.getcwd(), sys.argv
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(saved_cwd)
        os.environ.clear()
        os.environ.update(saved)
        sys.argv = saved_argv
        logging.getLogger("guild").handlers.clear()
        logging.getLogger("guild").propagate = True
        log._console.clear()


@contextlib.contextmanager
def _standard_streams(
    stdin: bytes,
) -> Iterator[tuple[tempfile._TemporaryFileWrapper[bytes], tempfile._TemporaryFileWrapper[bytes]]]:
    """Redirect the standard streams, also of child processes, to and from files."""
    streams = sys.stdin, sys.stdout, sys.stderr
    with (
        tempfile.TemporaryFile() as source,
        tempfile.NamedTemporaryFile() as out,
        tempfile.NamedTemporaryFile() as err,
    ):
        source.write(stdin)
        source.seek(0)
        for stream in streams[1:]:
            stream.flush()
        saved = [os.dup(fd) for fd in range(3)]
        try:
            for fd, file in enumerate((source, out, err)):
                os.dup2(file.fileno(), fd)
            sys.stdin, sys.stdout, sys.stderr = (
                io.TextIOWrapper(open(fd, mode, closefd=False), encoding="utf-8")  # noqa: SIM115
                for fd, mode in ((0, "rb"), (1, "wb"), (2, "wb"))
            )
            yield out, err
        finally:
            for fd, copy in enumerate(saved):
                os.dup2(copy, fd)
                os.close(copy)
            sys.stdin, sys.stdout, sys.stderr = streams


def _read(file: tempfile._TemporaryFileWrapper[bytes]) -> str:
    """Return what was written to the file, by any process."""
    return Path(file.name).read_bytes().decode(errors="surrogateescape").rstrip()
