"""A model of click: the commands that a program defines, and the flags that they have."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.plugins.python_flags.argparse_calls import either_way
from guild.plugins.python_flags.constants import UNKNOWN, is_constant
from guild.plugins.python_flags.findings import Entry, Findings
from guild.plugins.python_flags.values import (
    Call,
    External,
    Function,
    Native,
    Thing,
)


def click_library(findings: Findings) -> dict[str, Any]:
    """The modelled names of click."""
    command = Native(lambda call: _command_decorator(call, findings, None))
    library: dict[str, Any] = {
        "click.command": command,
        "click.group": command,
        "click.option": Native(lambda call: Native(lambda on: _mark(on, Parameter(call, True)))),
        "click.argument": Native(lambda call: Native(lambda on: _mark(on, Parameter(call, False)))),
        **{f"click.{name}": Type(kind, None) for name, kind in _SIMPLE_TYPES.items()},
    }
    for name in _TYPES:
        library[f"click.{name}"] = Native(_type_maker(name))
    return library


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


class Type(Thing):
    """A parameter type; `made` is the call that made it, if one did."""

    def __init__(self, kind: str, made: Call | None, name: str = "") -> None:
        self.kind = kind
        self.made = made
        self.name = name


def _type_maker(name: str) -> Callable[[Call], Any]:
    return lambda call: Type(_TYPES[name], call, name)


class Parameter:
    """One `click.option` or `click.argument`.

    Attributes:
        options: its option strings; none for an argument.
        off: the option strings that turn it off (`--a/--no-a`).
        name: what the flag is called: the first long option, as Guild AI 0.9 has it.
    """

    def __init__(self, call: Call, is_option: bool) -> None:
        self.call = call
        self.is_option = is_option
        self.options: list[str] = []
        self.off: list[str] = []
        self.variable = ""
        for text in call.args:
            if isinstance(text, str):
                self._add_declaration(text)

    def _add_declaration(self, text: str) -> None:
        if not self.is_option or not text.startswith("-"):
            self.variable = text
            return
        separator = ";" if ";" in text else "/"
        on, found, off = text.partition(separator)
        self.options.append(on.strip())
        if found:
            self.off.append(off.strip())

    @property
    def name(self) -> str:
        if not self.is_option:
            return self.variable.lower().replace("-", "_")
        long = [option for option in self.options if option.startswith("--")]
        return (long or self.options or [self.variable])[0].lstrip("-")

    @property
    def arg_name(self) -> str | None:
        if not self.is_option:
            return ""
        long = any(option.startswith("--") for option in self.options)
        return None if long or not self.options else self.options[0]


class Command(Entry):
    """A command or a group, whose `commands` are its subcommands by name."""

    def __init__(self, findings: Findings, function: Any, name: str) -> None:
        super().__init__()
        self.findings = findings
        self.name = name
        self.parameters: list[Parameter] = []
        if isinstance(function, Function):
            # Decorators are applied from the last to the first.
            marks = [mark for mark in function.marks if isinstance(mark, Parameter)]
            self.parameters = marks[::-1]
        self.commands: dict[str, Command] = {}

    @property
    def subcommands(self) -> Mapping[str, Command]:
        return self.commands

    def flags(self) -> dict[str, FlagDef]:
        return command_flags(self)

    def call(self, call: Call) -> Any:
        self.findings.enter(self, call.get(0, "args"))
        return UNKNOWN

    def attribute(self, name: str) -> Any:
        if name in ("command", "group"):
            return Native(lambda call: _command_decorator(call, self.findings, self))
        if name == "add_command":
            return Native(self._add_command)
        return Native(self.call) if name in ("main", "__call__") else UNKNOWN

    def _add_command(self, call: Call) -> None:
        command = call.get(0, "cmd", UNKNOWN)
        name = call.get(1, "name")
        if not isinstance(command, Command) or name is UNKNOWN:
            self.findings.warn(call.where, "a subcommand is not known")
            return
        self.adopt(command, name or command.name)

    def adopt(self, command: Command, name: str) -> None:
        self.commands[name] = command
        if command in self.findings.made:
            self.findings.made.remove(command)


def _command_decorator(call: Call, findings: Findings, parent: Command | None) -> Any:
    """`@click.command`, `@click.command(...)` and the same as methods of a group."""
    if call.args and isinstance(call.args[0], Function):
        return _make_command(call.args[0], None, findings, parent)
    name = call.get(0, "name")
    if name is UNKNOWN:
        findings.warn(call.where, "the name of a subcommand is not known")
        name = None
    return Native(lambda on: _make_command(on.get(0, "f"), name, findings, parent))


def _make_command(function: Any, name: Any, findings: Findings, parent: Command | None) -> Command:
    own_name = function.name if isinstance(function, Function) else ""
    command = Command(findings, function, name or command_name(own_name))
    findings.made.append(command)
    if parent is not None:
        parent.adopt(command, command.name)
    return command


def command_name(function_name: str) -> str:
    """The name that click gives to a command: `train_cmd` is `train`, `fit_model` `fit-model`."""
    name = function_name.lower().replace("_", "-")
    head, dash, tail = name.rpartition("-")
    return head if dash and tail in ("command", "cmd", "group", "grp") else name


def _mark(on: Call, parameter: Parameter) -> Any:
    target = on.args[0] if on.args else UNKNOWN
    if isinstance(target, Function):
        target.marks.append(parameter)
    elif isinstance(target, Command):
        target.parameters.append(parameter)
    return target


# -- From parameters to flags


def command_flags(command: Command) -> dict[str, FlagDef]:
    """The flags of `command`, in the order of its decorators."""
    flags: dict[str, FlagDef] = {}
    for parameter in command.parameters:
        if not parameter.name:
            command.findings.warn(parameter.call.where, "the name of an option is not known")
            continue
        if not parameter.call.complete:
            text = f"not all is known of option {parameter.name!r}"
            command.findings.warn(parameter.call.where, text)
        flags.setdefault(parameter.name, _flag(parameter))
    return flags


def _flag(parameter: Parameter) -> FlagDef:
    call = parameter.call
    default = _default(call)
    text = call.get(None, "help")
    flag = FlagDef(
        parameter.name,
        description=" ".join(text.split()) if isinstance(text, str) else "",
        required=_is_required(parameter, default),
        arg_name=parameter.arg_name,
        source=call.where,
    )
    if call.get(None, "count", False) is True:
        return flag._replace(
            type="int", default=0, arg_switch=1, choices=(FlagChoice(0), FlagChoice(1))
        )
    if _is_switch(parameter):
        return _switch(flag, parameter, default)
    return _valued(flag, call, default)


def _default(call: Call) -> Any:
    value = call.get(None, "default")
    return value if is_constant(value) else UNKNOWN


def _is_required(parameter: Parameter, default: Any) -> bool:
    required = parameter.call.get(None, "required")
    if parameter.is_option:
        prompts = parameter.call.get(None, "prompt", False) not in (False, None)
        return required is True or (prompts and default is None)
    if required is None:
        return default is None and parameter.call.get(None, "nargs") != -1
    return required is True


def _is_switch(parameter: Parameter) -> bool:
    call = parameter.call
    if not parameter.is_option:
        return False
    given = call.get(None, "is_flag")
    return (
        bool(parameter.off)
        or given is True
        or (given is None and call.get(None, "flag_value") is not None)
    )


def _switch(flag: FlagDef, parameter: Parameter, default: Any) -> FlagDef:
    value = default if isinstance(default, bool) else None
    stored = parameter.call.get(None, "flag_value") is not None
    if default is None and not stored:
        if parameter.off and "default" in parameter.call.kwargs:
            return either_way(flag, parameter.options[0], parameter.off[0])
        value = False
    option, switch = flag.arg_name, True
    if value is True:
        switch = False
        if parameter.off:
            off = [text for text in parameter.off if text.startswith("--")] or parameter.off
            option = off[0].removeprefix("--")
    if stored:  # several such options set one thing: that of the default is not given
        option, switch, value = flag.arg_name, True, None if value else False
    return flag._replace(
        type="boolean",
        default=value,
        arg_name=option,
        arg_switch=switch,
        choices=(FlagChoice(True), FlagChoice(False)),
    )


def _valued(flag: FlagDef, call: Call, default: Any) -> FlagDef:
    nargs = call.get(None, "nargs", 1)
    kind = call.get(None, "type")
    repeated = call.get(None, "multiple", False) is not False
    many = not repeated and (isinstance(kind, tuple) or nargs == -1 or nargs not in (1, UNKNOWN))
    flag = _typed(flag, kind, default)._replace(arg_split=True if many else None)
    if repeated:  # only one value of it can be a flag's
        return flag
    if many:
        if isinstance(default, (list, tuple)) and default:
            return flag._replace(default=" ".join(shlex.quote(str(item)) for item in default))
        return flag
    if isinstance(default, str) and flag.type in ("int", "float"):
        try:
            return flag._replace(default=int(default) if flag.type == "int" else float(default))
        except ValueError:
            return flag
    scalar = default is None or isinstance(default, (bool, int, float, str))
    return flag._replace(default=default) if scalar else flag


_BUILTIN_TYPES = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "string",
    "builtins.bool": "boolean",
}


def _typed(flag: FlagDef, kind: Any, default: Any) -> FlagDef:
    if isinstance(kind, External) and kind.name in _BUILTIN_TYPES:
        flag = flag._replace(type=_BUILTIN_TYPES[kind.name])
    elif isinstance(kind, Type):
        flag = _with_type(flag._replace(type=kind.kind), kind)
    elif kind is None:
        flag = flag._replace(type=_type_of_default(default))
    elif isinstance(kind, (list, tuple)) and not isinstance(kind, str):
        flag = flag._replace(type=None)
    else:
        flag = flag._replace(type="string")
    if isinstance(kind, list) and is_constant(kind):  # click 7 took a list for a Choice
        flag = flag._replace(type="string", choices=tuple(map(FlagChoice, kind)))
    if flag.type == "boolean":
        return flag._replace(arg_encoding={True: "true", False: "false"})
    return flag


def _with_type(flag: FlagDef, kind: Type) -> FlagDef:
    if kind.made is None:
        return flag
    if kind.name == "Choice":
        values = kind.made.get(0, "choices")
        if not isinstance(values, (list, tuple)) or not is_constant(values):
            return flag
        exact = kind.made.get(1, "case_sensitive", True) is True
        return flag._replace(choices=tuple(map(FlagChoice, values)), allow_other=not exact)
    if kind.name in ("IntRange", "FloatRange") and kind.made.get(None, "clamp", False) is False:
        step = 1 if kind.name == "IntRange" else 0
        low, high = kind.made.get(0, "min"), kind.made.get(1, "max")
        if kind.made.get(2, "min_open", False) is True and isinstance(low, int):
            low += step
        if kind.made.get(3, "max_open", False) is True and isinstance(high, int):
            high -= step
        return flag._replace(
            min=low if isinstance(low, (int, float)) else None,
            max=high if isinstance(high, (int, float)) else None,
        )
    return flag


def _type_of_default(default: Any) -> str | None:
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, int):
        return "int"
    if isinstance(default, float):
        return "float"
    if isinstance(default, (list, tuple)) and default:
        kinds = {_type_of_default(item) for item in default}
        return kinds.pop() if len(kinds) == 1 else None
    return "string"
