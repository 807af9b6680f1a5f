"""Flags as command-line arguments: option names, values, and the words of a command."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.flags import values
from guild.flags.flagdef import FlagDef

_OPTION = r"--?[^\W\d]"  # `-1` is a number


def option_name(flag: FlagDef) -> str:
    """Return the option that passes `flag`: `--NAME`, or its `arg-name`."""
    name = flag.arg_name or flag.name
    return name if name.startswith("-") else f"--{name}"


def argument_values(value: Any, flag: FlagDef) -> list[str]:
    """Return the words that pass `value`: none for None, several for a flag with `arg-split`.

    Raises GuildError for a value that cannot be split.
    """
    if value is None:
        return []
    value = encode(value, flag.arg_encoding)
    if flag.arg_split and isinstance(value, str):
        return split_value(value, flag)
    if flag.arg_split and isinstance(value, list):
        return [values.encode_argument(item) for item in value]
    return [values.encode_argument(value)]


def encode(value: Any, encoding: Mapping[Any, Any] | None) -> Any:
    """Return what `encoding` (`arg-encoding` or `env-encoding`) replaces `value` with."""
    if not encoding:
        return value
    try:
        return encoding.get(value, value)
    except TypeError:  # a list cannot be looked up
        return value


def split_value(text: str, flag: FlagDef) -> list[str]:
    """Split the value of a flag with `arg-split`.

    Raises GuildError for quotes that do not match.
    """
    if flag.arg_split not in (True, "shlex"):
        return text.split(str(flag.arg_split))
    try:
        return shlex.split(text)
    except ValueError as error:
        raise GuildError(
            f"invalid value {text!r} for flag '{flag.name}': {str(error).lower()}"
        ) from None


def join_values(words: Sequence[str], flag: FlagDef) -> str:
    """Return the value of a flag with `arg-split` that is split into `words`."""
    if flag.arg_split in (True, "shlex"):
        return shlex.join(words)
    return str(flag.arg_split).join(words)


def split_command(text: str, what: str) -> list[str]:
    """Split the command line `text` as a shell does; errors call it `what`.

    Raises GuildError if it is empty or its quotes do not match.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise GuildError(f"invalid {what} {text!r}: {str(error).lower()}") from None
    if not words:
        raise GuildError(f"invalid {what}: it is empty")
    return words


def own_options(words: Sequence[str], end: str) -> dict[str, str | None]:
    """Return the options that a command already has, with their values: those of
    `train --lr 0.5 --fast`. The value is None for an option without one.

    `end` is the word after which flags are added; it is never a value.
    """
    options: dict[str, str | None] = {}
    for word, following in zip(words, [*words[1:], end], strict=False):
        if re.match(_OPTION, word):
            option, equals, text = word.partition("=")
            alone = following.startswith("--") or re.match(_OPTION, following) or following == end
            options[option] = text if equals else None if alone else following
    return options


def with_own_default(flag: FlagDef, own: Mapping[str, str | None]) -> FlagDef:
    """Return `flag` with the value that the command's `own_options` set as its default."""
    option = option_name(flag)
    if flag.arg_name == "" or option not in own:
        return flag
    text = own[option]
    if flag.arg_switch is not None:
        return flag._replace(default=flag.arg_switch)
    if text is None or "${" in text:
        return flag
    try:
        return flag._replace(default=values.decode(text, flag), required=False)
    except GuildError:  # the script reports the invalid value
        return flag
