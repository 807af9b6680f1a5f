"""The contract of flag finders, which find the flags that a library gives a program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from guild.base.named_tuple import NamedTuple
from guild.extend.registry import Registry

if TYPE_CHECKING:
    from guild.extend.program import Program
    from guild.flags.flagdef import FlagDef


class FoundFlags(NamedTuple):
    """The flags of a program.

    Attributes:
        flags: in source order, by name. A command-line option has the `arg_name`
            None for `--NAME` and a name for `--ARG_NAME`; a name that starts with
            a dash is the option itself (`-e`). An empty `arg_name` is a positional
            argument: its value follows all options and `--`, in the order of the
            flags. A default of None is never passed, so the script's own applies.
        dest: where their values go: `args`, `args:SUBCOMMAND`, `globals`,
            `global:NAME`, `dict:NAME` or `namespace:NAME`.
        warnings: one line for each thing that could not be found in the source.
    """

    flags: dict[str, FlagDef]
    dest: str
    warnings: tuple[str, ...] = ()


class FlagFinder(ABC):
    """Finds the flags that one library gives a program, without executing the program.

    Built-in finders are rows of `FLAG_FINDERS`. An installed package adds one by declaring
    its class as an entry point of the group `guild.flags`; the class is called without
    arguments. `guild.testing.flag_finders.FlagFinderContract` checks these rules:

    - A finder reads source and never executes, imports or writes any of it.
    - All files are read through the `Program`, which records them: a result is cached
      until one of them, or the version of the finder's package, changes.
    - Results depend on the program only: the same files give equal results.
    - A finder accepts any source. It raises nothing but GuildError, and that only for
      files that cannot be read and for a `program.dest` that the program does not have.

    Finders are tried in this order, and the first result that is not None is used:
    notebooks, libraries modelled on the shared interpreter (argparse, click, typer and
    installed ones, all in one walk), installed finders by name, global variables.
    `flags-dest` limits the choice to the finders with such a destination.

    Attributes:
        dests: the kinds of destination that the finder supports: `args`, `globals` ...
    """

    dests: frozenset[str] = frozenset({"args"})

    @abstractmethod
    def claims(self, program: Program) -> bool:
        """Return whether `program` may have flags of the library.

        This is called for every program, so it must be cheap: use `program.mentions`.
        """

    @abstractmethod
    def find(self, program: Program) -> FoundFlags | None:
        """Return the flags of a claimed program, or None if the library gives it none."""


FLAG_FINDERS: Registry[FlagFinder] = Registry(
    "flag finder",
    "guild.flags",
    FlagFinder,  # type: ignore[type-abstract]  # only used by isinstance
    {
        "notebook": "guild.plugins.flags.notebook_finder:NotebookFinder",
        "argparse": "guild.plugins.flags.argparse_finder:ArgparseFinder",
        "click": "guild.plugins.flags.click_finder:ClickFinder",
        "typer": "guild.plugins.flags.typer_finder:TyperFinder",
        "globals": "guild.plugins.flags.globals_finder:GlobalsFinder",
    },
)
