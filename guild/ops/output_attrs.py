"""Attributes that are read from a run's output, as the operation's `output-attrs` says."""

from __future__ import annotations

import contextlib
from typing import Any

from guild.run import Run
from guild.scalars.output_patterns import ATTRS, compile_patterns
from guild.scalars.output_scalars import decode_line

# What Guild itself keeps of a run is not for its output to say.
_RESERVED = frozenset(
    [
        "cmd",
        "comments",
        "deps",
        "env",
        "exit_status",
        "flags",
        "host",
        "id",
        "initialized",
        "label",
        "marked",
        "max_trials",
        "objective",
        "op",
        "opdef_attrs",
        "pip_freeze",
        "platform",
        "plugins",
        "random_seed",
        "run_params",
        "sourcecode_digest",
        "started",
        "steps",
        "stopped",
        "tags",
        "user",
        "user_flags",
        "vcs_commit",
    ]
)


class OutputAttrsSink:
    """Sets attributes of `run` from what its output says of them; the last word counts.

    `spec` is the operation's `output-attrs`; raises GuildError where that is wrong.
    """

    def __init__(self, run: Run, spec: Any) -> None:
        self._run = run
        self._patterns = compile_patterns(spec, ATTRS)
        self._known: dict[str, str] = {}

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Take whole lines of output."""
        for line in data.splitlines():
            text = decode_line(line)
            for pattern in self._patterns:
                for name, value in pattern.matches(text):
                    self._set(name, value.strip())

    def close(self) -> None:
        """There will be no more lines; each attribute is written already."""

    def _set(self, name: str, value: str) -> None:
        usable = name and name not in _RESERVED and "/" not in name and not name.startswith(".")
        if not usable or self._known.get(name) == value:
            return
        self._known[name] = value
        with contextlib.suppress(OSError):  # a full disk is told when the run ends
            self._run.set(name, value)
