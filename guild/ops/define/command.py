"""The command line and the variables of an operation for given flag values."""

import re
import sys
from collections.abc import Container, Mapping
from typing import Any

from guild.base import yaml
from guild.base.errors import GuildError
from guild.extend.operation_kind import FLAG_ARGS, PYTHON, CommandTemplate
from guild.flags import templates
from guild.flags import values as flag_values
from guild.flags.arguments import (
    argument_values,
    encode,
    option_name,
    own_options,
    split_value,
)
from guild.flags.flagdef import FlagDef


def build_command(
    template: CommandTemplate,
    flags: Mapping[str, Any],
    defs: Mapping[str, FlagDef],
    omit: Container[str] = (),
) -> list[str]:
    """Return the words of the command for `flags`.

    Flags in `omit` are not passed as arguments. Raises GuildError if the template refers to an
    unknown flag.
    """
    encoded = {name: encode(value, _encoding(name, defs)) for name, value in flags.items()}
    values = {**encoded, "python_exe": sys.executable, "guild_python_exe": sys.executable}
    words: list[str] = []
    for word in template.words:
        if word == FLAG_ARGS or templates.is_reference(word, "flag_args"):
            words += flag_args(template, flags, defs, omit)
        else:
            words.append(_resolve(word, values))
    return words


def _resolve(word: str, values: Mapping[str, Any]) -> str:
    try:
        return templates.resolve_references(word, values, flag_values.encode_argument)
    except templates.UndefinedReferenceError as error:
        # Guild AI 0.9 wording
        raise GuildError(
            f"invalid setting for operation: command contains invalid reference '{error.name}'"
        ) from None


def flag_args(
    template: CommandTemplate,
    flags: Mapping[str, Any],
    defs: Mapping[str, FlagDef],
    omit: Container[str] = (),
) -> list[str]:
    """Return the flags as arguments: positional ones first, then options by name.

    Flags in `omit` are left out, except positional ones before one that is passed.
    """
    kind, _, target = template.flags_dest.partition(":")
    own = own_options(template.words, FLAG_ARGS)
    positional: list[str] = []
    pending: list[str] = []  # omitted so far
    options: list[str] = []
    names = [name for name in defs if name in flags] + [name for name in flags if name not in defs]
    for name in names:
        flag = defs.get(name, FlagDef(name))
        if not flag.arg_skip and flag.arg_name == "":
            words = argument_values(flags[name], flag)
            if name in omit:
                pending += words
            else:
                positional += [*pending, *words]
                pending = []
    for name in sorted(name for name in names if name not in omit):
        flag = defs.get(name, FlagDef(name))
        if not flag.arg_skip and flag.arg_name != "" and option_name(flag) not in own:
            in_script = kind in ("globals", "global", "dict", "namespace")
            words = (_global_option if in_script else _option)(flags[name], flag)
            is_parsed = PYTHON in template.words and not in_script
            options += _unambiguous(words) if is_parsed else words
    subcommand = [target] if kind == "args" and target not in _ARGS_LIBRARIES else []
    return [*subcommand, *positional, *options]


# `args:click` names the library that parses arguments, not a subcommand.
_ARGS_LIBRARIES = ("", "argparse", "click")


def ignored_flags(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> list[str]:
    """Return the flags that are not passed because the command sets the same option itself."""
    own = own_options(template.words, FLAG_ARGS)
    names = []
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        option = option_name(flag)
        if flag.arg_skip or flag.arg_name == "" or option not in own or value is None:
            continue
        text = own[option]
        if flag.arg_switch is not None:
            is_passed = value == flag.arg_switch
        elif text is None:
            is_passed = False
        else:
            is_passed = f"${{{name}" in text or text in argument_values(value, flag)
        if not is_passed:
            names.append(name)
    return names


def command_environment(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> dict[str, str]:
    """Return the variables that the operation and its flags add to the environment."""
    env = {}
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        variable = flag.env_name or f"FLAG_{_variable(name)}"
        env[variable] = flag_values.encode_argument(
            encode(value, flag.env_encoding or flag.arg_encoding)
        )
    for name, text in template.env.items():
        env[name] = templates.resolve_references(
            text, flags, flag_values.encode_argument, missing=""
        )
    return env


def _encoding(name: str, defs: Mapping[str, FlagDef]) -> Mapping[Any, Any] | None:
    return defs[name].arg_encoding if name in defs else None


def _option(value: Any, flag: FlagDef) -> list[str]:
    if flag.arg_switch is not None:
        return [option_name(flag)] if value == flag.arg_switch else []
    if value is None or _is_default_of_script(value, flag):
        return []
    return [option_name(flag), *argument_values(value, flag)]


def _unambiguous(words: list[str]) -> list[str]:
    """Join an option and its value if Python's parsers would take the value for an option."""
    if len(words) != 2 or not words[1].startswith("-") or re.match(_NEGATIVE_NUMBER, words[1]):
        return words
    option, value = words
    return [f"{option}={value}" if option.startswith("--") else f"{option}{value}"]


_NEGATIVE_NUMBER = r"-\d+$|-\d*\.\d+$"  # as argparse recognizes one


def _global_option(value: Any, flag: FlagDef) -> list[str]:
    """Return the option for a variable of the script; YAML keeps the type of its value."""
    option = f"--{flag.arg_name or flag.name}"
    if flag.arg_switch is not None:
        return [option] if value == flag.arg_switch else []
    value = encode(value, flag.arg_encoding)
    if value is None and flag.default is None:
        return []
    if flag.arg_split and isinstance(value, str):
        value = [_from_yaml(word) for word in split_value(value, flag)]
    return [option, yaml.dump_flow(value)]


def _from_yaml(word: str) -> Any:
    try:
        return yaml.load(word)
    except yaml.YAMLError:
        return word


def _is_default_of_script(value: Any, flag: FlagDef) -> bool:
    """Check whether the script uses `value` if the option is omitted.

    An option without a type would turn it into a string if it were passed.
    """
    is_from_script = re.search(_PYTHON_SOURCE, flag.source) is not None
    return (
        is_from_script
        and flag.type is None
        and not isinstance(value, str)
        and bool(value == flag.default)
    )


_PYTHON_SOURCE = r"\.py:\d+( when executed)?$"


def _variable(name: str) -> str:
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name).upper()
