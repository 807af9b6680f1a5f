"""`python -um guild.op_main MAIN ARGS -- FLAG_ARGS`: the command of a Python operation.

Run by hand, it does what `guild run` does: the process becomes the user's script. RUN_DIR is the
run directory (default: the current directory), whose recorded flags give the arguments their types.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from guild.base import files, yaml
from guild.base.errors import GuildError
from guild.ops.python.python_launch import prepare_main_launch
from guild.plugins.python_main import parse_words


def main(argv: list[str]) -> None:
    """Replace this process by the script in `argv` (`MAIN ARGS -- FLAG_ARGS`).

    Raises GuildError if the script does not exist, OSError if it cannot be started.
    """
    if not argv:
        raise GuildError(
            "main module is required: python -um guild.op_main MAIN [ARG...] [-- FLAG_ARG...]"
        )
    run_dir = Path(os.environ.get("RUN_DIR", "."))
    recorded = files.read_text(run_dir / ".guild" / "attrs" / "flags")
    flags = yaml.load(recorded) if recorded else {}
    launch = prepare_main_launch(parse_words(argv), run_dir, os.environ, flags)
    sys.stdout.flush()
    os.chdir(run_dir)
    os.execve(launch.argv[0], launch.argv, launch.env)  # noqa: S606  # a list, not a shell command


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (GuildError, OSError) as error:
        print(f"guild: {error}", file=sys.stderr)  # noqa: T201  # a command
        sys.exit(1)
