"""The user, the machine and the Python that a run is started with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def platform_info() -> dict[str, str | int]:
    """Return the attribute `platform` as Guild AI 0.9 writes it.

    Unlike `platform.architecture` and `platform.uname`, no process is started.
    """
    uname = os.uname()
    return {
        "architecture": _architecture(),
        "cpus": os.cpu_count() or 1,
        "processor": _processor(uname.machine),
        "python_version": sys.version.replace("\n", ""),
        "uname": " ".join((*uname, _processor(uname.machine))),
    }


def host() -> str:
    """Return the name of the machine in its network."""
    return os.uname().nodename


def user(environ: Mapping[str, str] | None = None) -> str:
    """Return the user name from the environment, or else the owner of the process.

    A user without a name is returned as a number.
    """
    environ = os.environ if environ is None else environ
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if value := environ.get(name):
            return value
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container whose user has only a number
        return str(os.getuid())


def _architecture() -> str:
    bits = "64bit" if sys.maxsize > 2**32 else "32bit"
    try:
        with open(sys.executable, "rb") as file:
            is_elf = file.read(4) == b"\x7fELF"
    except OSError:
        is_elf = False
    return f"{bits} {'ELF' if is_elf else ''}"


def _processor(machine: str) -> str:
    """Return the output of `uname -p`: empty on Linux, the processor family on macOS."""
    if sys.platform != "darwin":
        return ""
    return "arm" if machine.startswith("arm") else "i386"
