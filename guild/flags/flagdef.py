"""Flag definitions."""

from typing import Any

from guild.base.named_tuple import NamedTuple


class FlagChoice(NamedTuple):
    """One of the values that a flag accepts.

    Attributes:
        value: the value.
        description: text for `--help-op`.
        alias: another name for the value on the command line.
        flags: values of other flags that this choice sets.
    """

    value: Any
    description: str = ""
    alias: str | None = None
    flags: dict[str, Any] | None = None


class FlagDef(NamedTuple):
    """One flag of an operation; None stands for "not set".

    The names are those of `guild.yml` with underscores. `source` is the location of the
    definition: `FILE:LINE`. `own_default` marks a default that was found in the source and not
    set in `guild.yml`: the program already has it, so it is not passed.
    """

    name: str
    default: Any = None
    description: str = ""
    type: str | None = None
    required: bool = False
    alias: str | None = None
    arg_name: str | None = None
    arg_encoding: dict[Any, Any] | None = None
    arg_skip: bool | None = None
    arg_switch: Any = None
    arg_split: bool | str | None = None
    choices: tuple[FlagChoice, ...] = ()
    allow_other: bool = False
    env_name: str | None = None
    env_encoding: dict[Any, Any] | None = None
    null_label: str | None = None
    min: float | None = None
    max: float | None = None
    distribution: str | None = None
    nb_replace: str | None = None
    own_default: bool = False
    source: str = ""
