"""The command that starts a run: its attribute `cmd` without the script's own defaults.

`cmd` has all flags, as Guild AI 0.9 records it. A script keeps its own values exactly only if
they are not passed.
"""

from __future__ import annotations

from collections.abc import Sequence

from guild.extend.operation_kind import CommandTemplate
from guild.ops.define.command import flag_args
from guild.ops.define.operation import recorded_flags
from guild.ops.plan.assignments import untouched_flags
from guild.run import Run


def start_command(run: Run, cmd: Sequence[str]) -> list[str]:
    """Return `cmd` without the flags of `run` that have the script's own defaults.

    Another command than the one that `run` records is returned unchanged: it was typed by hand.
    """
    record, flags = run.get("op"), run.flags
    command = record.get("op-cmd") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(command, dict):
        return list(cmd)
    defs = recorded_flags(record, flags)
    omit = untouched_flags(flags, defs, run.get("user_flags") or ())
    words = tuple(map(str, command.get("cmd-args") or ()))
    template = CommandTemplate(words, {}, str(command.get("flags-dest") or "args"))
    all_args = flag_args(template, flags, defs) if omit else []
    if not all_args or list(cmd[-len(all_args) :]) != all_args:
        return list(cmd)
    return [*cmd[: -len(all_args)], *flag_args(template, flags, defs, omit)]
