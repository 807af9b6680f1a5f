"""A home made by Guild AI 0.9 (see make_home.sh), and the project it was made from."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from guild.testing.project import Project

HERE = Path(__file__).parent


@pytest.fixture
def old_home(project: Callable[..., Project]) -> Project:
    """The project, with the home, whose runs say that they were made in its folder."""
    files = sorted((HERE / "project").iterdir())
    made = project({path.name: path.read_bytes() for path in files})
    with tarfile.open(HERE / "home-0.9.tar.gz") as archive:
        archive.extractall(made.home, filter="tar")
    moved = {b"/project": str(made.path).encode(), b"/guild-home": str(made.home).encode()}
    for path in set(made.home.rglob(".guild/**/*")):  # what is in a proto is found twice
        if path.is_symlink() or not path.is_file() or path.name.startswith(("output", "events")):
            continue
        data = path.read_bytes()
        for old, new in moved.items():
            data = data.replace(old, new)
        path.write_bytes(data)
    return made
