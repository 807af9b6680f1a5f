"""The scripts in `examples/optimizers` run without Guild."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_directory_has_the_listed_files():
    names = {path.name for path in (EXAMPLES / "optimizers").iterdir()}
    assert names - {"__pycache__", ".guild"} == {
        "batch_fail.py",
        "dummy.qmd",
        "dummy.r",
        "echo.py",
        "echo2.py",
        "fail.py",
        "guild.yml",
        "noisy.py",
        "noisy_flubber.py",
        "poly.py",
        "trial_fail.py",
    }


@pytest.mark.parametrize(
    ("script", "out", "exit_code"),
    [
        ("echo.py", "1.0 2 'a'\n", 0),
        ("echo2.py", "1.0 2 'a'\n", 0),
        ("fail.py", "exiting with 1\n", 1),
        ("poly.py", "loss: 2.000000\n", 0),
        ("trial_fail.py", "loss: 1\n", 0),
        ("batch_fail.py", "", 1),
    ],
)
def test_script_prints_its_result(script, out, exit_code):
    done = subprocess.run(
        [sys.executable, script], cwd=EXAMPLES / "optimizers", capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == (out, exit_code)
