"""Who runs, on which machine and with which Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def platform_facts() -> dict[str, str | int]:
    """The attribute `platform`, as Guild AI writes it.

    Nothing is started to find it out, as `platform.architecture` and `platform.uname` do.
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
    """The machine's name in its network."""
    return os.uname().nodename


def user(environ: Mapping[str, str] | None = None) -> str:
    """The name of the user: as the environment has it, else as the system knows the process's
    owner, else its number."""
    environ = os.environ if environ is None else environ
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if value := environ.get(name):
            return value
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container that runs under a number alone
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
    """What `uname -p` says: nothing on Linux, the processor's family on macOS."""
    if sys.platform != "darwin":
        return ""
    return "arm" if machine.startswith("arm") else "i386"
