"""The command of a notebook: `python -um guild.ops.notebook NOTEBOOK -- --NAME VALUE ...`.

It executes a notebook of the run's source code with flag values (YAML) in place of the
values that its cells assign. It writes the notebook with its output, and an HTML page, to
the run directory (RUN_DIR, by default the current directory).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guild.base import files, log, yaml
from guild.base.errors import GuildError
from guild.ops.notebook.injection import inject_values, replace_patterns
from guild.plugins.flags.notebook.cells import CodeCell, code_cells, parameter_cells
from guild.plugins.flags.notebook_finder import flags_of_cells
from guild.run import Run


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Execute the notebook in `argv` and return the exit code. Raises GuildError and OSError."""
    if not argv:
        raise GuildError(
            "missing notebook; usage: python -um guild.ops.notebook NOTEBOOK [-- --NAME VALUE ...]"
        )
    name, values = argv[0], _flag_values(argv[1:])
    run_dir = Path(environ.get("RUN_DIR") or os.getcwd())
    try:
        from guild.ops.notebook.execution import (
            execute_notebook,
            kernel_name,
            read_notebook,
            to_html,
        )
    except ImportError as error:
        raise GuildError(
            f"cannot import {error.name}, which notebooks require; "
            "install it with: pip install 'guild-runner[notebook]'"
        ) from None
    notebook = read_notebook(run_dir / environ.get("GUILD_SOURCECODE", ".") / name)
    cells = code_cells(notebook.cells)
    patterns = _patterns(run_dir)
    placed = replace_patterns(cells, values, patterns)
    for flag in placed.unmatched:  # e.g. a notebook that a run has already modified
        log.warning(f"flag '{flag}' is not set: nothing matches nb-replace '{patterns[flag]}'")
    for cell in placed.cells:
        notebook.cells[cell.number - 1].source = cell.source
    for number, source in inject_values(placed.cells, _changed(cells, placed.rest)).items():
        notebook.cells[number - 1].source = source
    kernel = kernel_name(notebook)
    try:
        ending = execute_notebook(notebook, kernel, run_dir)
    finally:
        _write(notebook, run_dir / Path(name).name, to_html)
    if ending.message:
        print(ending.message, file=sys.stderr)  # noqa: T201  # the run's output
    return ending.exit_code


def _flag_values(words: Sequence[str]) -> dict[str, Any]:
    """Parse `-- --NAME VALUE ...`. Raises GuildError for other arguments."""
    rest = [word for at, word in enumerate(words) if not (at == 0 and word == "--")]
    names, texts = rest[0::2], rest[1::2]
    if len(names) != len(texts) or not all(name.startswith("--") for name in names):
        raise GuildError(f"expected --NAME VALUE ... but got {' '.join(rest)}")
    return {name[2:]: yaml.load(text) for name, text in zip(names, texts, strict=True)}


def _patterns(run_dir: Path) -> dict[str, str]:
    """Return the recorded `nb-replace` patterns by the names of flags in the command."""
    op = Run(run_dir.name, run_dir).get("op")
    flags = op.get("flags") if isinstance(op, dict) else None
    return {
        str(flag.get("arg-name") or name): str(flag["nb-replace"])
        for name, flag in (flags if isinstance(flags, dict) else {}).items()
        if isinstance(flag, dict) and "nb-replace" in flag
    }


def _changed(cells: list[CodeCell], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that differ from those that the notebook assigns itself."""
    defaults = flags_of_cells(parameter_cells(cells), "")
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or not _same(defaults[name].default, value)
    }


def _same(default: Any, value: Any) -> bool:
    return type(default) is type(value) and default == value


def _write(notebook: Any, path: Path, to_html: Any) -> None:
    import nbformat

    files.write_atomic(path, nbformat.writes(notebook).encode())
    files.write_atomic(path.with_suffix(".html"), to_html(notebook).encode())


if __name__ == "__main__":
    log.to_console(log.level_of(os.environ))
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except KeyboardInterrupt:
        sys.exit("stopped")
    except (GuildError, OSError) as error:
        print(f"guild: {error}", file=sys.stderr)  # noqa: T201  # a command-line program
        sys.exit(1)
