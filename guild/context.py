"""The surroundings of one command or API call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guild.base.named_tuple import NamedTuple


class Context(NamedTuple):
    """The surroundings of one command or API call, decided once at its start.

    Attributes:
        home: the Guild home, absolute.
        cwd: the current directory, absolute.
        environ: the environment variables.
    """

    home: Path
    cwd: Path
    environ: Mapping[str, str]
