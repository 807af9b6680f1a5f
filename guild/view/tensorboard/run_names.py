"""Names of runs in TensorBoard."""

from __future__ import annotations

import os
from collections.abc import Sequence

from guild.base.clock import format_time
from guild.flags import values
from guild.index.query import IndexedRun

# Longer names do not fit TensorBoard's list of runs, nor every file system.
_MAX_CHARACTERS = 120
_MAX_BYTES = 255


def make_folder_name(run: IndexedRun, flags: Sequence[str] | None = None) -> str:
    """Return the name of a run's folder: `SHORT_ID OPERATION STARTED LABEL`.

    If `flags` are given, their values replace the label: `lr=0.1 epochs=3`.
    """
    label = run.label if flags is None else _assignments(run, flags)
    started = format_time(run.timestamp)
    words = (run.short_id, run.operation, started, label)
    return _to_file_name(" ".join(word for word in words if word))


def make_trial_name(run: IndexedRun) -> str:
    """Return the name of a run in the table of hyperparameters: `SHORT_ID OPERATION`."""
    return f"{run.short_id} {run.operation}".rstrip()


def _assignments(run: IndexedRun, flags: Sequence[str]) -> str:
    return " ".join(
        f"{name}={values.shorten_value(run.flags[name])}" for name in flags if name in run.flags
    )


def _to_file_name(text: str) -> str:
    text = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in text)
    encoded = os.fsencode(text[:_MAX_CHARACTERS])[:_MAX_BYTES]
    return encoded.decode("utf-8", "ignore").rstrip()
