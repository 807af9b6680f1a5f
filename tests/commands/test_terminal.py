"""The harness starts commands on a terminal too."""

from __future__ import annotations


def test_a_command_has_the_terminal_that_the_test_asks_for(project):
    child = project().terminal("--help", size=(20, 60))
    lines = child.read().splitlines()
    assert lines[0] == "Usage: guild [OPTIONS] COMMAND [ARGS]..."
    assert max(map(len, lines)) <= 60
