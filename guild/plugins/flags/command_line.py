"""Flags of programs that parse a command line with a modeled library."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.extend.program import Program
from guild.flags.flagdef import FlagDef
from guild.plugins.flags.findings import Entry, Findings
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.interpreter import Interpreter
from guild.plugins.flags.interpreter.names import TooComplexError
from guild.plugins.flags.interpreter.values import Function, Module


class LibraryFinder(FlagFinder):
    """Finds flags by walking a program with a model of a library.

    All library finders of a program share one walk, so that a program may combine
    libraries. The models report parsers and commands to the `Findings`.

    Attributes:
        library: the name of the library, which `flags-dest: args:LIBRARY` may contain.
        pattern: a regular expression that matches in the source of every file that
            uses the library. Functions of other files are not followed.
        packages: the names under which the library and its extensions are imported. All
            of them are modeled as `library`.
    """

    library: str
    pattern: bytes
    packages: tuple[str, ...]

    @abstractmethod
    def models(self, findings: Findings) -> Mapping[str, Any]:
        """Return the library's names, such as `argparse.ArgumentParser`, and their models."""

    def argument_for(self, annotation: str, findings: Findings) -> Any:
        """Return the argument for a parameter of a function that no call was found for."""
        return UNKNOWN

    def claims(self, program: Program) -> bool:
        return program.mentions(self.pattern)

    def find(self, program: Program) -> FoundFlags | None:
        return find_command_line([self], program)


def find_command_line(libraries: Sequence[LibraryFinder], program: Program) -> FoundFlags | None:
    """Return the flags of the command line that `program` parses with `libraries`.

    Returns None if it parses none. Raises GuildError for an unknown subcommand.
    """
    pattern = b"|".join(library.pattern for library in libraries)
    if not program.mentions(pattern):
        return None
    findings = Findings()
    _walk(libraries, pattern, program, findings)
    has_result = findings.entries or (program.dest_kind == "args" and findings.warnings)
    subcommand = subcommand_of(program, libraries)
    return argument_flags(findings, subcommand, program.args, program.name) if has_result else None


def subcommand_of(program: Program, libraries: Sequence[LibraryFinder]) -> list[str]:
    """Return the words of the subcommand that `program.dest` names, if any."""
    name = (program.dest or "").partition(":")[2] if program.dest_kind == "args" else ""
    is_library = any(name == library.library for library in libraries)
    return [] if is_library else [word for word in name.split(":") if word]


def _walk(
    libraries: Sequence[LibraryFinder], pattern: bytes, program: Program, findings: Findings
) -> None:
    interpreter = Interpreter(
        program,
        {name: model for lib in libraries for name, model in lib.models(findings).items()},
        {package: lib.library for lib in libraries for package in lib.packages},
        pattern,
    )
    try:
        module = interpreter.run_script(program.path, program.tree)
        if not findings.entries:
            _call_unreached(libraries, interpreter, module, findings)
    except (TooComplexError, RecursionError):
        findings.warn(f"{program.name}:1", "too complex to find all arguments without executing it")
    if not findings.entries:
        findings.entries.extend(findings.candidates[-1:])


def _call_unreached(
    libraries: Sequence[LibraryFinder],
    interpreter: Interpreter,
    module: Module,
    findings: Findings,
) -> None:
    """Follow the script's functions that no call was found for."""

    def bind(arg: ast.arg) -> Any:
        annotation = "" if arg.annotation is None else ast.unparse(arg.annotation)
        values = (library.argument_for(annotation, findings) for library in libraries)
        return next((value for value in values if value is not UNKNOWN), UNKNOWN)

    for value in list(module.scope.names.values()):
        is_own = isinstance(value, Function) and value.scope.module is module
        if is_own and value.node not in interpreter.called:
            interpreter.call_unreached(value, bind)


def argument_flags(
    findings: Findings, subcommand: Sequence[str], args: Sequence[str], file: str
) -> FoundFlags:
    """Return the flags of the entries of `findings`.

    They are those of `subcommand`, a list of words, if it is given, else those of the
    subcommand among `args`, else those of the entries themselves. Raises GuildError if
    the subcommand does not exist.
    """
    paths = [subcommand or _subcommands_in(args, entry) for entry in findings.entries]
    flags: dict[str, FlagDef] = {}
    for entry, path in zip(findings.entries, paths, strict=True):
        if any(paths) and not (path and entry.subcommands):  # belongs to another entry
            continue
        target = _find_subcommand(entry, path, file, findings)
        if target is None:
            continue
        flags.update({name: flag for name, flag in target.flags().items() if name not in flags})
        if names := ", ".join(sorted(target.subcommands)):
            findings.warn(
                f"{file}:1",
                f"arguments of subcommands are not flags; to use those of one ({names}), "
                "set 'flags-dest: args:NAME'",
            )
    return FoundFlags(flags, ":".join(["args", *subcommand]), tuple(findings.warnings))


def _subcommands_in(args: Sequence[str], entry: Entry) -> list[str]:
    """Return the words of `args` that select subcommands of `entry`."""
    words = []
    for word in args:
        if word in entry.subcommands:
            words.append(word)
            entry = entry.subcommands[word]
    return words


def _find_subcommand(
    entry: Entry, words: Sequence[str], file: str, findings: Findings
) -> Entry | None:
    """Return the parser or command that `words` select, or None with a warning if unknown.

    Raises GuildError if all subcommands are known and `words` is not one of them.
    """
    for word in words:
        subcommand = entry.subcommands.get(word)
        if subcommand is None and entry.all_commands_known:
            names = ", ".join(sorted(entry.subcommands)) or "none"
            raise GuildError(f"{file}:1: subcommand '{word}' not found; available: {names}")
        if subcommand is None:
            message = f"cannot determine the arguments of subcommand '{word}'"
            findings.warn(f"{file}:1", message)
            return None
        entry = subcommand
    return entry
