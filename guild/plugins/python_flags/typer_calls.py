"""A model of typer: commands whose parameters are those of functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.python_flags.click_calls import Command, Parameter, command_name
from guild.plugins.python_flags.findings import Findings
from guild.plugins.python_flags.values import (
    Call,
    External,
    Function,
    Native,
    Subscripted,
    Thing,
)


def typer_library(findings: Findings) -> dict[str, Any]:
    """The modelled names of typer."""
    return {
        "typer.Typer": Native(lambda _call: App(findings)),
        "typer.run": Native(lambda call: _run(call, findings)),
        "typer.Option": Native(lambda call: Declaration(call, True)),
        "typer.Argument": Native(lambda call: Declaration(call, False)),
    }


class Declaration(Thing):
    """`typer.Option(...)` or `typer.Argument(...)`."""

    def __init__(self, made: Call, is_option: bool) -> None:
        self.made = made
        self.is_option = is_option


class App(Command):
    """A `Typer`: its callback has its own options; one sole command is the app itself."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings, None, "")
        self._has_callback = False
        findings.made.append(self)

    @property
    def _sole(self) -> Command | None:
        one = len(self.commands) == 1 and not self._has_callback
        found = next(iter(self.commands.values())) if one else None
        return None if isinstance(found, App) else found

    @property
    def subcommands(self) -> Mapping[str, Command]:
        return {} if self._sole else self.commands

    def flags(self) -> dict[str, FlagDef]:
        return self._sole.flags() if self._sole else super().flags()

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
            command = Command(self.findings, None, name or command_name(function.name))
            command.parameters = _parameters(function)
            self.adopt(command, command.name)
        return function

    def _callback(self, on: Call) -> Any:
        function = on.get(0, "f")
        if isinstance(function, Function):
            self._has_callback = True
            self.parameters = _parameters(function)
        return function

    def _add_app(self, call: Call) -> None:
        app, name = call.get(0, "typer_instance"), call.get(None, "name")
        if isinstance(app, App) and isinstance(name, str):
            self.adopt(app, name)
        else:
            self.findings.warn(call.where, "a subcommand is not known")


def _run(call: Call, findings: Findings) -> None:
    function = call.get(0, "function")
    if isinstance(function, Function):
        command = Command(findings, None, command_name(function.name))
        command.parameters = _parameters(function)
        findings.enter(command, None)


def _parameters(function: Function) -> list[Parameter]:
    spec = function.node.args
    found: list[Parameter] = []
    for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
        kind, declaration = _declared(function.annotations.get(arg.arg))
        default = function.defaults.get(arg.arg, ...)
        if isinstance(default, Declaration):
            declaration = default
            default = declaration.made.get(0, "default", ...)
        if isinstance(kind, External) and kind.name == "typer.Context":
            continue
        where = f"{function.scope.module.file}:{arg.lineno}"
        found.append(_parameter(arg.arg, kind, default, declaration, where))
    return found


def _declared(annotation: Any) -> tuple[Any, Declaration | None]:
    """The type that an annotation names, and what `Annotated` adds to it."""
    if isinstance(annotation, Subscripted):
        name = annotation.name.rpartition(".")[2]
        if name == "Annotated":
            kind, _ = _declared(annotation.args[0])
            extras = [arg for arg in annotation.args[1:] if isinstance(arg, Declaration)]
            return kind, extras[0] if extras else None
        if name == "Optional":
            return _declared(annotation.args[0])
    if isinstance(annotation, str):
        return External(f"builtins.{annotation}"), None
    return annotation, None


def _parameter(
    variable: str, kind: Any, default: Any, declaration: Declaration | None, where: str
) -> Parameter:
    """The click parameter that typer makes of a function's parameter.

    `default` is an ellipsis where there is none.
    """
    required = default is ...
    is_option = declaration.is_option if declaration else not required
    given = declaration.made if declaration else Call([], {}, True, where)
    # In `Annotated` all positional arguments are declarations; else the first is the default.
    texts = [text for text in given.args if isinstance(text, str) and text.startswith("-")]
    is_bool = isinstance(kind, External) and kind.name == "builtins.bool"
    option = "--" + variable.replace("_", "-")
    if not texts:
        texts = [f"{option}/--no-{option[2:]}" if is_bool and is_option else option]
    options: dict[str, Any] = {"required": required, "help": given.get(None, "help")}
    if isinstance(kind, Subscripted):  # a list, a tuple
        options["multiple" if is_option else "nargs"] = True if is_option else -1
        kind = None
    elif is_bool and is_option:
        kind = None
    options.update(type=kind, default=None if required else default)
    options["count"] = given.get(None, "count", False)
    return Parameter(
        Call(texts if is_option else [variable], options, given.complete, where), is_option
    )
