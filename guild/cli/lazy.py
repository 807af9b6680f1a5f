"""Click groups that load a command only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from guild.base.named_tuple import NamedTuple
from guild.base.text import nearest
from guild.cli.command import HELP, Option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """A command that is not loaded yet.

    Attributes:
        names: the command's name, followed by its aliases.
        module: the module in `guild.commands` that defines the command under the same name.
        help: the command's line on the group's help page, the first line of its own page.
        section: the heading above that line.
    """

    names: tuple[str, ...]
    module: str
    help: str
    section: str = "Commands"

    def load(self) -> click.Command:
        """Import the module and return the command."""
        module = importlib.import_module(f"guild.commands.{self.module}")
        command = getattr(module, self.module.rpartition(".")[2])
        assert isinstance(command, click.Command)
        return command


class LazyGroup(click.Group):
    """A group of commands whose help page needs only their entries."""

    def __init__(self, *, entries: Sequence[Entry], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # passed on unchanged
        self.entries = entries

    def get_help_option(self, ctx: click.Context) -> Option:
        """Return the option `--help`."""
        return HELP

    def get_help(self, ctx: click.Context) -> str:
        """Return the help page, as JSON if the environment asks for that."""
        from guild.cli import help_json

        if help_json.is_requested():
            commands = [(", ".join(entry.names), entry.help) for entry in self.entries]
            return help_json.format_json(self, ctx, commands)
        return super().get_help(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, without aliases."""
        return [entry.names[0] for entry in self.entries]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command with that name or alias."""
        for entry in self.entries:
            if cmd_name in entry.names:
                return entry.load()
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; its usage and help show the name that was typed."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, rest
        if ctx.resilient_parsing:
            return None, None, rest
        if name.startswith("-"):
            raise click.NoSuchOption(name, ctx=ctx)
        near = nearest(name, [name for entry in self.entries for name in entry.names])
        hint = f" (did you mean {near}?)" if near else ""
        raise click.UsageError(f"No such command '{name}'{hint}.", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, or an option of the group."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=entry.help)
            for entry in self.entries
            for name in entry.names
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section, and the options after them."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading, with names of one width."""
        width = max(len(", ".join(entry.names)) for entry in self.entries)
        for section in dict.fromkeys(entry.section for entry in self.entries):
            rows = [
                (", ".join(entry.names).ljust(width), entry.help)
                for entry in self.entries
                if entry.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)
