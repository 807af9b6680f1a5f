"""What there is to know of one run, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guild.api import info as run_info
from guild.api import lookup
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.run import Run

_FIELDS = ("id", "operation", "status", "started", "stopped", "label", "run_dir")


def text(run: Run, *, output: bool = False, scalars: bool = False) -> str:
    """The lines that describe `run`. Raises GuildError if it is gone."""
    return "\n".join(_lines(run, output=output, scalars=scalars))


def _lines(run: Run, *, output: bool, scalars: bool) -> Iterator[str]:
    known = lookup.read([run])
    if not known:
        raise GuildError(f"run {run.short_id} does not exist any more ({run.path})")
    fields = run_info.core_fields(known[0])
    for name in _FIELDS:
        yield f"{name}: {fields[name]}".rstrip()
    yield "flags:"
    yield from _mapping(known[0].flags)
    if scalars:
        yield "scalars:"
        for name, (value, step) in run_info.scalars(run).items():
            yield f"  {name}: {value} (step {step})"
    if output:
        yield "output:"
        for line in run_info.output(run).splitlines():
            yield f"  {line}"


def _mapping(values: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(values):
        yield f"  {name}: {flag_values.encode(values[name])}"
