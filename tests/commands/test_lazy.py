"""A command is loaded when it is called, and not before."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from guild.__main__ import main
sys.argv = ["guild", *{args!r}]
try:
    main()
finally:
    print(*sorted(name for name in sys.modules if name in {heavy!r} or "guild.commands." in name))
"""
HEAVY = ("logging", "numpy", "pandas", "psutil", "rich", "skopt", "tensorboard", "textual", "yaml")


def loaded_by(*args: str) -> str:
    code = CODE.format(args=args, heavy=HEAVY)
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    return out.splitlines()[-1]


def test_version_loads_no_command():
    assert loaded_by("--version") == "guild.commands.lazy guild.commands.main"


def test_help_loads_no_command():
    assert loaded_by("--help") == "guild.commands.lazy guild.commands.main"
