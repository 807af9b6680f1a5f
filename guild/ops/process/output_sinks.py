"""The sinks that read the output of a run while it runs."""

from __future__ import annotations

from collections.abc import Sequence

from guild.ops.process.output import OutputSink
from guild.run import Run


def output_sinks(run: Run) -> Sequence[OutputSink]:
    """Return the sinks that the operation of `run` defines.

    Raises GuildError if `output-scalars` or `output-attrs` is invalid.
    """
    record = run.get("op")
    op = record if isinstance(record, dict) else {}
    sinks: list[OutputSink] = []
    if op.get("output-scalars") is not False:
        from guild.scalars.output_sink import OutputScalarsSink

        sinks.append(OutputScalarsSink(run.guild_path(), op.get("output-scalars")))
    if op.get("output-attrs"):
        from guild.ops.process.output_attrs import OutputAttrsSink

        sinks.append(OutputAttrsSink(run, op["output-attrs"]))
    return sinks
