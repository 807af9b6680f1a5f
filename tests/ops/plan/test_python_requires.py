"""The check of `python-requires`."""

from __future__ import annotations

import platform

import pytest

from guild.base.errors import GuildError
from guild.ops.plan.python_requires import check_python_version


@pytest.mark.parametrize("required", [">=3.10", "3.10", ">=3.10, <4, !=3.99.*"])
def test_accepts_this_python(required: str) -> None:
    check_python_version(required, "a")


@pytest.mark.parametrize("required", [">=3.99", "3.99", "<3"])
def test_rejects_other_pythons(required: str) -> None:
    with pytest.raises(GuildError) as error:
        check_python_version(required, "a")
    assert error.value.message == (
        f"operation 'a' requires Python {required}, but this is Python "
        f"{platform.python_version()}; run it with Guild installed for such a Python"
    )


def test_rejects_invalid_versions() -> None:
    with pytest.raises(GuildError) as error:
        check_python_version("new", "a")
    assert error.value.message == (
        "operation 'a': invalid python-requires 'new'; use the form '>=3.10' or '>=3.10,<3.13'"
    )
