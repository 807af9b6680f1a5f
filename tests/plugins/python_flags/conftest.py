"""Scripts to inspect, written into a folder of the test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from guild.plugins.python_flags import ImportedFlags, inspect_script

Inspect = Callable[..., ImportedFlags]


@pytest.fixture
def inspect(tmp_path: Path) -> Inspect:
    """`inspect(text, dest=None, **modules)` inspects `train.py` with other files beside it."""

    def call(
        text: str, dest: str | None = None, files: Mapping[str, str] | None = None
    ) -> ImportedFlags:
        for name, content in {"train.py": text, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content))
        return inspect_script(tmp_path / "train.py", [tmp_path], dest)

    return call


@pytest.fixture
def defaults(inspect: Inspect) -> Callable[..., dict[str, Any]]:
    """The defaults of the flags that `inspect` finds, by name."""

    def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: flag.default for name, flag in inspect(*args, **kwargs).flags.items()}

    return call
