"""What a run is called in TensorBoard."""

from __future__ import annotations

import os
from collections.abc import Sequence

from guild.base.clock import format_time
from guild.flags import values
from guild.index.query import IndexedRun

# A longer name fits neither TensorBoard's list of runs nor every file system.
_MOST_CHARACTERS = 120
_MOST_BYTES = 255


def make_folder_name(run: IndexedRun, flags: Sequence[str] | None = None) -> str:
    """`SHORT_ID OPERATION STARTED LABEL`, the name of the run's folder.

    With `flags` the values of these take the place of the label: `lr=0.1 epochs=3`.
    """
    label = run.label if flags is None else _assignments(run, flags)
    started = format_time(run.timestamp)
    words = (run.short_id, run.operation, started, label)
    return _as_file_name(" ".join(word for word in words if word))


def make_trial_name(run: IndexedRun) -> str:
    """`SHORT_ID OPERATION`, the name of the run's row in the table of hyperparameters."""
    return f"{run.short_id} {run.operation}".rstrip()


def _assignments(run: IndexedRun, flags: Sequence[str]) -> str:
    return " ".join(
        f"{name}={values.short(run.flags[name])}" for name in flags if name in run.flags
    )


def _as_file_name(text: str) -> str:
    text = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in text)
    encoded = os.fsencode(text[:_MOST_CHARACTERS])[:_MOST_BYTES]
    return encoded.decode("utf-8", "ignore").rstrip()
