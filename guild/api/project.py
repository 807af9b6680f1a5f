"""What a project's guild.yml has: its models and operations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.types import Guildfile, ModelDef
from guild.ops.define import resolve


def guildfile(path: Path) -> Guildfile | None:
    """The guild.yml of the folder `path`, or `path` itself; None for a folder without one.

    Raises GuildError for one that cannot be read.
    """
    if path.is_dir():
        return resolve.load_project(path)
    if not path.exists():
        raise GuildError(f"'{path}' does not exist")
    from guild.guildfile import load

    return load.load_guildfile(path)


def operations(
    project: Guildfile, words: Sequence[str] = (), *, private: bool = False
) -> list[OpDef]:
    """The operations by model and name, the anonymous model's first: those whose full name has
    one of `words` in it if there are any. Those that begin with `_` are left out unless
    `private` is true."""
    return [
        op
        for op in sorted(project.operations, key=lambda op: (op.model, op.name))
        if _matches(op.full_name, words) and (private or not op.name.startswith("_"))
    ]


def models(
    project: Guildfile, words: Sequence[str] = (), *, private: bool = False
) -> list[ModelDef]:
    """The models by name, chosen as `operations` does; the anonymous one is none."""
    return [
        model
        for name, model in sorted(project.models.items())
        if name and _matches(name, words) and (private or not name.startswith("_"))
    ]


def _matches(name: str, words: Sequence[str]) -> bool:
    return not words or any(word.lower() in name.lower() for word in words)


def flags(op: OpDef, project: Guildfile, home: Path) -> dict[str, FlagDef]:
    """The flags of an operation, those that it imports among them; of one whose source
    cannot be found those of the guild.yml alone."""
    try:
        name = f"{op.model}:{op.name}"
        return resolve.resolve(name, Context(home, project.path.parent, {})).flags
    except GuildError:
        return op.flags
