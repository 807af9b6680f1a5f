"""The contract of an operation kind: one way to run something."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from guild.base.named_tuple import NamedTuple
from guild.extend.registry import Registry

if TYPE_CHECKING:
    from guild.context import Context
    from guild.flags.flagdef import FlagDef
    from guild.guildfile.opdef import OpDef

FLAG_ARGS = "__flag_args__"
"""The word of a command that stands for all flags as arguments."""

PYTHON = "${python_exe}"
"""The word of a command that stands for the Python interpreter."""


class CommandTemplate(NamedTuple):
    """The pattern of a command line.

    Attributes:
        words: with `${NAME}` for flags, `PYTHON` for the interpreter, and one word
            `FLAG_ARGS` for all flags as arguments.
        env: variables of the operation, with `${NAME}` for flags.
        flags_dest: where a Python script takes its flags from: `args`, `globals` ...
    """

    words: tuple[str, ...]
    env: dict[str, str]
    flags_dest: str


class FileOperation(NamedTuple):
    """An operation that is a file or a module, without a guild.yml.

    Attributes:
        folder: the directory that identifies the operation in its runs.
        root: the directory from which source code is copied; it contains the file.
        opdef: the definition that a guild.yml in `root` would have.
    """

    folder: Path
    root: Path
    opdef: OpDef


class Definition(NamedTuple):
    """The flags and the command of an operation.

    Attributes:
        flags: those of the guild.yml, completed by those found in the source.
        command: the pattern of the command line.
        warnings: problems to report before the operation runs, one line each.
    """

    flags: dict[str, FlagDef]
    command: CommandTemplate
    warnings: tuple[str, ...] = ()


class OperationKind(ABC):
    """One way to run something: Python, a notebook, an executable, another language.

    Rules:

    - Nothing is executed: flags are found by reading files. The exception is an
      operation that asks for it (`flags-import-exec`).
    - The result depends only on the arguments and on the files that they name.
    - `claims` and `find` are called for each run, so they are cheap.
    - A kind is recorded in its runs by name, so names never change.
    - A GuildError is raised for a file that is missing or unreadable.

    `guild.testing.operation_kinds.OperationKindContract` checks these rules, and
    `guild.extend.operation_files` has helpers. An installed package adds a kind by declaring its
    class as an entry point of the group `guild.kinds`, named like the kind; the class is called
    without arguments. Built-in kinds are tried first.
    """

    name: ClassVar[str]

    @abstractmethod
    def claims(self, opdef: OpDef, source_root: Path) -> bool:
        """Check whether the operation `opdef` of a guild.yml is of this kind."""

    @abstractmethod
    def find(self, spec: str, cwd: Path) -> FileOperation | None:
        """Return the operation for the file or module `spec`, seen from `cwd`; None if the
        kind does not run such a file."""

    @abstractmethod
    def define(self, opdef: OpDef, source_root: Path, ctx: Context) -> Definition:
        """Return the flags and the command of `opdef`, whose files are in `source_root`.

        Results may be cached in the home of `ctx`, by the content of the files.
        Raises GuildError if a file cannot be read.
        """

    def main_file(self, command: CommandTemplate, source_root: Path) -> Path | None:
        """Return the file in `source_root` that `command` starts; None if it starts another.

        Source code always includes this file.
        """
        return None


OPERATION_KINDS: Registry[OperationKind] = Registry(
    "operation kind",
    "guild.kinds",
    OperationKind,  # type: ignore[type-abstract]  # only used by isinstance
    {
        "python": "guild.plugins.kinds.python:PythonKind",
        "notebook": "guild.plugins.kinds.notebook:NotebookKind",
        "exec": "guild.plugins.kinds.executable:ExecutableKind",
        "steps": "guild.plugins.kinds.steps:StepsKind",
    },
)
"""Operation kinds in the order in which they are asked."""


def kind_of(opdef: OpDef, source_root: Path) -> OperationKind:
    """Return the kind of `opdef`, whose files are in `source_root`.

    An operation that no kind claims is a Python operation whose script is missing.
    """
    for kind in OPERATION_KINDS.all():
        if kind.claims(opdef, source_root):
            return kind
    return get_kind("python")


def get_kind(name: str) -> OperationKind:
    """Return the kind `name`. Raises GuildError if it is not installed."""
    kind = OPERATION_KINDS.get(name)
    if kind is None:
        from guild.base.errors import GuildError

        raise GuildError(
            f"operation kind '{name}' is not installed; install the package that provides it"
        )
    return kind
