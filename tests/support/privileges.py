"""Tests without the privileges of root, which file permissions do not restrict."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextmanager
def permissions_count() -> Iterator[None]:
    """Apply file permissions to this thread, even for root; skip the test if that fails."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset"):
        pytest.skip("file permissions do not restrict root")
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    current = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice
    assert libc.capget(header, current) == 0
    reduced = (ctypes.c_uint32 * 6)(*current)
    reduced[0] &= ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    assert libc.capset(header, reduced) == 0
    try:
        yield
    finally:
        assert libc.capset(header, current) == 0


def without_privileges() -> list[str]:
    """Return the start of a command that file permissions apply to; skip the test without one."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("file permissions do not restrict root")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
