"""Breakpoints as files and lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.ops.python.breakpoints import resolve_breakpoint

SOURCE = '''\
"""Text

of the module."""
from __future__ import annotations

# comment
import os

@property
def f():
    """Text."""

    return [
        1,
        2,
    ]
x = 1
'''


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, 7), (3, 7), (4, 7), (7, 7), (8, 9), (11, 13), (14, 17), (17, 17)],
)
def test_a_line_is_the_next_one_where_a_statement_begins(
    tmp_path: Path, line: int, expected: int
) -> None:
    script = tmp_path / "train.py"
    script.write_text(SOURCE)
    for location in (str(line), f"train.py:{line}", f"train:{line}"):
        assert resolve_breakpoint(location, str(script), [str(tmp_path)]) == (str(script), expected)


def test_a_line_after_the_last_statement_is_an_error(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SOURCE)
    with pytest.raises(GuildError, match="no code at or after line 18"):
        resolve_breakpoint("18", str(script), [str(tmp_path)])
