"""Run the commands of these tests in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from support.in_process import InProcessProject


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[..., InProcessProject]]:
    """Return a function that makes projects, as the fixture of the same name elsewhere."""
    projects: list[InProcessProject] = []

    def make(files: Mapping[str, str | bytes] | None = None) -> InProcessProject:
        projects.append(InProcessProject(tmp_path / f"p{len(projects)}", files or {}))
        return projects[-1]

    yield make
    for project in projects:
        project.close()
