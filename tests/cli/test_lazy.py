"""Commands are loaded only when they are called."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import sys
from guild.command_line import main
sys.argv = ["guild", *{args!r}]
try:
    main()
finally:
    own = ("guild.commands.", "guild.cli.")
    print(*sorted(name for name in sys.modules if name in {heavy!r} or name.startswith(own)))
"""
HEAVY = (
    *("logging", "numpy", "pandas", "psutil", "rich", "skopt", "tensorboard", "textual", "yaml"),
)


def lines_of(*args: str, **env: str) -> list[str]:
    """Return the output of `guild ARGS`, followed by a line with the modules it loaded."""
    code = CODE.format(args=args, heavy=HEAVY)
    out = subprocess.check_output([sys.executable, "-c", code], text=True, env=os.environ | env)
    return out.splitlines()


def loaded_by(*args: str) -> str:
    return lines_of(*args)[-1]


def test_version_loads_no_command():
    assert (
        loaded_by("--version")
        == "guild.cli.command guild.cli.exit_codes guild.cli.lazy guild.commands.main"
    )


def test_help_loads_no_command():
    assert (
        loaded_by("--help")
        == "guild.cli.command guild.cli.exit_codes guild.cli.lazy guild.commands.main"
    )


def test_completion_of_a_command_loads_no_command():
    lines = lines_of(_GUILD_COMPLETE="bash_complete", COMP_LINE="guild run")
    assert "plain,runs" in lines
    assert lines[-1] == (
        "guild.cli.command guild.cli.completions guild.cli.exit_codes guild.cli.lazy "
        "guild.commands.main"
    )


def test_completion_of_an_option():
    lines = lines_of(_GUILD_COMPLETE="bash_complete", COMP_LINE="guild --de")
    assert lines[0] == "plain,--debug"
