"""The built-in operation `queue`, which starts staged runs."""

from __future__ import annotations

from pathlib import Path

from guild.context import Context
from guild.extend.operation_kind import PYTHON, CommandTemplate
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.opref import OpRef
from guild.ops.define.operation import Operation

# Guild AI 0.9 wording, of the flags too
_DESCRIPTION = """Start a queue

A queue polls for staged runs and starts them in the order they were staged. By default, a queue
runs staged runs even if there are other runs in progress. To force a queue to wait until other
runs finish before starting a staged run, set `wait-for-running` to `true` when starting the queue.

Use `run-once` to start staged runs and stop without waiting for additional staged runs.

To associate runs with one or more GPUs, set `gpus` to a comma-separated list of GPU IDs. This
value is used when starting staged runs. For example, to support parallel runs on all available
GPUs, start one queue for each GPU ID. Staged runs would then be assigned to a GPU according to
the queue that starts it."""

_FLAGS = (
    FlagDef(
        "gpus",
        type="string",
        description="Value used for gpus option when starting staged runs\n\n"
        "If this flag is specified and a staged run has a different value for gpus, the queue "
        "will not run it.",
    ),
    FlagDef(
        "poll-interval",
        10,
        type="number",
        description="Minimum number of seconds between polls",
    ),
    FlagDef("run-once", False, type="boolean", description="Run all staged runs and stop"),
    FlagDef(
        "wait-for-running",
        False,
        type="boolean",
        description="Wait for other runs to stop before starting staged runs",
    ),
)


def queue_operation(ctx: Context) -> Operation:
    """Return the operation `queue`, whose runs start in the current directory of `ctx`."""
    from guild import __version__

    words = (PYTHON, "-um", "guild.queue_main")
    opdef = OpDef(
        "queue",
        exec=words,
        description=_DESCRIPTION,
        flags={flag.name: flag for flag in _FLAGS},
        sourcecode=SourceCodeDef(enabled=False),
        stoppable=True,
    )
    return Operation(
        OpRef("builtin", "guild", __version__, "", "queue"),
        "exec",
        opdef,
        CommandTemplate(words, {}, "args"),
        Path(ctx.cwd),
        Path(ctx.cwd),
    )
