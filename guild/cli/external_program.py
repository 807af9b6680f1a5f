"""Programs, such as diff tools, that commands start."""

from __future__ import annotations

import subprocess
import sys

from guild.base.errors import GuildError


def call_program(command: list[str], cwd: str | None = None) -> int:
    """Run a program to its end and return its exit code.

    Raises GuildError if it cannot be started.
    """
    sys.stdout.flush()
    try:
        return subprocess.run(command, cwd=cwd, check=False).returncode
    except OSError as error:
        raise GuildError(
            f"cannot run '{command[0]}': {error.strerror} (use --cmd to run another program)"
        ) from None
