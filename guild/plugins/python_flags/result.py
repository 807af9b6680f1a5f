"""What an inspection of a script gives."""

from collections.abc import Mapping
from typing import NamedTuple

from guild.flags.flagdef import FlagDef

EXECUTED = " when executed"
"""What stands behind the place of a flag that was found by executing the script."""


class Execution(NamedTuple):
    """How a script is executed to find its flags.

    Attributes:
        package: the package that it is a module of, None for one that is run as a file.
        env: variables that the operation adds to the environment.
        python_path: folders that the operation adds to the module search path.
    """

    package: str | None
    env: Mapping[str, str]
    python_path: tuple[str, ...]


class ImportedFlags(NamedTuple):
    """The flags that a script was found to have.

    Attributes:
        dest: where their values go: `args`, `args:SUBCOMMAND`, `globals`,
            `global:NAME` or `namespace:NAME`.
        flags: in source order, by name. An option of the command line has the
            `arg_name` `None` for `--NAME`, a name for `--ARG_NAME`, and one that
            starts with a dash is the option itself (`-e`). The empty `arg_name`
            is a positional argument: its value goes behind all options and
            `--`, in the order of the flags. A default of None is never passed,
            so that the script's own default holds.
        warnings: what could not be found without executing the script, a line each.
    """

    dest: str
    flags: dict[str, FlagDef]
    warnings: tuple[str, ...] = ()
