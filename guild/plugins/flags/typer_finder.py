"""A model of typer: commands whose parameters are those of functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.flags.click_finder import Command, command_name
from guild.plugins.flags.click_flags import Parameter
from guild.plugins.flags.command_line import LibraryFinder
from guild.plugins.flags.findings import Findings
from guild.plugins.flags.interpreter.values import (
    Call,
    External,
    Function,
    Native,
    Subscripted,
    Thing,
)


class TyperFinder(LibraryFinder):
    """Finds the parameters of typer's commands."""

    library = "typer"
    pattern = rb"\btyper\b"
    packages = ("typer",)

    def models(self, findings: Findings) -> Mapping[str, Any]:
        return {
            "typer.Typer": Native(lambda _call: App(findings)),
            "typer.run": Native(lambda call: _run(call, findings)),
            "typer.Option": Native(lambda call: Declaration(call, True)),
            "typer.Argument": Native(lambda call: Declaration(call, False)),
        }


class Declaration(Thing):
    """A call of `typer.Option` or `typer.Argument`."""

    def __init__(self, constructor: Call, is_option: bool) -> None:
        self.constructor = constructor
        self.is_option = is_option


class App(Command):
    """A `Typer`. Its callback has its own options; a single command is the app itself."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings, None, "")
        self._has_callback = False
        findings.candidates.append(self)

    @property
    def _single_command(self) -> Command | None:
        if len(self.commands) != 1 or self._has_callback:
            return None
        [command] = self.commands.values()
        return None if isinstance(command, App) else command

    @property
    def subcommands(self) -> Mapping[str, Command]:
        return {} if self._single_command else self.commands

    def flags(self) -> dict[str, FlagDef]:
        return self._single_command.flags() if self._single_command else super().flags()

    def attribute(self, name: str) -> Any:
        if name == "command":
            return Native(lambda call: Native(lambda on: self._command(on, call.get(0, "name"))))
        if name == "callback":
            return Native(lambda _call: Native(self._callback))
        if name == "add_typer":
            return Native(self._add_app)
        return super().attribute(name)

    def _command(self, on: Call, name: Any) -> Any:
        function = on.get(0, "f")
        if isinstance(function, Function):
            command = _function_command(function, self.findings, name)
            self.add_subcommand(command, command.name)
        return function

    def _callback(self, on: Call) -> Any:
        function = on.get(0, "f")
        if isinstance(function, Function):
            self._has_callback = True
            self.parameters = _function_parameters(function)
        return function

    def _add_app(self, call: Call) -> None:
        app, name = call.get(0, "typer_instance"), call.get(None, "name")
        if isinstance(app, App) and isinstance(name, str):
            self.add_subcommand(app, name)
        else:
            self.findings.warn(call.location, "cannot determine a subcommand that is added here")


def _run(call: Call, findings: Findings) -> None:
    function = call.get(0, "function")
    if isinstance(function, Function):
        findings.add_call(_function_command(function, findings), None)


def _function_command(function: Function, findings: Findings, name: Any = None) -> Command:
    command = Command(findings, None, name or command_name(function.name))
    command.parameters = _function_parameters(function)
    return command


def _function_parameters(function: Function) -> list[Parameter]:
    spec = function.node.args
    parameters: list[Parameter] = []
    for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
        kind, declaration = _split_annotation(function.annotations.get(arg.arg))
        default = function.defaults.get(arg.arg, ...)
        if isinstance(default, Declaration):
            declaration = default
            default = declaration.constructor.get(0, "default", ...)
        if isinstance(kind, External) and kind.name == "typer.Context":
            continue
        location = f"{function.scope.module.file}:{arg.lineno}"
        parameters.append(_parameter(arg.arg, kind, default, declaration, location))
    return parameters


def _split_annotation(annotation: Any) -> tuple[Any, Declaration | None]:
    """Return the type of an annotation, and the declaration that `Annotated` adds to it."""
    if isinstance(annotation, Subscripted):
        name = annotation.name.rpartition(".")[2]
        if name == "Annotated":
            kind, _ = _split_annotation(annotation.args[0])
            extras = [arg for arg in annotation.args[1:] if isinstance(arg, Declaration)]
            return kind, extras[0] if extras else None
        if name == "Optional":
            return _split_annotation(annotation.args[0])
    if isinstance(annotation, str):
        return External(f"builtins.{annotation}"), None
    return annotation, None


def _parameter(
    variable: str, kind: Any, default: Any, declaration: Declaration | None, location: str
) -> Parameter:
    """Return the click parameter that typer creates for a function's parameter.

    `default` is an ellipsis for a parameter without one.
    """
    required = default is ...
    is_option = declaration.is_option if declaration else not required
    call = declaration.constructor if declaration else Call([], {}, True, location)
    # Only in `Annotated` is the first positional argument an option; else it is the default.
    names = [name for name in call.args if isinstance(name, str) and name.startswith("-")]
    is_bool = isinstance(kind, External) and kind.name == "builtins.bool"
    option = "--" + variable.replace("_", "-")
    if not names:
        names = [f"{option}/--no-{option[2:]}" if is_bool and is_option else option]
    keywords: dict[str, Any] = {"required": required, "help": call.get(None, "help")}
    if isinstance(kind, Subscripted):  # a list or a tuple
        keywords["multiple" if is_option else "nargs"] = True if is_option else -1
        kind = None
    elif is_bool and is_option:
        kind = None
    keywords.update(type=kind, default=None if required else default)
    keywords["count"] = call.get(None, "count", False)
    return Parameter(
        Call(names if is_option else [variable], keywords, call.complete, location), is_option
    )
