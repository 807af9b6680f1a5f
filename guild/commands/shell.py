"""`guild shell`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import click

from guild import __version__, api, config


@click.command()
def shell() -> int:
    """Start a Python shell with the Guild API.

    It knows the modules of guild.api by their names, the Guild home in use as 'home', and
    'runs()', the runs in it. Where the input is no terminal it is run as a script.
    """
    names = _names()
    try:
        if sys.stdin.isatty():
            import code

            known = ", ".join(sorted(name for name in names if not name.startswith("_")))
            banner = f"Guild {__version__}, Python {sys.version.split()[0]}\nKnown: {known}"
            code.interact(banner=banner, local=names, exitmsg="")
            return 0
        return _run_script(sys.stdin.read(), names)
    except SystemExit as done:
        return _exit_code(done.code)


def _names() -> dict[str, Any]:
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
        "runs": lambda: selection.select(home),
    }


def _run_script(source: str, names: dict[str, Any]) -> int:
    """Run the user's script as Python would run it from its standard input."""
    try:
        exec(compile(source, "<stdin>", "exec"), names)  # noqa: S102  # that is what was asked for
    except Exception as error:
        import traceback

        frames = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, frames)
        return 1
    return 0


def _exit_code(code: object) -> int:
    """As Python has it: a number, none for 0, and anything else is told and 1."""
    if code is None or isinstance(code, int):
        return code or 0
    click.echo(str(code), err=True)
    return 1
