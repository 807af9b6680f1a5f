"""Commands on a terminal of a given size."""

from __future__ import annotations


def test_terminal_has_the_requested_size(project):
    child = project().terminal("--help", size=(20, 60))
    lines = child.read().splitlines()
    assert lines[0] == "Usage: guild [OPTIONS] COMMAND [ARGS]..."
    assert max(map(len, lines)) <= 60
