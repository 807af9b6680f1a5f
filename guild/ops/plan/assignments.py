"""Flag values of a run: those of the request over recorded values and defaults."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.base.text import did_you_mean
from guild.flags import values as flag_values
from guild.flags.arguments import join_values, split_value
from guild.flags.flagdef import FlagDef
from guild.flags.functions import LogUniform, Uniform, parse_flag_function, require_number_flag


class Assigned(NamedTuple):
    """The flags of a run or a batch.

    Attributes:
        flags: a value for every flag; a list or a distribution expands to several trials.
        user_flags: those that the request sets.
        single: flags whose list is a single value, recorded by an earlier run.
    """

    flags: dict[str, Any]
    user_flags: dict[str, Any]
    single: frozenset[str] = frozenset()

    @property
    def is_multiple(self) -> bool:
        """Check whether the flags expand to several trials."""
        return any(
            is_multiple(value) for name, value in self.flags.items() if name not in self.single
        )

    def for_batch(self) -> Assigned:
        """Return the flags with each list that is a single value in a list of its own."""
        flags = {
            name: [value] if name in self.single else value for name, value in self.flags.items()
        }
        return Assigned(flags, self.user_flags)


def is_multiple(value: Any) -> bool:
    """Return whether `value` expands to several: a list, or a distribution to sample."""
    return isinstance(value, (list, Uniform, LogUniform))


def split_assignments(words: Iterable[str]) -> list[tuple[str, str]]:
    """Split `NAME=VAL` words into names and values. Raises GuildError for other words."""
    pairs = []
    for word in words:
        name, equals, text = word.partition("=")
        name = name.removeprefix("--") if len(name) > 2 else name
        if not equals or not name:
            raise GuildError(f"invalid argument {word!r}: expected NAME=VAL")
        pairs.append((name, text))
    return pairs


def assign_values(
    defs: Mapping[str, FlagDef],
    words: Iterable[str],
    values: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None = None,
    base_varies: bool = False,
    force: bool = False,
    operation: str = "",
    given_later: Container[str] = (),
) -> Assigned:
    """Return the flag values of an operation whose flags are `defs`.

    Args:
        defs: the flags by name.
        words: `NAME=VAL` as on the command line; they override `values`.
        values: values that need no decoding.
        base: values of an earlier run, which replace defaults. Its lists are single values,
            unless `base_varies`.
        base_varies: whether `base` is that of a batch, whose lists expand to trials.
        force: accept unknown flags and invalid values.
        operation: the name of the operation, for errors.
        given_later: required flags, by name or alias, that need no value yet.

    Raises GuildError for an unknown flag, a value of the wrong type, out of range or not
    among the choices, and a required flag without a value.
    """
    words = list(words)
    names = _names(defs)
    _check_aliases([*values, *(name for name, _ in split_assignments(words))], defs, names, force)
    user: dict[str, Any] = {}
    for name, value in values.items():
        name = _resolve_name(name, defs, names, force, operation)
        flag = defs.get(name, FlagDef(name))
        user[name] = value if force or is_multiple(value) else flag_values.coerce(value, flag)
    for name, text in split_assignments(words):
        name = _resolve_name(name, defs, names, force, operation)
        user[name] = decode(text, defs.get(name, FlagDef(name)), force)
    flags = {name: _default(flag) for name, flag in defs.items()}
    flags.update(base or {})
    for name, value in {**flags, **user}.items():
        flags.update(_implied(value, defs.get(name), user))
    flags.update(user)
    if not force:
        _check(flags, user, defs)
        _check_required(flags, defs, operation, given_later)
    recorded = () if base_varies else (base or ())
    single = frozenset(
        name for name in recorded if name not in user and isinstance(flags[name], list)
    )
    return Assigned(flags, user, single)


def untouched_flags(
    flags: Mapping[str, Any], defs: Mapping[str, FlagDef], explicit: Container[str]
) -> frozenset[str]:
    """Return the flags that have the script's own defaults, because nothing set them.

    A script keeps these values exactly if they are not passed: as an argument or as YAML,
    `5e3` or a list of tuples may come back as something else. Flags in `explicit` are set.
    """
    return frozenset(
        name
        for name, flag in defs.items()
        if flag.own_default
        and name in flags
        and name not in explicit
        and flag.arg_switch is None
        and flag.nb_replace is None
        and not flag.arg_encoding
        and is_same_value(flags[name], _default(flag))
    )


def is_same_value(value: Any, other: Any) -> bool:
    """Return whether a script cannot distinguish the values; 1, 1.0 and True differ."""
    return type(value) is type(other) and repr(value) == repr(other)


def _names(defs: Mapping[str, FlagDef]) -> dict[str, str]:
    """Map each name and alias of a flag to its name."""
    names = {flag.alias: name for name, flag in defs.items() if flag.alias}
    return {**names, **{name: name for name in defs}}


def _check_aliases(
    given: Iterable[str], defs: Mapping[str, FlagDef], names: dict[str, str], force: bool
) -> None:
    """Raise GuildError if both the name and the alias of a flag are in `given`.

    With `force`, both are flags; the alias is removed from `names`.
    """
    given = set(given)
    for flag in defs.values():
        if flag.alias and flag.alias != flag.name and {flag.alias, flag.name} <= given:
            if not force:  # Guild AI 0.9 wording, which has them in this order
                raise GuildError(
                    f"cannot specify both alias '{flag.name}' and name for flag '{flag.alias}'\n"
                    "Use --force-flags to skip this check."
                )
            del names[flag.alias]


def _resolve_name(
    name: str, defs: Mapping[str, FlagDef], names: Mapping[str, str], force: bool, operation: str
) -> str:
    if name in names or force:
        return names.get(name, name)
    swapped = name.replace("_", "-") if "_" in name else name.replace("-", "_")
    if swapped in names:
        return names[swapped]
    near = did_you_mean(name, names)
    if near:
        raise GuildError(f"unsupported flag '{name}'{near}")
    # Guild AI 0.9 wording
    raise GuildError(
        f"unsupported flag '{name}'\n"
        f"Try 'guild run {operation} --help-op' for a list of flags or use --force-flags to "
        "skip this check."
    )


def decode(text: str, flag: FlagDef, force: bool = False) -> Any:
    """Decode `text` as a value, a list of values, or a range. Raises GuildError."""
    function = parse_flag_function(text, flag.name)
    if function is not None:
        require_number_flag(flag, text)
        return of_type(function, flag)
    try:
        value = flag_values.decode(text, flag)
        if flag.arg_split and flag.type is not None:
            for item in value if isinstance(value, list) else [value]:
                _check_parts(item, flag)
        return value
    except GuildError:
        if force:
            return flag_values.decode(text, flag._replace(type=None))
        raise


def _check_parts(value: Any, flag: FlagDef) -> None:
    """Raise GuildError if a part of a value to split does not have the flag's type."""
    if not isinstance(value, str):
        return
    for part in split_value(value, flag):
        try:
            flag_values.coerce(part, flag)
        except GuildError as error:
            problem = error.message.replace(f"value {part} for", f"value {value} for", 1)
            raise GuildError(problem) from None


def of_type(function: Any, flag: FlagDef) -> Any:
    """Convert a range or a list of values to the type of `flag`.

    `[0:1]` is a range of floats for a flag of type float, and of integers for type int.
    """
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
        return join_values([flag_values.encode(item) for item in value], flag)
    return value


def _implied(value: Any, flag: FlagDef | None, user: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a choice sets for other flags, except for those in `user`."""
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


def _check_required(
    flags: Mapping[str, Any],
    defs: Mapping[str, FlagDef],
    operation: str,
    given_later: Container[str],
) -> None:
    missing = [
        flag
        for flag in defs.values()
        if flag.required
        and flags.get(flag.name) in (None, "")
        and flag.name not in given_later
        and flag.alias not in given_later
    ]
    if missing:
        lines = (f"  {flag.name}  {flag.description}".rstrip() for flag in missing)
        # Guild AI 0.9 wording
        raise GuildError(
            "Operation requires the following missing flags:\n\n" + "\n".join(lines) + "\n\n"
            f"Run the command again with these flags or try 'guild run {operation} --help-op' "
            "for help."
        )
