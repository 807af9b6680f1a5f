"""A model of argparse: the parsers that a program builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.flags.argparse_flags import Argument, parser_flags
from guild.plugins.flags.command_line import LibraryFinder
from guild.plugins.flags.findings import Entry, Findings
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.values import Call, Model, Native, Tracked

_INTERNALS = ("_action_groups", "_optionals", "_positionals", "pop", "append", "insert", "remove")
_IGNORED_ACTIONS = ("help", "version", "parsers")


class ArgparseFinder(LibraryFinder):
    """Finds the arguments of parsers of argparse, configargparse and jsonargparse."""

    library = "argparse"
    pattern = rb"argparse|ArgumentParser|ArgParser"
    packages = ("argparse", "configargparse", "jsonargparse")

    def models(self, findings: Findings) -> Mapping[str, Any]:
        parser = Model(lambda: Parser(findings))
        return {
            "argparse.ArgumentParser": parser,
            "argparse.ArgParser": parser,  # configargparse
            "argparse.SUPPRESS": "==SUPPRESS==",
            "argparse.REMAINDER": "...",
            "argparse.OPTIONAL": "?",
            "argparse.ZERO_OR_MORE": "*",
            "argparse.ONE_OR_MORE": "+",
        }

    def argument_for(self, annotation: str, findings: Findings) -> Any:
        return Parser(findings) if "ArgumentParser" in annotation else UNKNOWN


class Group(Entry):
    """An argument group or a parser, to which arguments are added."""

    def __init__(self, parser: Parser | None, exclusive: bool = False) -> None:
        super().__init__()
        self.parser = parser
        self.exclusive = exclusive

    def attribute(self, name: str) -> Any:
        method = _METHODS.get(name)
        if method is not None:
            return Native(lambda call: method(self, call))
        # Arguments can be added to the result of parser._action_groups.pop() and the like.
        return self if name in _INTERNALS else UNKNOWN

    def item(self) -> Any:
        return self

    def call(self, _call: Call) -> Any:
        return self

    @property
    def owner(self) -> Parser:
        assert self.parser is not None
        return self.parser

    def escape(self, location: str) -> None:
        self.owner.escape(location)


class Parser(Group):
    """An `ArgumentParser`.

    Attributes:
        arguments: in the order in which they were added.
        defaults: the values passed to `set_defaults`, by dest.
        defaults_known: false if `set_defaults` was called with unknown values.
        commands: the parsers of its subcommands, by name.
    """

    def __init__(self, findings: Findings) -> None:
        super().__init__(None)
        self.findings = findings
        self.arguments: list[Argument] = []
        self.defaults: dict[str, Any] = {}
        self.defaults_known = True
        self.commands: dict[str, Parser] = {}
        self.prog: Any = None
        findings.candidates.append(self)

    @property
    def owner(self) -> Parser:
        return self

    @property
    def subcommands(self) -> Mapping[str, Parser]:
        return self.commands

    def flags(self) -> dict[str, FlagDef]:
        defaults = self.defaults if self.defaults_known else None
        return parser_flags(self.arguments, defaults, self.prog)

    def escape(self, location: str) -> None:
        self.findings.warn(
            location, "cannot determine the arguments that a library adds to the parser"
        )


def _init(group: Group, call: Call) -> None:
    parser = group.owner
    parser.prog = call.get(0, "prog")
    parents = call.get(None, "parents", ())
    if not isinstance(parents, (list, tuple)):
        parser.findings.warn(call.location, "cannot determine the parents of the parser")
        return
    for parent in parents:
        if isinstance(parent, Parser):
            parser.arguments.extend(parent.arguments)
            parser.defaults.update(parent.defaults)
            parser.defaults_known = parser.defaults_known and parent.defaults_known
        else:
            parser.findings.warn(call.location, "cannot determine a parent of the parser")


def _add_argument(group: Group, call: Call) -> Any:
    parser = group.owner
    names = [name for name in call.args if isinstance(name, str)]
    if not call.args and isinstance(call.kwargs.get("dest"), str):
        names = [call.kwargs["dest"]]
    if not names or (call.args and len(names) != len(call.args)):
        parser.findings.warn(call.location, "cannot determine the name of an argument")
        return UNKNOWN
    if call.kwargs.get("action") in _IGNORED_ACTIONS or "--help" in names:
        return UNKNOWN
    if not call.complete:
        message = f"argument '{names[0]}' could only be partly analyzed"
        parser.findings.warn(call.location, message)
    parser.arguments.append(Argument(call, names, group.exclusive))
    return UNKNOWN


def _add_group(group: Group, _call: Call) -> Any:
    return Group(group.owner, group.exclusive)


def _add_exclusive_group(group: Group, _call: Call) -> Any:
    return Group(group.owner, exclusive=True)


def _set_defaults(group: Group, call: Call) -> None:
    parser = group.owner
    if not call.complete:
        parser.defaults_known = False
        parser.findings.warn(call.location, "cannot determine the defaults that are set here")
    parser.defaults.update(call.kwargs)


def _add_subparsers(group: Group, _call: Call) -> Any:
    return Subparsers(group.owner)


def _parse(group: Group, call: Call) -> Any:
    group.owner.findings.add_call(group.owner, call.get(0, "args"))
    return UNKNOWN


class Subparsers(Tracked):
    """The result of `add_subparsers`."""

    def __init__(self, parser: Parser) -> None:
        super().__init__()
        self.parser = parser

    def attribute(self, name: str) -> Any:
        return Native(self._add_parser) if name == "add_parser" else UNKNOWN

    def escape(self, location: str) -> None:
        message = "cannot determine the subcommands that a library adds"
        self.parser.findings.warn(location, message)
        self.parser.all_commands_known = False

    def _add_parser(self, call: Call) -> Any:
        command = Parser(self.parser.findings)
        self.parser.findings.candidates.remove(command)
        _init(command, call._replace(args=[]))
        name = call.get(0, "name", UNKNOWN)
        if isinstance(name, str):
            self.parser.commands[name] = command
        else:
            self.parser.all_commands_known = False
            self.parser.findings.warn(call.location, "cannot determine the name of a subcommand")
        return command


_METHODS = {
    "__init__": _init,
    "add_argument": _add_argument,
    "add": _add_argument,  # configargparse
    "add_argument_group": _add_group,
    "add_mutually_exclusive_group": _add_exclusive_group,
    "add_subparsers": _add_subparsers,
    "set_defaults": _set_defaults,
    "parse_args": _parse,
    "parse_known_args": _parse,
    "parse_intermixed_args": _parse,
    "parse_known_intermixed_args": _parse,
}
