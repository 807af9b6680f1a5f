"""Click groups that load a command only when it is called."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from guild.base.text import nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """A command as its group knows it before it is loaded.

    Attributes:
        names: the command's name and then its other names.
        module: the module in `guild.commands` that defines it, as an object of the same name.
        help: the line of the group's help; the first line of the command's own.
    """

    names: tuple[str, ...]
    module: str
    help: str

    def exists(self) -> bool:
        return importlib.util.find_spec(f"guild.commands.{self.module}") is not None

    def load(self) -> click.Command:
        module = importlib.import_module(f"guild.commands.{self.module}")
        command = getattr(module, self.module.rpartition(".")[2])
        assert isinstance(command, click.Command)
        return command


class LazyGroup(click.Group):
    """A group of `entries`; its help is made from them alone."""

    def __init__(self, *, entries: Sequence[Entry], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # passed on as they are
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [entry.names[0] for entry in self.entries if entry.exists()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for entry in self.entries:
            if cmd_name in entry.names and entry.exists():
                return entry.load()
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; usage and help call it by the name that was typed."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, rest
        if ctx.resilient_parsing:
            return None, None, rest
        if name.startswith("-"):
            raise click.NoSuchOption(name, ctx=ctx)
        raise click.UsageError(f"No such command '{name}'{self._did_you_mean(name)}.", ctx)

    def _did_you_mean(self, name: str) -> str:
        known = [known for entry in self.entries if entry.exists() for known in entry.names]
        near = nearest(name, known)
        return f" (did you mean {near}?)" if near else ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=entry.help)
            for entry in self.entries
            for name in entry.names
            if name.startswith(incomplete) and entry.exists()
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(", ".join(entry.names), entry.help) for entry in self.entries if entry.exists()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
