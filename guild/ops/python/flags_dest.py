"""Where a Python operation's flags go: arguments, globals, or the items of one global."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guild.base.errors import GuildError


class FlagValues(NamedTuple):
    """Values for globals of a script.

    Attributes:
        values: by name; `a.b` is item `b` of global `a`, or of item `a` of `target`.
        target: the global dict or namespace whose items they are; "" for globals.
        namespace: whether `target` is made a namespace if the script never assigns it.
    """

    values: Mapping[str, Any]
    target: str = ""
    namespace: bool = False


class RoutedFlags(NamedTuple):
    """Arguments for the script, and values to be put into it; None if there are none."""

    args: tuple[str, ...]
    values: FlagValues | None


def route_flags(dest: str, flag_args: Sequence[str], flags: Mapping[str, Any]) -> RoutedFlags:
    """Where the words `flag_args` go for a `flags-dest` of `dest`.

    `flags` gives the words their types, see `_typed`. Raises GuildError for a
    destination that does not exist.
    """
    kind, _, target = dest.partition(":")
    if kind == "args":
        return RoutedFlags(tuple(flag_args), None)
    if kind == "config":  # the file has them
        return RoutedFlags((), None)
    if kind not in ("globals", "global", "namespace") or (kind == "globals") == bool(target):
        raise GuildError(
            f"unknown flags-dest '{dest}': it is args, args:SUBCOMMAND, globals, global:NAME, "
            "namespace:NAME or config:PATH"
        )
    if target and not target.isidentifier():
        raise GuildError(f"flags-dest '{dest}': '{target}' is not the name of a Python variable")
    words = _named_words(flag_args, flags)
    values = {name: _typed(word, flags.get(name)) for name, word in words.items()}
    if not values:
        return RoutedFlags((), None)
    return RoutedFlags((), FlagValues(values, target, kind == "namespace"))


def _named_words(flag_args: Sequence[str], flags: Mapping[str, Any]) -> dict[str, str | None]:
    """`--name word` pairs. A name that no value follows is a switch that is on: None."""
    words: dict[str, str | None] = {}
    rest = list(flag_args)
    while rest:
        name = rest.pop(0).removeprefix("--")
        is_value = bool(rest) and (not rest[0].startswith("--") or rest[0] == flags.get(name))
        words[name] = rest.pop(0) if is_value else None
    return words


def _typed(word: str | None, flag: Any) -> Any:
    """The value of a word: that of the flag of its name if they say the same, else its YAML.

    They differ where the operation gives the flag another name or encoding in
    the command, or splits one text into a list.
    """
    if word is None:
        return True
    if flag is not None and word == str(flag):
        return flag
    from guild.base import yaml

    try:
        return yaml.load(word)
    except yaml.YAMLError:
        return word
