"""Run attributes parsed from the output, as the operation's `output-attrs` defines."""

from __future__ import annotations

import contextlib
from typing import Any

from guild.run import ATTRIBUTE_TYPES, Run, is_attr_name
from guild.scalars.output_patterns import ATTRS, compile_patterns
from guild.scalars.output_scalars import decode_line


class OutputAttrsSink:
    """Sets attributes of `run` from values in its output; the last value is used.

    `spec` is the operation's `output-attrs`. Raises GuildError if it is invalid.
    """

    def __init__(self, run: Run, spec: Any) -> None:
        self._run = run
        self._patterns = compile_patterns(spec, ATTRS)
        self._written: dict[str, str] = {}

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Set the attributes that the lines `data` contain."""
        values: dict[str, str] = {}
        for line in data.splitlines():
            text = decode_line(line)
            for pattern in self._patterns:
                values.update(pattern.matches(text))
        for name, value in values.items():  # after the loop, since scripts may repeat a value
            self._set(name, value.strip())

    def close(self) -> None:
        """Do nothing: each attribute has already been written."""

    def _set(self, name: str, value: str) -> None:
        # Output must not overwrite the attributes that Guild records itself.
        is_allowed = is_attr_name(name) and name not in ATTRIBUTE_TYPES
        if not is_allowed or self._written.get(name) == value:
            return
        self._written[name] = value
        with contextlib.suppress(OSError):  # a full disk is reported when the run ends
            self._run.set(name, value)
