"""`python -um guild.op_main MAIN ARGS -- FLAG_ARGS`: the command of a Python operation.

Run by hand, it does what `guild run` does: the process becomes the user's script. RUN_DIR is the
run directory (default: the current directory), whose recorded flags give the arguments their types.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from guild.base.errors import GuildError
from guild.ops.plan.start_command import start_command
from guild.ops.python.python_launch import prepare_main_launch
from guild.plugins.python_main import parse_words
from guild.run import Run


def main(argv: list[str]) -> None:
    """Replace this process by the script in `argv` (`MAIN ARGS -- FLAG_ARGS`).

    Raises GuildError if the script does not exist, OSError if it cannot be started.
    """
    if not argv:
        raise GuildError(
            "main module is required: python -um guild.op_main MAIN [ARG...] [-- FLAG_ARG...]"
        )
    run_dir = Path(os.environ.get("RUN_DIR", "."))
    run = Run("", run_dir)
    flags = run.get("flags") or {}
    launch = prepare_main_launch(
        parse_words(_words_to_start(argv, run)), run_dir, os.environ, flags
    )
    sys.stdout.flush()
    os.chdir(run_dir)
    os.execve(launch.argv[0], launch.argv, launch.env)  # noqa: S606  # a list, not a shell command


def _words_to_start(argv: list[str], run: Run) -> list[str]:
    """Return `argv`, without the script's own defaults if it is the run's recorded command."""
    cmd = run.get("cmd")
    if not isinstance(cmd, list) or cmd[3:] != argv:
        return argv
    return start_command(run, cmd)[3:]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (GuildError, OSError) as error:
        print(f"guild: {error}", file=sys.stderr)  # noqa: T201  # a command
        sys.exit(1)
