"""The settings with which a script is executed to find its flags."""

from collections.abc import Mapping
from typing import NamedTuple


class Execution(NamedTuple):
    """Settings for executing a script.

    Attributes:
        package: the package of a script that runs as a module; None for a file.
        env: variables that the operation adds to the environment.
        python_path: directories that the operation adds to the module search path.
    """

    package: str | None
    env: Mapping[str, str]
    python_path: tuple[str, ...]
