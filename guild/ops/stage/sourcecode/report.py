"""Tells how source code is selected: what `--test-sourcecode` shows."""

from __future__ import annotations

import os
from collections.abc import Iterator

from guild.ops.stage.sourcecode.select import Selection, printable


def describe(selection: Selection, cwd: str | os.PathLike[str]) -> Iterator[str]:
    """Lines that tell of rules, of each file selected, and of each left out with the reason.

    Paths are shown from `cwd`. The selection is one made with `explain`.
    """
    start = os.path.relpath(selection.root, cwd)
    prefix = "" if start == os.curdir else f"{start}/"
    yield f"Copying from {printable(start, quoted=True) if prefix else 'the current directory'}"
    if not selection.basis:
        yield "Source code copy disabled"
        return
    yield "Rules:"
    yield from (f"  {line}" for line in selection.basis)
    yield "Selected for copy:"
    yield from (f"  {printable(prefix + file.path)}" for file in selection.files)
    yield "Skipped:"
    yield from (f"  {printable(prefix + path)} ({reason})" for path, reason in selection.skipped)
    yield from (f"Warning: {warning}" for warning in selection.warnings)
