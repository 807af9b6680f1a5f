"""What a guild.yml says of one operation.

This is loaded whenever something is run, so it names the types of parts that few operations
have without importing them.
"""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from guild.flags.flagdef import FlagDef
from guild.guildfile.sourcecode_def import SourceCodeDef

if TYPE_CHECKING:
    from guild.guildfile.defs import PublishDef, ResourceDef, StepDef

# Annotations are not put off (`from __future__`) in modules of large NamedTuples that every run
# loads: each would be compiled on import, a third of a millisecond apiece.


class ScalarRule(NamedTuple):
    """A regular expression over a line of output; its group is the value.

    `name` is None where the expression names what it captures (`\\key`, `\\value`,
    or named groups).
    """

    name: str | None
    pattern: str


class OptimizerDef(NamedTuple):
    """An optimizer by name, its algorithm (the name unless said) and its own flags."""

    name: str
    algorithm: str
    default: bool = False
    flags: dict[str, Any] = {}  # noqa: RUF012  # never written to


class OpDef(NamedTuple):
    """One operation. At most one of `main`, `exec`, `notebook` and `steps` is said.

    Attributes:
        model: its model's name, empty for the anonymous one.
        flags_import: True for `all`, False for `no`, or the names.
        plugins: True for `all`, False for `no`, or the names.
        output_scalars, output_attrs: False for `no`.
        objective: a scalar, `-` before the name of one to be maximized.
        location: its place in the guild.yml, as `FILE:LINE`.
    """

    name: str
    model: str = ""
    main: str | None = None
    exec: str | tuple[str, ...] | None = None
    notebook: str | None = None
    steps: "tuple[StepDef, ...] | None" = None
    default: bool = False
    description: str = ""
    flags: dict[str, FlagDef] = {}  # noqa: RUF012  # never written to
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
    stoppable: bool | None = None
    handle_keyboard_interrupt: bool | None = None
    flag_encoder: str | None = None
    default_flag_arg_skip: bool | None = None
    delete_on_success: bool | None = None
    can_stage_trials: bool | None = None
    publish: "PublishDef | None" = None
    location: str = ""

    @property
    def full_name(self) -> str:
        """`model:op`, or `op` alone for the anonymous model."""
        return f"{self.model}:{self.name}" if self.model else self.name
