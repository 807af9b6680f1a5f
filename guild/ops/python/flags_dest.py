"""Destinations of a Python operation's flags: arguments, globals, or items of one global."""

from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple

SET_ITEMS = "\0guild:set_items_prelude"
"""Placeholder for the code that sets items, which a syntax tree cannot contain."""


class FlagValues(NamedTuple):
    """Values for globals of a script.

    Attributes:
        values: values by name; `a.b` is item `b` of the global `a`, or of item `a` of `target`.
        target: the global dict or namespace that has the values as items; "" for globals.
        namespace: whether `target` becomes a namespace if the script never assigns it.
    """

    values: Mapping[str, Any]
    target: str = ""
    namespace: bool = False


class FlagChanges(NamedTuple):
    """The effect of flags on a script.

    Attributes:
        changed: whether its code changes.
        start: values of globals to set before it runs.
        start_namespaces: the same for namespaces, as nested dicts.
    """

    changed: bool = False
    start: Mapping[str, Any] = {}
    start_namespaces: Mapping[str, Any] = {}


class RoutedFlags(NamedTuple):
    """Script arguments, and values to set in the script (None if empty)."""

    args: tuple[str, ...]
    values: FlagValues | None


def route_flags(dest: str, flag_args: Sequence[str], flags: Mapping[str, Any]) -> RoutedFlags:
    """Return the arguments and values that `flag_args` become for the `flags-dest` `dest`.

    `flags` provides the types of the arguments, see `_typed`. Raises GuildError if `dest`
    is invalid.
    """
    kind, _, target = dest.partition(":")
    if kind == "args":
        return RoutedFlags(tuple(flag_args), None)
    if kind == "config" or dest == "none":  # the values are in the configuration file, or nowhere
        return RoutedFlags((), None)
    if kind not in ("globals", "global", "dict", "namespace") or (kind == "globals") == bool(
        target
    ):
        raise GuildError(
            f"unknown flags-dest '{dest}': expected args, args:SUBCOMMAND, globals, global:NAME, "
            "dict:NAME, namespace:NAME, config:PATH or none"
        )
    if target and not target.isidentifier():
        raise GuildError(f"invalid flags-dest '{dest}': '{target}' is not a Python variable name")
    words = _named_words(flag_args, flags)
    values = {name: _typed(word, flags.get(name)) for name, word in words.items()}
    if not values:
        return RoutedFlags((), None)
    return RoutedFlags((), FlagValues(values, target, kind == "namespace"))


def _named_words(flag_args: Sequence[str], flags: Mapping[str, Any]) -> dict[str, str | None]:
    """Parse `--name word` pairs. The word is None for a name without a value, a switch."""
    words: dict[str, str | None] = {}
    rest = list(flag_args)
    while rest:
        name = rest.pop(0).removeprefix("--")
        is_value = bool(rest) and (not rest[0].startswith("--") or rest[0] == flags.get(name))
        words[name] = rest.pop(0) if is_value else None
    return words


def _typed(word: str | None, flag: Any) -> Any:
    """Return the flag's own value if `word` represents it, else `word` parsed as YAML.

    They differ if the operation uses another name or encoding for the flag in the
    command, or splits one string into a list.
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
