"""Commands whose options are declared in typed groups, with their mutual exclusions.

A group is declared once and passes one object to every command that has it:

    class Order(NamedTuple):
        min: str | None
        max: str | None

    ORDER = OptionGroup(
        "Order",  # the heading on the help page
        "order",  # the parameter of the command's function
        Order,  # called with each option of the group as a keyword argument
        Option("--min", metavar="COLUMN", help="Show the lowest values of COLUMN first."),
        Option("--max", metavar="COLUMN", help="Show the highest values of COLUMN first."),
        exclusive=(("--min", "--max"),),
    )

    @command(examples=(("guild compare --min loss", "Show the lowest loss first."),))
    @runs_argument("all matching runs")
    @ORDER
    @option("-t", "--table", is_flag=True, help="Print a table.")
    @RUN_FILTERS
    def compare(runs: tuple[str, ...], order: Order, table: bool, query: RunQuery) -> None:
        \"\"\"Compare runs.\"\"\"

An option outside of a group is a parameter of its own and appears under "Options". Options of
different groups that exclude each other are declared on the command:
`@command(exclusive=(("--run-dir", "--restart"),))`.

The help page, written by `guild.cli.help_page`, lists groups in the order of their decorators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Option(click.Option):
    """An option; `settings` are those of `click.Option`.

    `hidden_names` are accepted as well, but do not appear on the help page.
    """

    def __init__(
        self,
        *names: str,
        hidden_names: Sequence[str] = (),
        help: str | None = None,
        **settings: Any,
    ) -> None:
        super().__init__((*names, *hidden_names), **settings)
        self.help = help  # one line: click would load `inspect` to remove its indentation
        self.hidden_names = hidden_names
        self.heading = "Options"
        self._is_plain = not (
            settings.keys() & {"callback", "count", "default", "envvar", "flag_value", "prompt"}
            or self.required
        )
        self._unused = () if self.multiple else False if self.is_flag else None

    def handle_parse_result(
        self, ctx: click.Context, arguments: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Set the value in `ctx`. Most options are plain and unused, and need no processing."""
        name = str(self.name)
        if name in arguments or not (self._is_plain and self.expose_value):
            return super().handle_parse_result(ctx, arguments, args)
        ctx.params[name] = self._unused
        ctx.set_parameter_source(name, ParameterSource.DEFAULT)
        return self._unused, args


class Argument(click.Argument):
    """An argument; `description` is its line on the help page."""

    def __init__(self, name: str, *, description: str, **settings: Any) -> None:
        super().__init__((name,), **settings)
        self.description = description


class OptionGroup:
    """Options under one heading, which a command receives as one object.

    Attributes:
        heading: the heading on the help page.
        parameter: the parameter of the command's function that receives the object.
        make: builds the object from one keyword argument per option.
        options: the options, in the order of the help page.
        exclusive: sets of option names; only one option of a set may be used.
    """

    def __init__(
        self,
        heading: str,
        parameter: str,
        make: Callable[..., object],
        *options: Option,
        exclusive: Sequence[Sequence[str]] = (),
    ) -> None:
        self.heading = heading
        self.parameter = parameter
        self.make = make
        self.options = options
        self.exclusive = exclusive
        for member in options:
            member.heading = heading

    def __call__(self, function: _Function) -> _Function:
        """Add the options to a command's function."""
        for member in reversed(self.options):
            _add_parameter(function, member)
        function.__dict__.setdefault("option_groups", []).insert(0, self)
        return function


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


HELP = Option(
    "--help",
    "show_help",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_help,
    help="Show this message and exit.",
)
"""The option that each command and group has."""


class Command(click.Command):
    """A command that receives option groups as objects and checks exclusive options.

    Attributes:
        groups: the option groups of the command.
        exclusive: sets of option names, beside those of the groups.
        examples: pairs of a command line and its effect, for the help page.
    """

    def __init__(
        self,
        *args: Any,
        exclusive: Sequence[Sequence[str]] = (),
        examples: Sequence[tuple[str, str]] = (),
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.groups: list[OptionGroup] = self.callback.__dict__.get("option_groups", [])
        self.exclusive = (
            *(names for group in self.groups for names in group.exclusive),
            *exclusive,
        )
        self.examples = examples

    def get_help_option(self, ctx: click.Context) -> Option:
        """Return the option `--help`."""
        return HELP

    def make_parser(self, ctx: click.Context) -> Any:  # click's type has no stable name
        """Return click's parser, made to look up options such as `-Fo` as fast as long ones.

        By default, click looks for a long option of that name first and prepares an error with
        suggestions, which takes milliseconds per option.
        """
        parser = super().make_parser(ctx)
        for name, option in parser._short_opt.items():
            parser._long_opt.setdefault(name, option)
        return parser

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command's function with its parameters and the objects of its groups."""
        self._check_exclusive(ctx)
        arguments = dict(ctx.params)
        for group in self.groups:
            values = {str(member.name): arguments.pop(str(member.name)) for member in group.options}
            arguments[group.parameter] = ctx.invoke(group.make, **values)
        assert self.callback is not None
        return ctx.invoke(self.callback, **arguments)

    def _check_exclusive(self, ctx: click.Context) -> None:
        used = {
            name
            for param in self.params
            if (value := ctx.params.get(str(param.name))) is not None
            and value is not False
            and value != ()
            for name in param.opts
        }
        for names in self.exclusive:
            both = [name for name in names if name in used]
            if len(both) > 1:
                raise click.UsageError(f"{both[0]} and {both[1]} cannot both be used", ctx)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help page, as JSON if the environment asks for that."""
        from guild.cli import help_json

        return (
            help_json.format_json(self, ctx) if help_json.is_requested() else super().get_help(ctx)
        )

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help page."""
        from guild.cli import help_page

        help_page.write_page(self, self.examples, ctx, formatter)


def command(
    name: str | None = None,
    *,
    exclusive: Sequence[Sequence[str]] = (),
    examples: Sequence[tuple[str, str]] = (),
) -> Callable[[Callable[..., Any]], Command]:
    """Turn a function into a command; see `Command`."""
    return click.command(name, cls=Command, exclusive=exclusive, examples=examples)


def option(*names: str, **settings: Any) -> Callable[[_Function], _Function]:
    """Add an `Option` outside of groups to a command's function."""
    return lambda function: _add_parameter(function, Option(*names, **settings))


def argument(name: str, **settings: Any) -> Callable[[_Function], _Function]:
    """Add an `Argument` to a command's function."""
    return lambda function: _add_parameter(function, Argument(name, **settings))


def _add_parameter(function: _Function, parameter: click.Parameter) -> _Function:
    """Do what click's own decorators do."""
    function.__dict__.setdefault("__click_params__", []).append(parameter)
    return function
