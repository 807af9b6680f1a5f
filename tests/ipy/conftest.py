"""A separate home for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guild.config import SetGuildHome


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    path.mkdir()
    with SetGuildHome(path):
        yield path
