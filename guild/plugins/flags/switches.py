"""Flags for options that take no value, shared by the models of libraries."""

from __future__ import annotations

from collections.abc import Sequence

from guild.flags.flagdef import FlagChoice, FlagDef

_CHOICES = (FlagChoice(True), FlagChoice(False))


def long_options(options: Sequence[str]) -> list[str]:
    """Return those of `options` that start with two dashes."""
    return [option for option in options if option.startswith("--")]


def either_way(flag: FlagDef, on: str, off: str) -> FlagDef:
    """Return a boolean flag with an option for each value, and none of them by default."""
    return flag._replace(
        arg_name="",
        arg_encoding={True: on, False: off},
        env_encoding={True: "1", False: ""},
        type="boolean",
        choices=_CHOICES,
    )


def two_way(flag: FlagDef, arg_name: str | None, switch: bool, default: bool | None) -> FlagDef:
    """Return a boolean flag whose option is passed if its value is `switch`."""
    return flag._replace(
        arg_name=arg_name,
        arg_switch=switch,
        default=default,
        type="boolean",
        choices=_CHOICES,
    )
