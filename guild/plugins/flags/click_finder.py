"""A model of click: the commands that a program defines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.flags.click_flags import Parameter, ParameterType, command_flags
from guild.plugins.flags.command_line import LibraryFinder
from guild.plugins.flags.findings import Entry, Findings
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.values import Call, Function, Native

_SIMPLE_TYPES = {
    "STRING": "string",
    "INT": "int",
    "FLOAT": "float",
    "BOOL": "boolean",
    "UUID": "string",
    "UNPROCESSED": "string",
}
_TYPES = {
    "Choice": "string",
    "IntRange": "int",
    "FloatRange": "float",
    "Path": "string",
    "File": "string",
    "DateTime": "string",
    "Tuple": "string",
}


class ClickFinder(LibraryFinder):
    """Finds the parameters of commands of click, asyncclick and rich_click."""

    library = "click"
    pattern = rb"\bclick\b|asyncclick|rich_click"
    packages = ("click", "rich_click", "asyncclick")

    def models(self, findings: Findings) -> Mapping[str, Any]:
        command = Native(lambda call: _decorate_command(call, findings, None))
        return {
            "click.command": command,
            "click.group": command,
            "click.option": Native(lambda call: _parameter_decorator(Parameter(call, True))),
            "click.argument": Native(lambda call: _parameter_decorator(Parameter(call, False))),
            **{f"click.{name}": ParameterType(t, None) for name, t in _SIMPLE_TYPES.items()},
            **{f"click.{name}": Native(_type_constructor(name)) for name in _TYPES},
        }


def _type_constructor(name: str) -> Callable[[Call], Any]:
    return lambda call: ParameterType(_TYPES[name], call, name)


class Command(Entry):
    """A command, or a group whose `commands` are its subcommands by name."""

    def __init__(self, findings: Findings, function: Any, name: str) -> None:
        super().__init__()
        self.findings = findings
        self.name = name
        self.parameters: list[Parameter] = []
        if isinstance(function, Function):
            # Python applies decorators from the last to the first.
            marks = [mark for mark in function.marks if isinstance(mark, Parameter)]
            self.parameters = marks[::-1]
        self.commands: dict[str, Command] = {}

    @property
    def subcommands(self) -> Mapping[str, Command]:
        return self.commands

    def flags(self) -> dict[str, FlagDef]:
        return command_flags(self.parameters, self.findings.warn)

    def call(self, call: Call) -> Any:
        self.findings.add_call(self, call.get(0, "args"))
        return UNKNOWN

    def attribute(self, name: str) -> Any:
        if name in ("command", "group"):
            return Native(lambda call: _decorate_command(call, self.findings, self))
        if name == "add_command":
            return Native(self._add_command)
        return Native(self.call) if name in ("main", "__call__") else UNKNOWN

    def _add_command(self, call: Call) -> None:
        command = call.get(0, "cmd", UNKNOWN)
        name = call.get(1, "name")
        if not isinstance(command, Command) or name is UNKNOWN:
            self.findings.warn(call.location, "cannot determine a subcommand that is added here")
            return
        self.add_subcommand(command, name or command.name)

    def add_subcommand(self, command: Command, name: str) -> None:
        """Make `command` a subcommand, so that it does not receive the command line itself."""
        self.commands[name] = command
        if command in self.findings.candidates:
            self.findings.candidates.remove(command)


def _decorate_command(call: Call, findings: Findings, parent: Command | None) -> Any:
    """Model `@click.command` and `@click.command(...)`, also as methods of a group."""
    if call.args and isinstance(call.args[0], Function):
        return _create_command(call.args[0], None, findings, parent)
    name = call.get(0, "name")
    if name is UNKNOWN:
        findings.warn(call.location, "cannot determine the name of a subcommand")
        name = None
    return Native(lambda on: _create_command(on.get(0, "f"), name, findings, parent))


def _create_command(
    function: Any, name: Any, findings: Findings, parent: Command | None
) -> Command:
    own_name = function.name if isinstance(function, Function) else ""
    command = Command(findings, function, name or command_name(own_name))
    findings.candidates.append(command)
    if parent is not None:
        parent.add_subcommand(command, command.name)
    return command


def command_name(function_name: str) -> str:
    """Return click's name for a command: `train_cmd` is `train`, `fit_model` `fit-model`."""
    name = function_name.lower().replace("_", "-")
    head, dash, tail = name.rpartition("-")
    return head if dash and tail in ("command", "cmd", "group", "grp") else name


def _parameter_decorator(parameter: Parameter) -> Native:
    def decorate(on: Call) -> Any:
        target = on.args[0] if on.args else UNKNOWN
        if isinstance(target, Function):
            target.marks.append(parameter)
        elif isinstance(target, Command):
            target.parameters.append(parameter)
        return target

    return Native(decorate)
