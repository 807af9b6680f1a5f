"""Messages of the library: to the program's own logging, or to the console of the command line."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from guild.base import log


def printed(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"from guild.base import log\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr


def test_console():
    assert printed("log.to_console()\nlog.info('Running trial 1%')") == (
        "INFO: [guild] Running trial 1%\n"
    )


def test_console_without_debug():
    assert printed("log.to_console()\nlog.debug('details')") == ""


def test_console_with_debug():
    assert printed("log.to_console(log.DEBUG)\nlog.debug('details')") == "DEBUG: [guild] details\n"


@pytest.mark.parametrize(
    ("value", "level"),
    [("30", 30), ("10", 10), ("warning", 30), ("", 20), ("loud", 20), (None, 20)],
)
def test_level_of_the_environment(value, level):
    assert log.level_of({} if value is None else {"LOG_LEVEL": value}) == level


def test_messages_of_commands_are_tagged_when_runs_print_between_them() -> None:
    assert printed(
        "log.to_console(tagged=False)\nlog.info('Resolving x')\nlog.warning('odd')\n"
        "log.tag_messages()\nlog.info('Resolving y')"
    ) == ("Resolving x\nWARNING: odd\nINFO: [guild] Resolving y\n")


def test_held_messages_are_printed_when_they_are_released() -> None:
    assert printed(
        "log.to_console()\nwith log.hold_messages() as held: log.info('a')\n"
        "log.info('b')\nlog.release_messages(held)"
    ) == ("INFO: [guild] b\nINFO: [guild] a\n")


def test_held_messages_are_printed_before_an_error() -> None:
    assert printed(
        "log.to_console()\ntry:\n  with log.hold_messages(): log.info('a'); 1/0\n"
        "except ZeroDivisionError: log.info('b')"
    ) == ("INFO: [guild] a\nINFO: [guild] b\n")


def test_logging_is_not_imported_for_what_is_not_shown():
    code = "log.to_console()\nlog.debug('x')\nimport sys\nassert 'logging' not in sys.modules"
    assert printed(code) == ""


def test_a_program_that_uses_the_library_gets_the_messages(caplog):
    with caplog.at_level(logging.INFO, logger="guild"):
        log.info("found 1 trial")
    assert caplog.record_tuples == [("guild", logging.INFO, "found 1 trial")]
