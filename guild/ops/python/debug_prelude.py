"""Code that starts the debugger right before a script's first line.

Like `script_prelude` it is never imported. The compiled script runs this file's code in a
statement `exec(THIS, {"settings": ...})`.
"""

from __future__ import annotations

import bdb
import marshal
import pdb
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

request: dict[str, Any] = marshal.loads(globals()["settings"])["debug"]  # noqa: S302  # from `compile_script`
show_error = sys.excepthook


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
    show_error(kind, error, trace)
    if request["on_error"] and trace is not None and issubclass(kind, Exception):
        pdb.post_mortem(trace)


sys.excepthook = enter_debugger
if request["breaks"]:
    trace_script()
