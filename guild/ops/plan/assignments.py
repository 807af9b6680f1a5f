"""Flag values of a run: what was asked for, over what is there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.flags.functions import LogUniform, Uniform, parse_flag_function, require_number_flag


class Assigned(NamedTuple):
    """The flags of a run or a batch.

    Attributes:
        flags: a value for every flag; a list or a distribution stands for many trials.
        user_flags: those of them that were asked for.
        single: the flags whose list is one value, that of an earlier run.
    """

    flags: dict[str, Any]
    user_flags: dict[str, Any]
    single: frozenset[str] = frozenset()

    @property
    def many(self) -> bool:
        """Whether this stands for more than one set of values."""
        return any(is_many(value) for name, value in self.flags.items() if name not in self.single)

    def for_batch(self) -> Assigned:
        """The same with each list that is one value as a list of that value."""
        flags = {
            name: [value] if name in self.single else value for name, value in self.flags.items()
        }
        return Assigned(flags, self.user_flags)


def is_many(value: Any) -> bool:
    """Whether `value` stands for several: a list, or a distribution to draw from."""
    return isinstance(value, (list, Uniform, LogUniform))


def split(words: Iterable[str]) -> list[tuple[str, str]]:
    """Names and texts of `NAME=VAL` words. Raises GuildError for a word of another form."""
    pairs = []
    for word in words:
        name, equals, text = word.partition("=")
        name = name.removeprefix("--") if len(name) > 2 else name
        if not equals or not name:
            raise GuildError(f"invalid argument {word!r}: expected NAME=VAL")
        pairs.append((name, text))
    return pairs


def assign(
    defs: Mapping[str, FlagDef],
    words: Iterable[str],
    values: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None = None,
    base_varies: bool = False,
    force: bool = False,
    operation: str = "",
) -> Assigned:
    """The flags of an operation with flags `defs` for `NAME=VAL` words and plain `values`.

    `base` are values of an earlier run that stand in for the defaults; its lists are values,
    unless it is a batch and `base_varies`. With `force`, any flag and any value is taken.
    What `words` say wins over `values`.

    Raises GuildError for an unknown flag, a value of the wrong type, out of range or not
    among the choices, and a required flag that has no value.
    """
    names = _names(defs)
    user: dict[str, Any] = {}
    for name, value in values.items():
        name = _known(name, defs, names, force, operation)
        flag = defs.get(name, FlagDef(name))
        user[name] = value if force or is_many(value) else flag_values.coerce(value, flag)
    for name, text in split(words):
        name = _known(name, defs, names, force, operation)
        user[name] = decode(text, defs.get(name, FlagDef(name)), force)
    flags = {name: _default(flag) for name, flag in defs.items()}
    flags.update(base or {})
    for name, value in {**flags, **user}.items():
        flags.update(_implied(value, defs.get(name), user))
    flags.update(user)
    if not force:
        _check(flags, user, defs)
        _check_required(flags, defs, operation)
    kept = () if base_varies else (base or ())
    single = frozenset(name for name in kept if name not in user and isinstance(flags[name], list))
    return Assigned(flags, user, single)


def _names(defs: Mapping[str, FlagDef]) -> dict[str, str]:
    """Every name a flag goes by, its own and its alias."""
    names = {flag.alias: name for name, flag in defs.items() if flag.alias}
    return {**names, **{name: name for name in defs}}


def _known(
    name: str, defs: Mapping[str, FlagDef], names: Mapping[str, str], force: bool, operation: str
) -> str:
    if name in names or force:
        return names.get(name, name)
    swapped = name.replace("_", "-") if "_" in name else name.replace("-", "_")
    if swapped in names:
        return names[swapped]
    near = did_you_mean(name, names)
    hint = near or f" - 'guild run {operation} --help-op' lists the flags"
    raise GuildError(f"unsupported flag '{name}'{hint}")


def decode(text: str, flag: FlagDef, force: bool = False) -> Any:
    """What `text` stands for: a value, a list of values, or a range. Raises GuildError."""
    function = parse_flag_function(text, flag.name)
    if function is not None:
        require_number_flag(flag, text)
        return of_type(function, flag)
    try:
        return flag_values.decode(text, flag)
    except GuildError:
        if force:
            return flag_values.decode(text, flag._replace(type=None))
        raise


def of_type(function: Any, flag: FlagDef) -> Any:
    """A range or a list of values for `flag`: all of the numbers between `[0:1]` are meant
    where the flag says that it is a float, whole ones alone where it is an int."""
    if flag.type not in ("float", "int"):
        return function
    if isinstance(function, list):
        return [flag_values.coerce(item, flag) for item in function]
    low, high, initial = (flag_values.coerce(number, flag) for number in function[:3])
    whole = {"whole": True} if flag.type == "int" and isinstance(function, LogUniform) else {}
    return function._replace(low=low, high=high, initial=initial, **whole)


def _default(flag: FlagDef) -> Any:
    value = flag.default
    if isinstance(value, str):
        for choice in flag.choices:
            if choice.alias == value:
                return choice.value
    if isinstance(value, list) and flag.arg_split:
        return " ".join(flag_values.encode(item) for item in value)
    return value


def _implied(value: Any, flag: FlagDef | None, user: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a choice brings along, but for flags that were given a value."""
    for choice in flag.choices if flag else ():
        if choice.flags and choice.value == value:
            return {name: other for name, other in choice.flags.items() if name not in user}
    return {}


def _check(flags: Mapping[str, Any], user: Mapping[str, Any], defs: Mapping[str, FlagDef]) -> None:
    for name, value in flags.items():
        flag = defs.get(name)
        if flag is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (Uniform, LogUniform)):
                flag_values.check_value(item.low, flag)
                flag_values.check_value(item.high, flag)
            elif name in user or flag.default != item:
                flag_values.check_value(item, flag)


def _check_required(flags: Mapping[str, Any], defs: Mapping[str, FlagDef], operation: str) -> None:
    missing = [
        flag for flag in defs.values() if flag.required and flags.get(flag.name) in (None, "")
    ]
    if missing:
        names = ", ".join(f"'{flag.name}'" for flag in missing)
        raise GuildError(
            f"operation '{operation}' requires a value for {names} - give it as NAME=VAL"
        )
