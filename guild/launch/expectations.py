"""Checks of step runs: expected output, files and file contents."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from guild.base import log
from guild.base.errors import GuildError
from guild.flags.templates import resolve_references
from guild.guildfile.defs import ExpectDef
from guild.run import Run


def check(
    expected: Sequence[ExpectDef],
    runs: Sequence[Run],
    project_dir: Path,
    environ: Mapping[str, str],
) -> bool:
    """Return whether each of `runs` fulfills all expectations. Checks and problems are logged.

    Files to compare with are looked up in the run directory first, then in `project_dir`. Their
    names may refer to variables in `environ`, as in `${PROJECT_DIR}/want.txt`.
    Raises GuildError for an invalid pattern.
    """
    failed = 0
    expected = [_resolved(expectation, environ) for expectation in expected]
    for run in runs:
        for expectation in expected:
            run_problems = list(_problems(expectation, run, project_dir))
            failed += bool(run_problems)
            for problem in run_problems:
                log.error(f"check failed: {problem}")
    total = len(runs) * len(expected)
    log.info(f"{total - failed} of {total} checks passed")
    if failed:
        # Guild AI 0.9 wording
        log.error(f"{failed} check(s) failed - see above for details")
    return not failed


def _resolved(expected: ExpectDef, environ: Mapping[str, str]) -> ExpectDef:
    """Replace references to variables in the name of the file to compare with."""
    if expected.compare_to is None:
        return expected
    path = resolve_references(expected.compare_to, environ, str, keep_unknown=True)
    return expected._replace(compare_to=path)


def _problems(expected: ExpectDef, run: Run, project_dir: Path) -> Iterator[str]:
    if expected.output is not None:
        log.info(f"checking run {run.id} output for '{expected.output}'")
        if not _contains(Path(run.guild_path("output")), expected.output):
            yield f"could not find pattern '{expected.output}' in run {run.id} output"
        return
    pattern = expected.file or ""
    log.info(f"checking run {run.id} files '{pattern}'")
    files = sorted(path for path in _matching(run, pattern) if path.is_file())
    if not files:
        yield f"no files matching {pattern} in run {run.id}"
    for path in files:
        name = os.path.relpath(path, run.path)
        if expected.compare_to is not None:
            yield from _differences(path, name, expected.compare_to, run, project_dir)
        if expected.contains is not None:
            log.info(f"checking run {run.id} file {name} for '{expected.contains}'")
            if not _contains(path, expected.contains):
                yield f"could not find pattern '{expected.contains}' in run {run.id} file {name}"


def _matching(run: Run, pattern: str) -> Iterator[Path]:
    try:
        yield from Path(run.path).glob(pattern)
    except (ValueError, NotImplementedError) as error:
        raise GuildError(f"invalid pattern '{pattern}' of expected files: {error}") from None


def _contains(path: Path, pattern: str) -> bool:
    try:
        test = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise GuildError(f"invalid pattern '{pattern}' of expected text: {error}") from None
    return test.search(_text(path)) is not None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _differences(
    path: Path, name: str, compare_to: str, run: Run, project_dir: Path
) -> Iterator[str]:
    inside = Path(run.path, compare_to)
    other = inside if inside.is_file() else project_dir / compare_to
    log.info(f"comparing run {run.id} file {name} to {other}")
    if not other.is_file():
        yield f"cannot compare {name}: file {compare_to} not found"
        return
    if path.read_bytes() == other.read_bytes():
        return
    lines = difflib.unified_diff(
        _text(other).splitlines(), _text(path).splitlines(), str(other), str(path), lineterm=""
    )
    log.error("\n".join(lines))
    yield f"file {name} of run {run.id} differs from {compare_to}; see above for details"
