"""Operations with steps, and the operations that their steps run."""

from __future__ import annotations

from guild.base.errors import GuildError
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.guildfile.types import Guildfile


def complete_steps_operation(opdef: OpDef, guildfile: Guildfile) -> OpDef:
    """Return `opdef` without source code and, by default, without output scalars.

    Its steps have both. Raises GuildError if it is one of its own steps.
    """
    path = _path_between(opdef, opdef, guildfile)
    if path:
        raise GuildError(
            f"{opdef.location}: operation '{opdef.full_name}' is a step of itself "
            f"({' -> '.join((opdef.full_name, *path))})"
        )
    scalars = False if opdef.output_scalars is None else opdef.output_scalars
    return opdef._replace(sourcecode=SourceCodeDef(enabled=False), output_scalars=scalars)


def _path_between(
    opdef: OpDef, target: OpDef, guildfile: Guildfile, seen: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return the names of operations that lead from `opdef` through steps to `target`."""
    for step in opdef.steps or ():
        other = find_step_operation(step.run, opdef.model, guildfile)
        if other is None or other.full_name in seen:
            continue
        if other.full_name == target.full_name:
            return (other.full_name,)
        seen |= {other.full_name}
        path = _path_between(other, target, guildfile, seen)
        if path:
            return (other.full_name, *path)
    return ()


def find_step_operation(name: str, model: str, guildfile: Guildfile) -> OpDef | None:
    """Return the operation that a step of `model` runs as `name`; None if it does not exist.

    An operation of the same model takes precedence.
    """
    own = guildfile.get_operation(f"{model}:{name}") if model and ":" not in name else None
    return own or guildfile.find_operation(name)
