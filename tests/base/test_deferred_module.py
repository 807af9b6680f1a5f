"""Modules that load when they are first used."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from guild.base.deferred_module import defer_module


@pytest.fixture
def slow_module(tmp_path, monkeypatch):
    """The name of a deferred module that takes a while to load and counts its loads."""
    (tmp_path / "slow_module.py").write_text(
        "import sys, time\n"
        "sys.slow_module_loads = getattr(sys, 'slow_module_loads', 0) + 1\n"
        "time.sleep(0.2)\n"
        "value = 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "slow_module_loads", 0, raising=False)
    defer_module("slow_module")
    yield "slow_module"
    del sys.modules["slow_module"]


def test_import_does_not_load_the_module(slow_module):
    module = __import__(slow_module)
    assert sys.slow_module_loads == 0
    assert module.__name__ == "slow_module"


def test_reading_an_attribute_loads_the_module_once(slow_module):
    module = __import__(slow_module)
    assert module.value == 1
    assert module.value == 1
    assert sys.slow_module_loads == 1
    assert "__getattr__" not in vars(module)


def test_missing_attribute(slow_module):
    with pytest.raises(AttributeError, match="slow_module"):
        __import__(slow_module).missing  # noqa: B018


def test_threads_wait_until_the_module_is_loaded(slow_module):
    module, values = __import__(slow_module), []
    threads = [threading.Thread(target=lambda: values.append(module.value)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [1, 1, 1, 1]
    assert sys.slow_module_loads == 1


def test_loaded_module_stays_as_it_is():
    defer_module("sys")
    assert sys.modules["sys"] is sys


@pytest.mark.parametrize("name", ["inspect", "ipaddress"])
def test_deferred_module_has_all_attributes(name):
    code = (
        "from guild.base.deferred_module import defer_module\n"
        f"defer_module({name!r})\n"
        f"from {name} import *\n"
        f"import {name}\n"
        f"assert len(dir({name})) > 20, dir({name})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
