"""The models, operations and flags of a project's guild.yml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.types import Guildfile, ModelDef
from guild.ops.define import resolve


def read_project(path: Path) -> Guildfile | None:
    """Return the guild.yml in the directory `path`, or at `path` if it is a file.

    None for a directory without one. Raises GuildError if `path` does not exist or is invalid.
    """
    if path.is_dir():
        return resolve.load_project(path)
    if not path.exists():
        raise GuildError(f"'{path}' does not exist")
    from guild.guildfile import load

    return load.load_guildfile(path)


def list_operations(
    project: Guildfile, words: Sequence[str] = (), *, private: bool = False
) -> list[OpDef]:
    """Return the operations sorted by model and name, the anonymous model's first.

    If `words` are given, the full name must contain one of them. Names that start with `_` are
    omitted unless `private` is true.
    """
    return [
        op
        for op in sorted(project.operations, key=lambda op: (op.model, op.name))
        if _matches(op.full_name, words) and (private or not op.name.startswith("_"))
    ]


def list_models(
    project: Guildfile, words: Sequence[str] = (), *, private: bool = False
) -> list[ModelDef]:
    """Return the models except the anonymous one, as `list_operations` returns operations."""
    return [
        model
        for name, model in sorted(project.models.items())
        if name and _matches(name, words) and (private or not name.startswith("_"))
    ]


def _matches(name: str, words: Sequence[str]) -> bool:
    return not words or any(word.lower() in name.lower() for word in words)


def find_op_flags(op: OpDef, project: Guildfile, ctx: Context) -> dict[str, FlagDef]:
    """Return the flags of an operation, including those found in its source.

    If the source cannot be found, only the flags of the guild.yml are returned.
    """
    try:
        ctx = ctx._replace(cwd=project.path.parent)
        return resolve.resolve(f"{op.model}:{op.name}", ctx).flags
    except GuildError:
        return op.flags
