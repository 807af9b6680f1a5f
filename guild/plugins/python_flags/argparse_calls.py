"""A model of argparse: what parsers a program builds, and the flags that they have."""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.plugins.python_flags.constants import UNKNOWN, is_constant
from guild.plugins.python_flags.findings import Entry, Findings
from guild.plugins.python_flags.values import (
    Call,
    Class,
    External,
    Function,
    Model,
    Native,
    Thing,
    Tracked,
)

SUPPRESS = "==SUPPRESS=="
_REMAINDER = "..."
_INTERNALS = ("_action_groups", "_optionals", "_positionals", "pop", "append", "insert", "remove")
_IGNORED_ACTIONS = ("help", "version", "parsers")


def argparse_library(findings: Findings) -> dict[str, Thing | Any]:
    """The modelled names of argparse, and of the libraries that extend it."""
    parser = Model(lambda: Parser(findings))
    return {
        "argparse.ArgumentParser": parser,
        "argparse.ArgParser": parser,  # configargparse
        "argparse.SUPPRESS": SUPPRESS,
        "argparse.REMAINDER": _REMAINDER,
        "argparse.OPTIONAL": "?",
        "argparse.ZERO_OR_MORE": "*",
        "argparse.ONE_OR_MORE": "+",
    }


class Argument:
    """One call of `add_argument`.

    Attributes:
        options: its option strings, none for a positional argument.
        dest: the name in the parsed namespace.
        exclusive: whether it stands in a mutually exclusive group.
        truth_texts: what its type takes for true and for false, where that is known.
    """

    def __init__(self, call: Call, names: list[str], exclusive: bool) -> None:
        self.call = call
        self.options = [name for name in names if name.startswith("-")]
        self.dest = _dest(call, names)
        self.exclusive = exclusive
        self.truth_texts: Sequence[str] | None = None

    @property
    def action(self) -> Any:
        return self.call.get(None, "action", "store")

    @property
    def name(self) -> str:
        """What the flag is called: the first long option, as Guild AI 0.9 has it."""
        if not self.options:
            return self.dest
        long = [option for option in self.options if option.startswith("--")]
        return (long or self.options)[0].lstrip("-")

    @property
    def arg_name(self) -> str | None:
        if not self.options:
            return ""
        long = any(option.startswith("--") for option in self.options)
        return None if long else self.options[0]


def _dest(call: Call, names: list[str]) -> str:
    dest = call.kwargs.get("dest")
    if isinstance(dest, str):
        return dest
    long = [name for name in names if name.startswith("--")]
    return (long or names)[0].lstrip("-").replace("-", "_" if names[0].startswith("-") else "-")


class Group(Entry):
    """What arguments are added to: an argument group, or a parser itself."""

    def __init__(self, parser: Parser | None, exclusive: bool = False) -> None:
        super().__init__()
        self.parser = parser
        self.exclusive = exclusive

    def attribute(self, name: str) -> Any:
        method = _METHODS.get(name)
        if method is not None:
            return Native(lambda call: method(self, call))
        # parser._action_groups.pop() and the like give something to add to.
        return self if name in _INTERNALS else UNKNOWN

    def item(self) -> Any:
        return self

    def call(self, _call: Call) -> Any:
        return self

    @property
    def owner(self) -> Parser:
        assert self.parser is not None
        return self.parser

    def escape(self, where: str) -> None:
        self.owner.escape(where)


class Parser(Group):
    """An `ArgumentParser`.

    Attributes:
        arguments: in the order in which they were added.
        defaults: what `set_defaults` says, by dest.
        commands: parsers of its subcommands by name.
    """

    def __init__(self, findings: Findings) -> None:
        super().__init__(None)
        self.findings = findings
        self.arguments: list[Argument] = []
        self.defaults: dict[str, Any] = {}
        self.defaults_known = True
        self.commands: dict[str, Parser] = {}
        self.prog: Any = None
        findings.made.append(self)

    @property
    def owner(self) -> Parser:
        return self

    @property
    def subcommands(self) -> Mapping[str, Parser]:
        return self.commands

    def flags(self) -> dict[str, FlagDef]:
        return parser_flags(self)

    def escape(self, where: str) -> None:
        self.findings.warn(where, "arguments that a library adds to the parser are not known")


def _init(group: Group, call: Call) -> None:
    parser = group.owner
    parser.prog = call.get(0, "prog")
    parents = call.get(None, "parents", ())
    if not isinstance(parents, (list, tuple)):
        parser.findings.warn(call.where, "the parents of the parser are not known")
        return
    for parent in parents:
        if isinstance(parent, Parser):
            parser.arguments.extend(parent.arguments)
            parser.defaults.update(parent.defaults)
            parser.defaults_known = parser.defaults_known and parent.defaults_known
        else:
            parser.findings.warn(call.where, "a parent of the parser is not known")


def _add_argument(group: Group, call: Call) -> Any:
    parser = group.owner
    names = [name for name in call.args if isinstance(name, str)]
    if not call.args and isinstance(call.kwargs.get("dest"), str):
        names = [call.kwargs["dest"]]
    if not names or (call.args and len(names) != len(call.args)):
        parser.findings.warn(call.where, "the name of an argument is not known")
        return UNKNOWN
    if call.kwargs.get("action") in _IGNORED_ACTIONS or "--help" in names:
        return UNKNOWN
    if not call.complete:
        parser.findings.warn(call.where, f"not all is known of argument {names[0]!r}")
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
        parser.findings.warn(call.where, "the defaults that are set here are not known")
    parser.defaults.update(call.kwargs)


def _add_subparsers(group: Group, _call: Call) -> Any:
    return Subparsers(group.owner)


def _parse(group: Group, call: Call) -> Any:
    group.owner.findings.enter(group.owner, call.get(0, "args"))
    return UNKNOWN


class Subparsers(Tracked):
    """The result of `add_subparsers`."""

    def __init__(self, parser: Parser) -> None:
        super().__init__()
        self.parser = parser

    def attribute(self, name: str) -> Any:
        return Native(self._add_parser) if name == "add_parser" else UNKNOWN

    def escape(self, where: str) -> None:
        self.parser.findings.warn(where, "subcommands that a library adds are not known")
        self.parser.all_commands_known = False

    def _add_parser(self, call: Call) -> Any:
        command = Parser(self.parser.findings)
        self.parser.findings.made.remove(command)
        _init(command, call._replace(args=[]))
        name = call.get(0, "name", UNKNOWN)
        if isinstance(name, str):
            self.parser.commands[name] = command
        else:
            self.parser.all_commands_known = False
            self.parser.findings.warn(call.where, "the name of a subcommand is not known")
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


# -- From arguments to flags


def parser_flags(parser: Parser) -> dict[str, FlagDef]:
    """The flags of `parser`, in the order in which it was given its arguments.

    Two arguments of one name (added in branches of the program) are one flag,
    whose default is known only if they agree. Of several switches that set one thing, the one
    that sets what is so anyway is not given unless it is asked for: it would undo another.
    """
    flags: dict[str, FlagDef] = {}
    shared = Counter(argument.dest for argument in parser.arguments)
    for argument in parser.arguments:
        flag = _flag(argument, parser)
        if shared[argument.dest] > 1 and flag.arg_switch == flag.default:
            flag = flag._replace(default=None)
        other = flags.get(flag.name)
        if other is not None and other._replace(source=flag.source) != flag:
            flag = flag._replace(default=None, choices=())
        flags[flag.name] = flag
    return flags


def _flag(argument: Argument, parser: Parser) -> FlagDef:
    flag = FlagDef(
        argument.name,
        required=_is_required(argument),
        arg_name=argument.arg_name,
        source=argument.call.where,
    )
    default = _default(argument, parser)
    action = _action_name(argument)
    if action in _SWITCHES:
        flag = _switch(flag, argument, action, default)
    else:
        flag = _valued(flag, argument, action, default)
    return flag._replace(description=_description(argument, default, parser))


def _action_name(argument: Argument) -> str:
    """The name of the argument's action; a class of the project's own is `store`."""
    action = argument.action
    if isinstance(action, External) and action.name.endswith(".BooleanOptionalAction"):
        return "boolean_optional"
    if isinstance(action, str):
        return action
    return "store_true" if argument.call.get(None, "nargs") == 0 else "store"


_SWITCHES = (
    "store_true",
    "store_false",
    "store_const",
    "append_const",
    "count",
    "boolean_optional",
)


def _default(argument: Argument, parser: Parser) -> Any:
    """The value without the argument: a constant, else `UNKNOWN`; None if there is none."""
    if not parser.defaults_known:
        return UNKNOWN
    if argument.dest in parser.defaults:
        value = parser.defaults[argument.dest]
    elif "default" in argument.call.kwargs:
        value = argument.call.kwargs["default"]
    elif not argument.call.complete:
        return UNKNOWN
    else:
        action = _action_name(argument)
        value = {"store_true": False, "store_false": True}.get(action)
    if value == SUPPRESS:
        return UNKNOWN
    return value if is_constant(value) else UNKNOWN


def _is_required(argument: Argument) -> bool:
    if argument.options:
        return argument.call.get(None, "required", False) is True
    nargs = argument.call.get(None, "nargs")
    return nargs is None or nargs == "+" or (isinstance(nargs, int) and nargs > 0)


def _switch(flag: FlagDef, argument: Argument, action: str, default: Any) -> FlagDef:
    """A flag whose option takes no value: it is given for `arg_switch`, for others it is not.

    If what the option stores is not known, true stands for it.
    """
    if action == "boolean_optional":
        long = [option for option in argument.options if option.startswith("--")]
        off = f"no-{long[0][2:]}" if long else ""
        if default is True and off:
            return _two_way(flag, off, False, default)
        if default is not False and off:
            return either_way(flag, argument.options[0], f"--{off}")
        return _two_way(flag, flag.arg_name, True, None if default is UNKNOWN else default)
    if action == "store_false":
        return _two_way(flag, flag.arg_name, False, None if default is UNKNOWN else default)
    if action == "store_true":
        return _two_way(flag, flag.arg_name, True, None if default is UNKNOWN else default)
    if action == "count":
        once = default + 1 if isinstance(default, int) else 1
        return flag._replace(
            arg_switch=once,
            default=None if default is UNKNOWN else default,
            type="int",
            choices=(FlagChoice(once - 1), FlagChoice(once)),
        )
    const = argument.call.get(1, "const", UNKNOWN)
    if action == "append_const" or not is_constant(const) or not _is_scalar(const):
        return _two_way(flag, flag.arg_name, True, False)
    if not _is_scalar(default):
        return flag._replace(arg_switch=const)
    values = (const,) if const == default else (default, const)
    return flag._replace(arg_switch=const, default=default, choices=tuple(map(FlagChoice, values)))


def either_way(flag: FlagDef, on: str, off: str) -> FlagDef:
    """A flag that is neither yes nor no unless it is said: for each there is an option."""
    return flag._replace(
        arg_name="",
        arg_encoding={True: on, False: off},
        env_encoding={True: "1", False: ""},
        type="boolean",
        choices=(FlagChoice(True), FlagChoice(False)),
    )


def _two_way(flag: FlagDef, arg_name: str | None, switch: bool, default: Any) -> FlagDef:
    return flag._replace(
        arg_name=arg_name,
        arg_switch=switch,
        default=default,
        type="boolean",
        choices=(FlagChoice(True), FlagChoice(False)),
    )


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _valued(flag: FlagDef, argument: Argument, action: str, default: Any) -> FlagDef:
    nargs = argument.call.get(None, "nargs")
    many = nargs in ("+", "*", _REMAINDER) or (isinstance(nargs, int) and nargs > 0)
    kind, encoding = _value_type(argument.call.get(None, "type"), default)
    if argument.truth_texts:
        kind, encoding = "boolean", dict(zip((True, False), argument.truth_texts, strict=True))
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
        # Options that exclude each other cannot all be given their defaults, that of a
        # repeated one is what values are added to, and the program's own action may
        # make something else of it.
        return flag
    if many:
        # An empty list is what the script has without the option; with it there is a value.
        if isinstance(default, (list, tuple)) and default and all(map(_is_scalar, default)):
            return flag._replace(default=" ".join(shlex.quote(str(item)) for item in default))
        return flag
    if isinstance(default, str) and kind in ("int", "float"):
        return flag._replace(default=_converted(default, kind))
    return flag._replace(default=default) if _is_scalar(default) else flag


def _converted(text: str, kind: str) -> Any:
    """A default that argparse converts as it does a value."""
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return None


_TYPES = {"builtins.int": "int", "builtins.float": "float", "builtins.str": "string"}


def _value_type(value: Any, default: Any) -> tuple[str | None, dict[Any, Any] | None]:
    """The flag type for the `type` of an argument, and how its values are written.

    A program's own function gets the text as it is, so that it is a string,
    except if its default says that it makes numbers or truth values.
    """
    if isinstance(value, External):
        if value.name in _TYPES:
            return _TYPES[value.name], None
        if value.name == "builtins.bool":  # of a text: only the empty one is false
            return "boolean", {True: "1", False: ""}
    if isinstance(value, Thing) and (_names_bool(value) or isinstance(default, bool)):
        return "boolean", _bool_texts(value)
    if default is None or default is UNKNOWN or isinstance(default, (str, list, tuple)):
        return ("string" if not isinstance(default, (list, tuple)) else _item_type(default)), None
    return None, None


def _item_type(values: list[Any] | tuple[Any, ...]) -> str | None:
    return "string" if all(isinstance(value, str) for value in values) else None


def _names_bool(value: Thing) -> bool:
    name = getattr(value, "name", "")
    return "bool" in name.lower()


def _bool_texts(value: Thing) -> dict[Any, Any]:
    """What a function that makes truth values out of texts is given for them."""
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
    return tuple(FlagChoice(value) for value in values if _is_scalar(value))


def _last_name(value: Any) -> Any:
    if isinstance(value, (External, Function, Class)):
        return value.name.rpartition(".")[2]
    return UNKNOWN


_FIELD = re.compile(r"%(?:\((\w+)\)[sdrf]|%)")


def _description(argument: Argument, default: Any, parser: Parser) -> str:
    """The help of the argument, with its `%(...)s` fields filled in as far as they are known."""
    text = argument.call.get(None, "help")
    if not isinstance(text, str) or text == SUPPRESS:
        return ""
    kind = argument.call.get(None, "type")
    fields: Mapping[str, Any] = {
        **{name: value for name, value in argument.call.kwargs.items() if is_constant(value)},
        "dest": argument.dest,
        "default": default,
        "prog": parser.prog,
        "type": _last_name(kind),
        "choices": ", ".join(str(choice.value) for choice in _choices(argument)) or UNKNOWN,
    }

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%"
        value = fields.get(match[1], UNKNOWN)
        return match[0] if value is UNKNOWN else str(value)

    return " ".join(_FIELD.sub(fill, text).split())
