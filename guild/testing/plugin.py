"""The pytest plugin of `guild.testing`: the fixture `project`.

Enable it in the `conftest.py` of your tests:

    pytest_plugins = ["guild.testing.plugin"]

It is deliberately not an entry point of pytest (`pytest11`), because every pytest session of
everyone who installed Guild would then import it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from guild.testing.project import Project

# Contract suites are imported by test modules, and pytest explains failed assertions only there.
pytest.register_assert_rewrite(
    *(
        f"guild.testing.{suite}"
        for suite in ("executors", "flag_finders", "operation_kinds", "optimizers", "sources")
    )
)


class MakeProject(Protocol):
    """The type of the fixture `project`."""

    def __call__(self, files: Mapping[str, str | bytes] | None = None) -> Project:
        """Return a new project with `files`, by path."""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[MakeProject]:
    """Return a function that creates projects: `project({"train.py": "print(1)"})`."""
    projects: list[Project] = []

    def make(files: Mapping[str, str | bytes] | None = None) -> Project:
        projects.append(Project(tmp_path / f"p{len(projects)}", files or {}))
        return projects[-1]

    yield make
    for each in projects:
        each.close()
