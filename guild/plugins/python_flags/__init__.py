"""Flags of a Python script, found without executing any of it unless that is asked for.

A script that parses its arguments (argparse, click) has the flags that its
parser has; any other has its global variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.plugins.python_flags.cache import cached_inspect_script
from guild.plugins.python_flags.result import Execution, ImportedFlags

__all__ = ["Execution", "ImportedFlags", "cached_inspect_script", "inspect_script"]


def inspect_script(
    path: Path,
    search_path: Sequence[Path],
    dest: str | None = None,
    args: Sequence[str] = (),
) -> ImportedFlags:
    """The flags of the Python script `path`.

    Args:
        path: the script.
        search_path: the project's folders, in which modules that the script
            imports are looked for; the script's own folder is always one. File
            names in sources and messages are relative to the first.
        dest: None to see from the script whether it parses its arguments, or
            one of `globals`, `global:NAME`, `namespace:NAME` (the items of one
            global), `args`, `args:SUBCOMMAND`. The names of the libraries
            `args:argparse` and `args:click` are the same as `args`.
        args: words that the script is given in any case. Where one is a
            subcommand, the flags are those of that.

    Raises GuildError for a script that is missing or no valid Python, and for a
    `dest` that it does not have.
    """
    from guild.plugins.python_flags.script import inspect_files

    return inspect_files(path, search_path, dest, args)[0]
