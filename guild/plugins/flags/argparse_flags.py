"""Flags for the arguments of an argparse parser."""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant, is_scalar
from guild.plugins.flags.interpreter.values import Call, Class, External, Function, Thing
from guild.plugins.flags.switches import either_way, long_options, two_way

_SUPPRESS = "==SUPPRESS=="
_REMAINDER = "..."
_SWITCHES = (
    "store_true",
    "store_false",
    "store_const",
    "append_const",
    "count",
    "boolean_optional",
)


class Argument:
    """A call of `add_argument`.

    Attributes:
        options: its option strings; none for a positional argument.
        dest: its name in the parsed namespace.
        exclusive: whether it belongs to a mutually exclusive group.
        boolean_words: the words that its type converts to true and to false, if known.
    """

    def __init__(self, call: Call, names: list[str], exclusive: bool) -> None:
        self.call = call
        self.options = [name for name in names if name.startswith("-")]
        self.dest = _dest(call, names)
        self.exclusive = exclusive
        self.boolean_words: Sequence[str] | None = None

    @property
    def action(self) -> Any:
        return self.call.get(None, "action", "store")

    @property
    def name(self) -> str:
        """Name of the flag: the first long option, as in Guild AI 0.9."""
        if not self.options:
            return self.dest
        return (long_options(self.options) or self.options)[0].lstrip("-")

    @property
    def arg_name(self) -> str | None:
        """`arg_name` of the flag, as described by `FoundFlags`."""
        if not self.options:
            return ""
        return None if long_options(self.options) else self.options[0]


def _dest(call: Call, names: list[str]) -> str:
    dest = call.kwargs.get("dest")
    if isinstance(dest, str):
        return dest
    name = (long_options(names) or names)[0]
    return name.lstrip("-").replace("-", "_" if names[0].startswith("-") else "-")


def parser_flags(
    arguments: Sequence[Argument], defaults: Mapping[str, Any] | None, prog: Any
) -> dict[str, FlagDef]:
    """Return the flags of a parser in the order of its arguments.

    `defaults` are those set for the parser, by dest; None if they are unknown. Arguments
    of the same name, added in different branches, are one flag; it has a default only if
    they agree. If several switches set the same dest, the one for the value that already
    applies has no default: passing it would undo another.
    """
    flags: dict[str, FlagDef] = {}
    dest_counts = Counter(argument.dest for argument in arguments)
    for argument in arguments:
        flag = _flag(argument, _default(argument, defaults), prog)
        if dest_counts[argument.dest] > 1 and flag.arg_switch == flag.default:
            flag = flag._replace(default=None)
        other = flags.get(flag.name)
        if other is not None and other._replace(source=flag.source) != flag:
            flag = flag._replace(default=None, choices=())
        flags[flag.name] = flag
    return flags


def _flag(argument: Argument, default: Any, prog: Any) -> FlagDef:
    flag = FlagDef(
        argument.name,
        required=_is_required(argument),
        arg_name=argument.arg_name,
        source=argument.call.location,
    )
    action = _action_name(argument)
    if action in _SWITCHES:
        flag = _switch(flag, argument, action, default)
    else:
        flag = _valued(flag, argument, action, default)
    return flag._replace(description=_description(argument, default, prog))


def _action_name(argument: Argument) -> str:
    """Return the name of the argument's action; for a class of the project it is `store`."""
    action = argument.action
    if isinstance(action, External) and action.name.endswith(".BooleanOptionalAction"):
        return "boolean_optional"
    if isinstance(action, str):
        return action
    return "store_true" if argument.call.get(None, "nargs") == 0 else "store"


def _default(argument: Argument, defaults: Mapping[str, Any] | None) -> Any:
    """Return the value without the argument: a constant, or `UNKNOWN`."""
    if defaults is None:
        return UNKNOWN
    if argument.dest in defaults:
        value = defaults[argument.dest]
    elif "default" in argument.call.kwargs:
        value = argument.call.kwargs["default"]
    elif not argument.call.complete:
        return UNKNOWN
    else:
        value = {"store_true": False, "store_false": True}.get(_action_name(argument))
    return value if value != _SUPPRESS and is_constant(value) else UNKNOWN


def _is_required(argument: Argument) -> bool:
    if argument.options:
        return argument.call.get(None, "required", False) is True
    nargs = argument.call.get(None, "nargs")
    return nargs is None or nargs == "+" or (isinstance(nargs, int) and nargs > 0)


# -- Options without a value


def _switch(flag: FlagDef, argument: Argument, action: str, default: Any) -> FlagDef:
    """Complete a flag whose option takes no value: it is passed if the flag is `arg_switch`.

    If the value that the option stores is unknown, true represents it.
    """
    known_default = None if default is UNKNOWN else default
    if action == "boolean_optional":
        return _boolean_optional(flag, argument, default)
    if action in ("store_true", "store_false"):
        return two_way(flag, flag.arg_name, action == "store_true", known_default)
    if action == "count":
        once = default + 1 if isinstance(default, int) else 1
        return flag._replace(
            arg_switch=once,
            default=known_default,
            type="int",
            choices=(FlagChoice(once - 1), FlagChoice(once)),
        )
    const = argument.call.get(1, "const", UNKNOWN)
    if action == "append_const" or not is_scalar(const):
        return two_way(flag, flag.arg_name, True, False)
    if not is_scalar(default):
        return flag._replace(arg_switch=const)
    values = (const,) if const == default else (default, const)
    return flag._replace(arg_switch=const, default=default, choices=tuple(map(FlagChoice, values)))


def _boolean_optional(flag: FlagDef, argument: Argument, default: Any) -> FlagDef:
    names = long_options(argument.options)
    off = f"no-{names[0][2:]}" if names else ""
    if default is True and off:
        return two_way(flag, off, False, default)
    if default is not False and off:
        return either_way(flag, argument.options[0], f"--{off}")
    return two_way(flag, flag.arg_name, True, None if default is UNKNOWN else default)


# -- Arguments with a value


def _valued(flag: FlagDef, argument: Argument, action: str, default: Any) -> FlagDef:
    nargs = argument.call.get(None, "nargs")
    many = nargs in ("+", "*", _REMAINDER) or (isinstance(nargs, int) and nargs > 0)
    kind, encoding = _value_type(argument.call.get(None, "type"), default)
    if argument.boolean_words:
        kind, encoding = "boolean", dict(zip((True, False), argument.boolean_words, strict=True))
    if not argument.call.complete and "type" not in argument.call.kwargs:
        kind = None
    flag = flag._replace(
        type=kind,
        arg_encoding=encoding,
        arg_split=True if many else None,
        choices=_choices(argument),
    )
    repeated = action in ("append", "extend") and not many
    if argument.exclusive or repeated or isinstance(argument.action, Thing):
        # Mutually exclusive options cannot all be passed, a repeated one adds to its
        # default, and the program's own action may convert its value.
        return flag
    if many:
        # The script has an empty list only if the option is not passed.
        if isinstance(default, (list, tuple)) and default and all(map(is_scalar, default)):
            return flag._replace(default=" ".join(shlex.quote(str(item)) for item in default))
        return flag
    if isinstance(default, str) and kind in ("int", "float"):
        return flag._replace(default=_converted(default, kind))
    return flag._replace(default=default) if is_scalar(default) else flag


def _converted(string: str, kind: str) -> Any:
    """Convert a default as argparse does, which treats it like a value."""
    try:
        return int(string) if kind == "int" else float(string)
    except ValueError:
        return None


_TYPES = {"builtins.int": "int", "builtins.float": "float", "builtins.str": "string"}


def _value_type(value: Any, default: Any) -> tuple[str | None, dict[Any, Any] | None]:
    """Return the flag type for the `type` of an argument, and how its values are encoded.

    A function of the program receives the unchanged string, so the type is `string`
    unless the default shows that the function returns numbers or booleans.
    """
    if isinstance(value, External):
        if value.name in _TYPES:
            return _TYPES[value.name], None
        if value.name == "builtins.bool":  # only an empty string is false
            return "boolean", {True: "1", False: ""}
    if isinstance(value, Thing) and (_names_bool(value) or isinstance(default, bool)):
        return "boolean", _boolean_encoding(value)
    if default is None or default is UNKNOWN or isinstance(default, str):
        return "string", None
    is_list = isinstance(default, (list, tuple))
    return "string" if is_list and all(isinstance(v, str) for v in default) else None, None


def _names_bool(value: Thing) -> bool:
    return "bool" in getattr(value, "name", "").lower()


def _boolean_encoding(value: Thing) -> dict[Any, Any]:
    """Return the words that a function with a boolean result converts to true and false."""
    if isinstance(value, Function):
        called = {
            node.func.id
            for node in ast.walk(value.node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if "int" in called:
            return {True: "1", False: "0"}
    if isinstance(value, External) and value.name == "json.loads":
        return {True: "true", False: "false"}
    return {True: "True", False: "False"}


def _choices(argument: Argument) -> tuple[FlagChoice, ...]:
    values = argument.call.get(None, "choices")
    if isinstance(values, set) and is_constant(values):
        values = sorted(values, key=str)
    if isinstance(values, dict):
        values = list(values)
    if not isinstance(values, (list, tuple)) or not is_constant(values):
        return ()
    return tuple(FlagChoice(value) for value in values if is_scalar(value))


# -- Help

_FIELD = re.compile(r"%(?:\((\w+)\)[sdrf]|%)")


def _description(argument: Argument, default: Any, prog: Any) -> str:
    """Return the help of the argument with its `%(...)s` fields filled in where known."""
    template = argument.call.get(None, "help")
    if not isinstance(template, str) or template == _SUPPRESS:
        return ""
    kind = argument.call.get(None, "type")
    is_named = isinstance(kind, (External, Function, Class))
    fields: Mapping[str, Any] = {
        **{name: value for name, value in argument.call.kwargs.items() if is_constant(value)},
        "dest": argument.dest,
        "default": default,
        "prog": prog,
        "type": kind.name.rpartition(".")[2] if is_named else UNKNOWN,
        "choices": ", ".join(str(choice.value) for choice in _choices(argument)) or UNKNOWN,
    }

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%"
        value = fields.get(match[1], UNKNOWN)
        return match[0] if value is UNKNOWN else str(value)

    return " ".join(_FIELD.sub(fill, template).split())
