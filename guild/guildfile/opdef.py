"""The definition of one operation.

Every run loads this module, so it does not import the types of parts that few operations have.
"""

from typing import TYPE_CHECKING, Any, Literal

from guild.base.named_tuple import NamedTuple
from guild.flags.flagdef import FlagDef
from guild.guildfile.sourcecode_def import SourceCodeDef

if TYPE_CHECKING:
    from guild.guildfile.defs import PublishDef, ResourceDef, StepDef

# Modules of large NamedTuples that every run loads do not postpone annotations (`from
# __future__`): each would be compiled on import, which takes a third of a millisecond.


class ScalarRule(NamedTuple):
    """A regular expression for a line of output; its group is the value.

    `name` is None if the expression names its groups (`\\key`, `\\value` or named groups).
    """

    name: str | None
    pattern: str


class OptimizerDef(NamedTuple):
    """A named optimizer: its algorithm and its own flags."""

    name: str
    algorithm: str
    default: bool = False
    flags: dict[str, Any] = {}  # noqa: RUF012  # read-only


class OpDef(NamedTuple):
    """One operation. At most one of `main`, `exec`, `notebook` and `steps` is set.

    Attributes:
        model: the name of its model, empty for the anonymous one.
        flags_import: True for `all`, False for `no`, or the names.
        plugins: True for `all`, False for `no`, or the names.
        output_scalars, output_attrs: False for `no`.
        objective: a scalar to minimize, or one to maximize with `-` in front.
        location: its place in the guild.yml, as `FILE:LINE`.
        warnings, errors: the problems of its definition, one line each; it runs without errors.
    """

    name: str
    model: str = ""
    main: str | None = None
    exec: str | tuple[str, ...] | None = None
    notebook: str | None = None
    steps: "tuple[StepDef, ...] | None" = None
    default: bool = False
    description: str = ""
    flags: dict[str, FlagDef] = {}  # noqa: RUF012  # read-only
    flags_dest: str | None = None
    flags_import: bool | tuple[str, ...] | None = None
    flags_import_skip: tuple[str, ...] | None = None
    flags_import_exec: bool | None = None
    requires: "tuple[ResourceDef, ...]" = ()
    env: dict[str, str] = {}  # noqa: RUF012
    env_secrets: tuple[str, ...] | None = None
    run_attrs: dict[str, Any] = {}  # noqa: RUF012
    label: str | None = None
    tags: tuple[str, ...] = ()
    compare: tuple[str, ...] | None = None
    objective: str | None = None
    optimizers: tuple[OptimizerDef, ...] = ()
    default_max_trials: int | None = None
    output_scalars: Literal[False] | tuple[ScalarRule, ...] | None = None
    output_attrs: Literal[False] | tuple[ScalarRule, ...] | None = None
    sourcecode: SourceCodeDef | None = None
    python_requires: str | None = None
    python_path: tuple[str, ...] | None = None
    pip_freeze: bool | None = None
    plugins: bool | tuple[str, ...] | None = None
    stoppable: bool = False
    handle_keyboard_interrupt: bool = False
    flag_encoder: str | None = None
    default_flag_arg_skip: bool | None = None
    delete_on_success: bool = False
    can_stage_trials: bool | None = None
    publish: "PublishDef | None" = None
    location: str = ""
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Return `model:op`, or `op` in the anonymous model."""
        return f"{self.model}:{self.name}" if self.model else self.name
