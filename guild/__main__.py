"""Entry point of `guild` and `python -m guild`."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import NoReturn

from guild.base.deferred_module import defer_module

# Imported by Click and `urllib.parse` (for pathlib), but of no use to most commands: together
# they take as long to load as ten modules of Guild.
_SELDOM_USED = ("inspect", "ipaddress")


def program() -> NoReturn:
    """Run the command line of this process and exit."""
    # Commands create few cycles. Searching for them at the default rate takes a tenth of the
    # time of a short command.
    gc.set_threshold(50_000, 20, 100)
    for name in _SELDOM_USED:
        defer_module(name)
    from guild.command_line import main

    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int):
            _exit_fast(end.code)
        raise


def _exit_fast(code: int) -> None:
    """Exit without tearing down modules, which takes longer than many commands.

    Returns if other threads are still running.
    """
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    program()
