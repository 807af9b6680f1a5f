"""Flags for the parameters of a click command."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant, is_scalar
from guild.plugins.flags.interpreter.values import Call, External, Thing
from guild.plugins.flags.switches import either_way, long_options, two_way


class ParameterType(Thing):
    """A parameter type.

    Attributes:
        flag_type: the type of a flag with such values.
        constructor: the call that created the type; None for constants such as `click.INT`.
        name: the name of its class, if `constructor` is set.
    """

    def __init__(self, flag_type: str, constructor: Call | None, name: str = "") -> None:
        self.flag_type = flag_type
        self.constructor = constructor
        self.name = name


class Parameter:
    """A `click.option` or `click.argument`.

    Attributes:
        options: its option strings; none for an argument.
        off: the option strings that turn it off (`--a/--no-a`).
        variable: the name of the function's parameter, if declared.
    """

    def __init__(self, call: Call, is_option: bool) -> None:
        self.call = call
        self.is_option = is_option
        self.options: list[str] = []
        self.off: list[str] = []
        self.variable = ""
        for declaration in call.args:
            if isinstance(declaration, str):
                self._add_declaration(declaration)

    def _add_declaration(self, declaration: str) -> None:
        if not self.is_option or not declaration.startswith("-"):
            self.variable = declaration
            return
        on, separator, off = declaration.partition(";" if ";" in declaration else "/")
        self.options.append(on.strip())
        if separator:
            self.off.append(off.strip())

    @property
    def name(self) -> str:
        """Name of the flag: the first long option, as in Guild AI 0.9."""
        if not self.is_option:
            return self.variable.lower().replace("-", "_")
        return (long_options(self.options) or self.options or [self.variable])[0].lstrip("-")

    @property
    def arg_name(self) -> str | None:
        """`arg_name` of the flag, as described by `FoundFlags`."""
        if not self.is_option:
            return ""
        return None if long_options(self.options) or not self.options else self.options[0]


def command_flags(
    parameters: Sequence[Parameter], warn: Callable[[str, str], None]
) -> dict[str, FlagDef]:
    """Return the flags of a command in the order of its decorators.

    `warn` is called with the location and the message of each warning.
    """
    flags: dict[str, FlagDef] = {}
    for parameter in parameters:
        if not parameter.name:
            warn(parameter.call.location, "cannot determine the name of an option")
            continue
        if not parameter.call.complete:
            message = f"option '{parameter.name}' could only be partly analyzed"
            warn(parameter.call.location, message)
        flags.setdefault(parameter.name, _flag(parameter))
    return flags


def _flag(parameter: Parameter) -> FlagDef:
    call = parameter.call
    default = call.get(None, "default")
    default = default if is_constant(default) else UNKNOWN
    description = call.get(None, "help")
    flag = FlagDef(
        parameter.name,
        description=" ".join(description.split()) if isinstance(description, str) else "",
        required=_is_required(parameter, default),
        arg_name=parameter.arg_name,
        source=call.location,
    )
    if call.get(None, "count", False) is True:
        return flag._replace(
            type="int", default=0, arg_switch=1, choices=(FlagChoice(0), FlagChoice(1))
        )
    if _is_switch(parameter):
        return _switch(flag, parameter, default)
    return _valued(flag, call, default)


def _is_required(parameter: Parameter, default: Any) -> bool:
    required = parameter.call.get(None, "required")
    if parameter.is_option:
        prompts = parameter.call.get(None, "prompt", False) not in (False, None)
        return required is True or (prompts and default is None)
    if required is None:
        return default is None and parameter.call.get(None, "nargs") != -1
    return required is True


def _is_switch(parameter: Parameter) -> bool:
    if not parameter.is_option:
        return False
    is_flag = parameter.call.get(None, "is_flag")
    has_flag_value = parameter.call.get(None, "flag_value") is not None
    return bool(parameter.off) or is_flag is True or (is_flag is None and has_flag_value)


def _switch(flag: FlagDef, parameter: Parameter, default: Any) -> FlagDef:
    value = default if isinstance(default, bool) else None
    if parameter.call.get(None, "flag_value") is not None:
        # Several such options set the same parameter; that of the default is not passed.
        return two_way(flag, flag.arg_name, True, None if value else False)
    if default is None:
        if parameter.off and "default" in parameter.call.kwargs:
            return either_way(flag, parameter.options[0], parameter.off[0])
        value = False
    option = flag.arg_name
    if value is True and parameter.off:
        option = (long_options(parameter.off) or parameter.off)[0].removeprefix("--")
    return two_way(flag, option, value is not True, value)


def _valued(flag: FlagDef, call: Call, default: Any) -> FlagDef:
    nargs = call.get(None, "nargs", 1)
    kind = call.get(None, "type")
    repeated = call.get(None, "multiple", False) is not False
    many = not repeated and (isinstance(kind, tuple) or nargs == -1 or nargs not in (1, UNKNOWN))
    flag = _with_type(flag, kind, default)._replace(arg_split=True if many else None)
    if repeated:  # a flag can only have one of its values
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
    return flag._replace(default=default) if is_scalar(default) else flag


# -- Types

_BUILTIN_TYPES = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "string",
    "builtins.bool": "boolean",
}


def _with_type(flag: FlagDef, kind: Any, default: Any) -> FlagDef:
    if isinstance(kind, External) and kind.name in _BUILTIN_TYPES:
        flag = flag._replace(type=_BUILTIN_TYPES[kind.name])
    elif isinstance(kind, ParameterType):
        flag = _with_values(flag._replace(type=kind.flag_type), kind)
    elif kind is None:
        flag = flag._replace(type=_type_of_default(default))
    elif isinstance(kind, list) and is_constant(kind):  # click 7 accepts a list as a Choice
        flag = flag._replace(type="string", choices=tuple(map(FlagChoice, kind)))
    else:
        flag = flag._replace(type=None if isinstance(kind, (list, tuple)) else "string")
    if flag.type == "boolean":
        return flag._replace(arg_encoding={True: "true", False: "false"})
    return flag


def _with_values(flag: FlagDef, kind: ParameterType) -> FlagDef:
    """Return `flag` with the choices or the range of `kind`."""
    call = kind.constructor
    if call is None:
        return flag
    if kind.name == "Choice":
        values = call.get(0, "choices")
        if not isinstance(values, (list, tuple)) or not is_constant(values):
            return flag
        exact = call.get(1, "case_sensitive", True) is True
        return flag._replace(choices=tuple(map(FlagChoice, values)), allow_other=not exact)
    if kind.name in ("IntRange", "FloatRange") and call.get(None, "clamp", False) is False:
        step = 1 if kind.name == "IntRange" else 0
        low, high = call.get(0, "min"), call.get(1, "max")
        if call.get(2, "min_open", False) is True and isinstance(low, int):
            low += step
        if call.get(3, "max_open", False) is True and isinstance(high, int):
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
