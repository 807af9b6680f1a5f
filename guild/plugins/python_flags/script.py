"""Inspection of a script: from its file to its flags."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.plugins.python_flags.argparse_calls import Parser, argparse_library
from guild.plugins.python_flags.click_calls import click_library
from guild.plugins.python_flags.constants import UNKNOWN
from guild.plugins.python_flags.expressions import TooComplexError
from guild.plugins.python_flags.findings import Entry, Findings
from guild.plugins.python_flags.globals import global_flags, named_global_flags
from guild.plugins.python_flags.interpreter import Interpreter
from guild.plugins.python_flags.project import Project
from guild.plugins.python_flags.relevance import Relevance
from guild.plugins.python_flags.result import ImportedFlags
from guild.plugins.python_flags.typer_calls import typer_library
from guild.plugins.python_flags.values import Function, Module

_LIBRARY_NAMES = ("argparse", "click", "typer")


def inspect_files(
    path: Path, search_path: Sequence[Path], dest: str | None, args: Sequence[str] = ()
) -> tuple[ImportedFlags, dict[Path, bytes | None]]:
    """`inspect_script`, with the files that its result depends on and their content.

    Of a file that is None the result depends on its absence.
    """
    path = Path(os.path.abspath(path))
    project = Project([*search_path, path.parent])
    return _inspect(path, project, dest, args), project.files


def _inspect(path: Path, project: Project, dest: str | None, args: Sequence[str]) -> ImportedFlags:
    tree = project.parse(path)
    file = project.relative(path)
    kind, _, name = (dest or "").partition(":")
    if kind in ("global", "namespace"):
        named = named_global_flags(tree, name, file)
        if not named.found:
            raise GuildError(
                f"{file}:1: no global {name!r} that is a dict or a namespace (flags-dest: {dest})"
            )
        return ImportedFlags(f"{kind}:{name}", named.flags)
    if kind == "globals":
        return ImportedFlags("globals", global_flags(tree, file))
    findings = Findings()
    if Relevance(project)(path):
        _walk(path, tree, project, findings)
    if findings.entries or kind == "args":
        return argument_flags(findings, name, args, file)
    return ImportedFlags("globals", global_flags(tree, file))


# -- The script's command line


def _walk(path: Path, tree: ast.Module, project: Project, findings: Findings) -> None:
    library = {
        **argparse_library(findings),
        **click_library(findings),
        **typer_library(findings),
    }
    interpreter = Interpreter(project, library, Relevance(project))
    try:
        module = interpreter.run_script(path, tree)
        if not findings.entries:
            _call_unreached(interpreter, module, findings)
    except (TooComplexError, RecursionError):
        file = project.relative(path)
        findings.warn(f"{file}:1", "too complex to find all arguments without executing it")
    if not findings.entries:
        findings.entries.extend(findings.made[-1:])


def _call_unreached(interpreter: Interpreter, module: Module, findings: Findings) -> None:
    """Follow the script's functions that it starts in some way that is not seen."""

    def bind(arg: ast.arg) -> Any:
        named = arg.annotation is not None and "ArgumentParser" in ast.unparse(arg.annotation)
        return Parser(findings) if named else UNKNOWN

    for value in list(module.scope.names.values()):
        own = isinstance(value, Function) and value.scope.module is module
        if own and value.node not in interpreter.called:
            interpreter.call_unreached(value, bind)


def argument_flags(
    findings: Findings, subcommand: str, args: Sequence[str], file: str
) -> ImportedFlags:
    """The flags of the parsers and commands among `findings`, or those of `subcommand`, its
    words with colons, or of the subcommand that `args` ask for.

    Raises GuildError for a subcommand that does not exist.
    """
    words = [] if subcommand in _LIBRARY_NAMES else [word for word in subcommand.split(":") if word]
    paths = [words or _subcommands_in(args, entry) for entry in findings.entries]
    flags: dict[str, FlagDef] = {}
    for entry, path in zip(findings.entries, paths, strict=True):
        if any(paths) and not path:  # another parser has the subcommand
            continue
        if path and not entry.subcommands:
            continue
        target = _subcommand(entry, path, file, findings)
        if target is None:
            continue
        flags.update({name: flag for name, flag in target.flags().items() if name not in flags})
        if names := ", ".join(sorted(target.subcommands)):
            findings.warn(
                f"{file}:1",
                f"arguments of subcommands ({names}) are flags with flags-dest: args:NAME",
            )
    return ImportedFlags(":".join(["args", *words]), flags, tuple(findings.warnings))


def _subcommands_in(args: Sequence[str], entry: Entry) -> list[str]:
    """The subcommands of `entry` that a command line `args` asks for."""
    found = []
    for word in args:
        if word in entry.subcommands:
            found.append(word)
            entry = entry.subcommands[word]
    return found


def _subcommand(entry: Entry, words: Sequence[str], file: str, findings: Findings) -> Entry | None:
    """The parser or command that `words` lead to from `entry`; None if it is not known.

    Raises GuildError if all subcommands are known and it is none of them.
    """
    for word in words:
        found = entry.subcommands.get(word)
        if found is None and entry.all_commands_known:
            names = ", ".join(sorted(entry.subcommands)) or "none"
            raise GuildError(f"{file}:1: no subcommand {word!r} (there is {names})")
        if found is None:
            findings.warn(f"{file}:1", f"the arguments of subcommand {word!r} are not known")
            return None
        entry = found
    return entry
