"""Inspection of a program: the choice of a flag finder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guild.base.errors import GuildError
from guild.extend.flag_finder import FLAG_FINDERS, FlagFinder, FoundFlags
from guild.extend.program import Program
from guild.plugins.flags.command_line import LibraryFinder, find_command_line, subcommand_of


def inspect_program(program: Program, installed: tuple[str, ...] = ()) -> FoundFlags:
    """Return the flags of `program`.

    `program.dest` is None to choose by the source, or one of `globals`, `global:NAME`,
    `namespace:NAME` (the items of one global), `args`, `args:SUBCOMMAND`. `args:LIBRARY`,
    such as `args:click`, is the same as `args`. `installed` names the finders of
    installed packages.

    Raises GuildError if the program is missing or invalid, if it does not have the
    requested destination, or if an installed finder fails.
    """
    if not program.is_notebook:
        program.parse(program.path)
    finders = _load_finders(installed)
    supported = {name: f for name, f in finders.items() if program.dest_kind in f.dests}
    for flags in _results(program, supported or finders, installed):
        if flags is not None:
            return flags
    libraries = [finder for finder in finders.values() if isinstance(finder, LibraryFinder)]
    return FoundFlags({}, ":".join(["args", *subcommand_of(program, libraries)]))


def _load_finders(installed: tuple[str, ...]) -> dict[str, FlagFinder]:
    """Return the finders by name, in the order in which they are tried.

    The installed ones are not looked up here because that takes tens of milliseconds.
    """
    *names, fallback = FLAG_FINDERS.built_in_names()
    finders = {name: FLAG_FINDERS.get(name) for name in (*names, *installed, fallback)}
    return {name: finder for name, finder in finders.items() if finder is not None}


def _results(
    program: Program, finders: Mapping[str, FlagFinder], installed: tuple[str, ...]
) -> Iterator[FoundFlags | None]:
    """Yield the result of each finder; those that share a walk have one in common."""
    libraries = [finder for finder in finders.values() if isinstance(finder, LibraryFinder)]
    for name, finder in finders.items():
        if not isinstance(finder, LibraryFinder):
            yield _find(name, finder, program, installed)
        elif finder is libraries[0]:
            yield find_command_line(libraries, program)


def _find(
    name: str, finder: FlagFinder, program: Program, installed: tuple[str, ...]
) -> FoundFlags | None:
    try:
        return finder.find(program) if finder.claims(program) else None
    except GuildError:
        raise
    except Exception as error:
        if name not in installed:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise GuildError(f"flag finder '{name}' failed on {program.name}: {reason}") from error
