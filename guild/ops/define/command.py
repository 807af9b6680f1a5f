"""The command line of an operation: a template, and the words it becomes for given flags."""

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guild.base import yaml
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.ops.define import templates
from guild.ops.define.python_main import MODULE

FLAG_ARGS = "__flag_args__"
PYTHON = "${python_exe}"


class CommandTemplate(NamedTuple):
    """How a command line is made.

    Attributes:
        words: with `${NAME}` for flags, `${python_exe}` for the interpreter, and one word
            `__flag_args__` for all flags as arguments.
        env: variables of the operation, with `${NAME}` for flags.
        flags_dest: where a Python script takes the flags from, see `FLAGS_DEST`.
    """

    words: tuple[str, ...]
    env: dict[str, str]
    flags_dest: str


def build(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> list[str]:
    """The words of the command for `flags`.

    Raises GuildError where the template refers to a flag that does not exist.
    """
    encoded = {name: encode(value, defs.get(name)) for name, value in flags.items()}
    known = {**encoded, "python_exe": sys.executable, "guild_python_exe": sys.executable}
    words: list[str] = []
    for word in template.words:
        if word == FLAG_ARGS or templates.is_reference(word, "flag_args"):
            words += flag_args(template, flags, defs)
        else:
            words.append(templates.resolve(word, known, flag_values.for_argument))
    return words


def flag_args(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> list[str]:
    """The flags as arguments: positional ones first, then options by name."""
    kind, _, target = template.flags_dest.partition(":")
    own = own_options(template.words)
    positional: list[str] = []
    options: list[str] = []
    names = [name for name in defs if name in flags] + [name for name in flags if name not in defs]
    for name in names:
        flag = defs.get(name, FlagDef(name))
        if not flag.arg_skip and flag.arg_name == "":
            positional += _values(flags[name], flag)
    for name in sorted(names):
        flag = defs.get(name, FlagDef(name))
        if not flag.arg_skip and flag.arg_name != "" and _option_name(flag) not in own:
            in_script = kind in ("globals", "global", "namespace")
            words = (_global_option if in_script else _option)(flags[name], flag)
            parsed = PYTHON in template.words and not in_script
            options += _unmistakable(words) if parsed else words
    subcommand = [target] if kind == "args" and target not in _ARGS_LIBRARIES else []
    return [*subcommand, *positional, *options]


# `args:click` says which library parses, not a subcommand.
_ARGS_LIBRARIES = ("", "argparse", "click")


def own_options(words: Sequence[str]) -> dict[str, str | None]:
    """The options that a command has itself, such as those of `train --lr 0.5 --fast`, each
    with its value; None for one that no value follows."""
    found: dict[str, str | None] = {}
    for word, following in zip(words, [*words[1:], FLAG_ARGS], strict=False):
        if _OPTION.match(word):
            option, equals, text = word.partition("=")
            alone = following.startswith("--") or _OPTION.match(following) or following == FLAG_ARGS
            found[option] = text if equals else None if alone else following
    return found


_OPTION = re.compile(r"--?[^\W\d]")  # -1 is none


def with_own_default(flag: FlagDef, own: Mapping[str, str | None]) -> FlagDef:
    """A flag found in a script, whose default is what the command has for it in `own`."""
    option = _option_name(flag)
    if flag.arg_name == "" or option not in own:
        return flag
    text = own[option]
    if flag.arg_switch is not None:
        return flag._replace(default=flag.arg_switch)
    if text is None or "${" in text:
        return flag
    try:
        return flag._replace(default=flag_values.decode(text, flag), required=False)
    except GuildError:  # the script will tell
        return flag


def ignored(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> list[str]:
    """The flags that are not passed because the command says something else for them itself."""
    own = own_options(template.words)
    names = []
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        option = _option_name(flag)
        if flag.arg_skip or flag.arg_name == "" or option not in own or value is None:
            continue
        text = own[option]
        if flag.arg_switch is not None:
            is_said = value == flag.arg_switch
        elif text is None:
            is_said = False
        else:
            is_said = f"${{{name}" in text or text in _values(value, flag)
        if not is_said:
            names.append(name)
    return names


def environment(
    template: CommandTemplate, flags: Mapping[str, Any], defs: Mapping[str, FlagDef]
) -> dict[str, str]:
    """The variables that the operation and its flags add to the environment."""
    env = {}
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        variable = flag.env_name or f"FLAG_{_variable(name)}"
        env[variable] = flag_values.for_argument(
            _encoded(value, flag.env_encoding or flag.arg_encoding)
        )
    for name, text in template.env.items():
        env[name] = templates.resolve(text, flags, flag_values.for_argument, missing="")
    return env


def encode(value: Any, flag: FlagDef | None) -> Any:
    """`value` as the flag's `arg-encoding` has it."""
    return _encoded(value, flag.arg_encoding) if flag else value


def _encoded(value: Any, encoding: Mapping[Any, Any] | None) -> Any:
    if not encoding:
        return value
    try:
        return encoding.get(value, value)
    except TypeError:  # a list cannot be looked up
        return value


def _option_name(flag: FlagDef) -> str:
    name = flag.arg_name or flag.name
    return name if name.startswith("-") else f"--{name}"


def _option(value: Any, flag: FlagDef) -> list[str]:
    option = _option_name(flag)
    if flag.arg_switch is not None:
        return [option] if value == flag.arg_switch else []
    if value is None or _is_scripts_own_default(value, flag):
        return []
    return [option, *_values(value, flag)]


def _unmistakable(words: list[str]) -> list[str]:
    """An option and its value, in one word if Python's parsers took the value for an option."""
    if len(words) != 2 or not words[1].startswith("-") or _NEGATIVE_NUMBER.match(words[1]):
        return words
    option, value = words
    return [f"{option}={value}" if option.startswith("--") else f"{option}{value}"]


_NEGATIVE_NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")  # what argparse takes for one


def _global_option(value: Any, flag: FlagDef) -> list[str]:
    """A value for a variable of the script: one word of YAML, which keeps its type."""
    option = f"--{flag.arg_name or flag.name}"
    if flag.arg_switch is not None:
        return [option] if value == flag.arg_switch else []
    value = encode(value, flag)
    if value is None and flag.default is None:
        return []
    if flag.arg_split and isinstance(value, str):
        value = [_from_yaml(word) for word in split_words(value, flag)]
    return [option, yaml.dump_flow(value)]


def _from_yaml(word: str) -> Any:
    try:
        return yaml.load(word)
    except yaml.YAMLError:
        return word


def _is_scripts_own_default(value: Any, flag: FlagDef) -> bool:
    """Whether the script has `value` by itself, and would have a text if it were passed:
    the default of an option without a type is an object, and what is passed never is."""
    found_in_script = _PYTHON_SOURCE.search(flag.source) is not None
    return (
        found_in_script
        and flag.type is None
        and not isinstance(value, str)
        and bool(value == flag.default)
    )


_PYTHON_SOURCE = re.compile(r"\.py:\d+( when executed)?$")


def _values(value: Any, flag: FlagDef) -> list[str]:
    if value is None:
        return []
    value = encode(value, flag)
    if flag.arg_split and isinstance(value, str):
        return split_words(value, flag)
    if flag.arg_split and isinstance(value, list):
        return [flag_values.for_argument(item) for item in value]
    return [flag_values.for_argument(value)]


def split_words(text: str, flag: FlagDef) -> list[str]:
    """The parts of a text that is one value of several, as `arg-split` says.

    Raises GuildError for one whose quotes do not match.
    """
    if flag.arg_split is not True:
        return text.split(str(flag.arg_split))
    try:
        return shlex.split(text)
    except ValueError as error:
        raise GuildError(
            f"invalid value {text!r} for flag '{flag.name}': {str(error).lower()}"
        ) from None


def _variable(name: str) -> str:
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name).upper()


def from_main(main: str, env: Mapping[str, str], flags_dest: str) -> CommandTemplate:
    """The command of a Python main module: `train --epochs 10`, `pkg/train`, `pkg.train`.

    Raises GuildError for one whose quotes do not match.
    """
    module, *args = split(main, "main")
    return from_module(module.removesuffix(".py"), args, env, flags_dest)


def from_module(
    module: str, args: Sequence[str], env: Mapping[str, str], flags_dest: str
) -> CommandTemplate:
    """The command of the main module `module`, which may have spaces in it, with `args`."""
    words = (PYTHON, "-um", MODULE, module, *args, "--", FLAG_ARGS)
    return CommandTemplate(words, dict(env), flags_dest)


def from_notebook(notebook: str, env: Mapping[str, str]) -> CommandTemplate:
    """The command of the notebook `notebook`, a path in the source code."""
    words = (PYTHON, "-um", "guild.ops.notebook", notebook, "--", FLAG_ARGS)
    return CommandTemplate(words, dict(env), "globals")


def from_steps(env: Mapping[str, str]) -> CommandTemplate:
    """The command of an operation of steps, whose flags are for them."""
    return CommandTemplate(("${guild_python_exe}", "-um", "guild.steps_main"), dict(env), "args")


def from_exec(exec_: str | tuple[str, ...], env: Mapping[str, str]) -> CommandTemplate:
    """The command of an `exec` operation, a text split as by a shell, or words."""
    words = split(exec_, "exec") if isinstance(exec_, str) else list(exec_)
    # as Guild AI 0.9 records it, which knows no reference of that name
    words = [FLAG_ARGS if templates.is_reference(word, "flag_args") else word for word in words]
    return CommandTemplate(tuple(words), dict(env), "args")


def split(text: str, what: str) -> list[str]:
    """The words of `text`. Raises GuildError where there is none, or quotes do not match."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise GuildError(f"invalid {what} {text!r}: {str(error).lower()}") from None
    if not words:
        raise GuildError(f"invalid {what}: it is empty")
    return words
