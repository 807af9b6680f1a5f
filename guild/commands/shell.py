"""`guild shell`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import click

from guild import __version__, api, config
from guild.cli import exit_codes
from guild.cli.command import command


@command(examples=(("echo 'print(len(runs()))' | guild shell", "Print the number of runs."),))
def shell() -> int:
    """Start a Python shell with the Guild API.

    The shell predefines the guild.api modules, 'home' (the Guild home) and 'runs()'. If stdin is
    not a terminal, it is executed as a script.
    """
    names = _predefined_names()
    try:
        if sys.stdin.isatty():
            import code

            public = ", ".join(sorted(name for name in names if not name.startswith("_")))
            banner = f"Guild {__version__}, Python {sys.version.split()[0]}\nPredefined: {public}"
            code.interact(banner=banner, local=names, exitmsg="")
            return exit_codes.OK
        return _run_script(sys.stdin.read(), names)
    except SystemExit as exit_:
        return _exit_code(exit_.code)


def _predefined_names() -> dict[str, Any]:
    from guild.api import selection

    home = config.guild_home()
    modules = {
        module.name: importlib.import_module(f"guild.api.{module.name}")
        for module in pkgutil.iter_modules(api.__path__)
    }
    return {
        "__name__": "__main__",
        **modules,
        "home": home,
        "runs": lambda: selection.select_runs(home),
    }


def _run_script(source: str, names: dict[str, Any]) -> int:
    """Run the user's script as Python would run it from stdin."""
    try:
        exec(compile(source, "<stdin>", "exec"), names)  # noqa: S102  # the purpose of the command
    except Exception as error:
        import traceback

        frames = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, frames)
        return exit_codes.ERROR
    return exit_codes.OK


def _exit_code(code: object) -> int:
    """Return the exit code of SystemExit as Python does: any other object is printed first."""
    if code is None or isinstance(code, int):
        return code or exit_codes.OK
    click.echo(str(code), err=True)
    return exit_codes.ERROR
