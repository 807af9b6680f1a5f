"""The package in `examples/extensions`: it can be installed, and its own tests pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "extensions"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package and return the directory of its modules."""
    target = tmp_path_factory.mktemp("installed")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", "--quiet", *offline]
    subprocess.run([*command, "--target", target, EXAMPLE], check=True)
    return target


@pytest.mark.parametrize("file", ["test_contracts.py", "test_use.py"])
def test_own_tests_pass(installed, file):
    # `python -m pytest` would import the package from the current directory.
    pytest_script = Path(sys.executable).with_name("pytest")
    done = subprocess.run(
        [pytest_script, "-q", "-p", "no:cacheprovider", f"tests/{file}"],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
