"""Parity of `guild run x.py` and `python x.py` for all parity programs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load_compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "parity_compare", Path(__file__).with_name("compare.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


compare = _load_compare()


@pytest.mark.parametrize("program", compare.PROGRAMS, ids=lambda path: path.stem)
def test_guild_run_equals_python(program: Path):
    assert compare.difference(program) == ""
