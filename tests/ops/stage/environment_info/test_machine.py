"""The machine, described like Python's own modules, which start processes for that."""

from __future__ import annotations

import os
import platform
import pwd
import sys

from guild.ops.stage.environment_info.machine import host, platform_info, user


def test_platform_matches_the_platform_module() -> None:
    assert platform_info() == {
        "architecture": " ".join(platform.architecture()),
        "cpus": os.cpu_count(),
        "processor": platform.processor(),
        "python_version": sys.version.replace("\n", ""),
        "uname": " ".join(platform.uname()),
    }
    assert host() == platform.node()


def test_user_from_the_environment_or_the_system() -> None:
    assert user({"USER": "ann"}) == "ann"
    assert user({"LOGNAME": "ann", "USER": "bob"}) == "ann"
    assert user({"USER": ""}) == pwd.getpwuid(os.getuid()).pw_name
