"""Fixtures that write scripts into a temporary directory and inspect them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from guild.extend.flag_finder import FoundFlags
from guild.extend.program import Program
from guild.plugins.flags.inspection import inspect_program

Inspect = Callable[..., FoundFlags]


@pytest.fixture
def inspect(tmp_path: Path) -> Inspect:
    """`inspect(source, dest=None, files=None)` inspects `train.py` beside other files."""

    def call(
        source: str, dest: str | None = None, files: Mapping[str, str] | None = None
    ) -> FoundFlags:
        for name, content in {"train.py": source, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content))
        return inspect_program(Program(tmp_path / "train.py", [tmp_path], dest))

    return call


@pytest.fixture
def defaults(inspect: Inspect) -> Callable[..., dict[str, Any]]:
    """`defaults(...)` returns the defaults of the flags that `inspect` finds, by name."""

    def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: flag.default for name, flag in inspect(*args, **kwargs).flags.items()}

    return call
