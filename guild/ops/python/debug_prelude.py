"""Code that starts the debugger right before a script's first line.

Like `script_prelude` it is never imported. The compiled script runs this file's code in a
statement `exec(THIS, {"settings": ...})`.
"""

from __future__ import annotations

import bdb
import marshal
import pdb
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

request: dict[str, Any] = marshal.loads(globals()["settings"])["debug"]  # noqa: S302  # from `compile_script`
show_error = sys.excepthook

# Standard output and standard error are separate pipes. The delay, in seconds, lets what is
# in one of them be passed on before the other one continues.
_DELAY = 0.1


def trace_script() -> None:
    """Run to the first breakpoint. `Pdb.set_trace` would stop immediately."""
    debugger = pdb.Pdb()
    for number, (file, line) in enumerate(request["breaks"], 1):
        problem = debugger.set_break(file, line)
        print(problem or f"Breakpoint {number} at {file}:{line}", flush=True)  # noqa: T201
    script = sys._getframe(2)
    debugger.reset()
    debugger.botframe = script
    debugger.set_continue()
    script.f_trace = debugger.trace_dispatch
    sys.settrace(debugger.trace_dispatch)


def enter_debugger(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an uncaught exception and, if requested, debug it post mortem."""
    sys.settrace(None)
    if issubclass(kind, bdb.BdbQuit):  # the user quit the debugger
        return
    if not (request["on_error"] and trace is not None and issubclass(kind, Exception)):
        show_error(kind, error, trace)
        return
    sys.stdout.flush()
    time.sleep(_DELAY)
    show_error(kind, error, trace)
    # Guild AI 0.9 wording
    print("Entering post mortem debug session", file=sys.stderr, flush=True)  # noqa: T201
    time.sleep(_DELAY)
    pdb.post_mortem(trace)


sys.excepthook = enter_debugger
if request["breaks"]:
    trace_script()
