"""Operations of steps, and which operations of the guild.yml their steps are."""

from __future__ import annotations

from guild.base.errors import GuildError
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.guildfile.types import Guildfile


def of_steps(opdef: OpDef, guildfile: Guildfile) -> OpDef:
    """An operation of steps has neither source code nor, unless it says so, scalars of its own:
    its steps have. Raises GuildError where it is a step of itself."""
    line = _line_to_itself(opdef, opdef, guildfile)
    if line:
        raise GuildError(
            f"{opdef.location}: operation '{opdef.full_name}' is a step of itself "
            f"({' -> '.join((opdef.full_name, *line))})"
        )
    scalars = False if opdef.output_scalars is None else opdef.output_scalars
    return opdef._replace(sourcecode=SourceCodeDef(enabled=False), output_scalars=scalars)


def _line_to_itself(
    opdef: OpDef, wanted: OpDef, guildfile: Guildfile, seen: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """The names of the operations from the steps of `opdef` to `wanted`; empty if it is none
    of its steps."""
    for step in opdef.steps or ():
        other = step_operation(step.run, opdef.model, guildfile)
        if other is None or other.full_name in seen:
            continue
        if other.full_name == wanted.full_name:
            return (other.full_name,)
        seen |= {other.full_name}
        line = _line_to_itself(other, wanted, guildfile, seen)
        if line:
            return (other.full_name, *line)
    return ()


def step_operation(name: str, model: str, guildfile: Guildfile) -> OpDef | None:
    """The operation of the guild.yml that a step of `model` calls `name`, of the same model if
    that has one; None if there is none."""
    own = guildfile.get_operation(f"{model}:{name}") if model and ":" not in name else None
    return own or guildfile.find_operation(name)
