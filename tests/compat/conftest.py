"""A home written by Guild AI 0.9 (see make_home.sh) and its project."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from guild.testing.project import Project

HERE = Path(__file__).parent


@pytest.fixture
def old_home(project: Callable[..., Project]) -> Project:
    """Return the project with the home, as if its runs had been made there."""
    files = sorted((HERE / "project").iterdir())
    restored = project({path.name: path.read_bytes() for path in files})
    with tarfile.open(HERE / "home-0.9.tar.gz") as archive:
        archive.extractall(restored.home, filter="tar")
    moved = {b"/project": str(restored.path).encode(), b"/guild-home": str(restored.home).encode()}
    for path in set(restored.home.rglob(".guild/**/*")):  # files in a proto are listed twice
        if path.is_symlink() or not path.is_file() or path.name.startswith(("output", "events")):
            continue
        data = path.read_bytes()
        for old, new in moved.items():
            data = data.replace(old, new)
        path.write_bytes(data)
    return restored
