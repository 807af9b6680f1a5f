"""`python -um guild.steps_main`: the command of an operation with steps.

It runs the steps of the run in RUN_DIR (default: the current directory) in order. It stops at the
first step that fails and exits with its code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from guild.base import log
from guild.base.errors import GuildError


def main() -> int:
    """Run the steps and return the exit code. Raises GuildError if a step is invalid."""
    from guild.launch.steps import run_steps
    from guild.run import Run

    log.to_console(log.level_of(os.environ))
    folder = Path(os.path.abspath(os.environ.get("RUN_DIR", ".")))
    return run_steps(Run(os.environ.get("RUN_ID", folder.name), folder), os.environ)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (GuildError, OSError) as error:
        print(f"guild: {error}", file=sys.stderr)  # noqa: T201  # a command
        sys.exit(error.exit_code if isinstance(error, GuildError) else 1)
