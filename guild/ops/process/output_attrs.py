"""Attributes that are read from a run's output, as the operation's `output-attrs` says."""

from __future__ import annotations

import contextlib
from typing import Any

from guild.run import ATTRIBUTE_TYPES, Run, is_attr_name
from guild.scalars.output_patterns import ATTRS, compile_patterns
from guild.scalars.output_scalars import decode_line


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
        found: dict[str, str] = {}
        for line in data.splitlines():
            text = decode_line(line)
            for pattern in self._patterns:
                found.update(pattern.matches(text))
        for name, value in found.items():  # at the end, for a script may print one many times
            self._set(name, value.strip())

    def close(self) -> None:
        """There will be no more lines; each attribute is written already."""

    def _set(self, name: str, value: str) -> None:
        # What Guild itself keeps of a run is not for its output to say.
        usable = is_attr_name(name) and name not in ATTRIBUTE_TYPES
        if not usable or self._known.get(name) == value:
            return
        self._known[name] = value
        with contextlib.suppress(OSError):  # a full disk is told when the run ends
            self._run.set(name, value)
