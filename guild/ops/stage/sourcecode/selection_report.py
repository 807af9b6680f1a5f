"""The report of `--test-sourcecode` on how source code is selected."""

from __future__ import annotations

import os
from collections.abc import Iterator

from guild.ops.stage.sourcecode.file_decisions import printable
from guild.ops.stage.sourcecode.file_selection import Selection


def describe_selection(selection: Selection, cwd: str | os.PathLike[str]) -> Iterator[str]:
    """Yield lines about the rules, each selected file, and each skipped file with the reason.

    Paths are shown relative to `cwd`. Pass a selection that was made with `explain`.
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
