"""The root command: finding commands, options of its own, and how errors are told."""

from __future__ import annotations

import subprocess
import sys

from guild import __version__


def test_version(project):
    project().run("--version").assert_ok().assert_out(f"guild {__version__}")


def test_python_m_guild(project):
    out = subprocess.check_output([sys.executable, "-m", "guild", "--version"], text=True)
    assert out == f"guild {__version__}\n"


def test_unknown_command_names_the_nearest(project):
    project().run("runz").assert_error(
        "no such command 'runz' (did you mean runs?)\nTry 'guild --help' for more information.",
        exit_code=2,
    )


def test_unknown_option_names_the_nearest(project):
    project().run("--versio").assert_error(
        "unrecognized option '--versio' (did you mean --version?)\n"
        "Try 'guild --help' for more information.",
        exit_code=2,
    )
