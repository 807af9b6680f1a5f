"""Validation of a whole project: its guild.yml and the files that it refers to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef, SourceDef, StepDef
from guild.guildfile.find import find_guildfile
from guild.guildfile.load import load_guildfile
from guild.guildfile.opdef import OpDef
from guild.guildfile.types import Guildfile
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import find_operation
from guild.ops.define.step_operations import find_step_operation
from guild.ops.plan.assignments import assign_values
from guild.ops.plan.plan import check_output_patterns

_LOCATED = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+)(?::\d+)?: (?P<message>.*)")


class Problem(NamedTuple):
    """One problem of a project, such as `guild.yml:3: unknown key 'man'`.

    Attributes:
        file: path of the file, relative to the project directory.
        line: its line number; 0 for the whole file.
        message: the error or warning.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else self.message


class ProjectReport(NamedTuple):
    """The result of checking a project.

    Attributes:
        path: its guild.yml.
        operations: the number of its operations.
        problems: errors and warnings, sorted by file and line.
    """

    path: Path
    operations: int
    problems: tuple[Problem, ...]


def check_project(ctx: Context) -> ProjectReport | None:
    """Check the guild.yml in the current directory of `ctx`, and all that it refers to.

    Scripts, notebooks and required files must exist; steps must refer to existing operations
    and flags. Return None without a guild.yml.
    """
    path = find_guildfile(ctx.cwd)
    if path is None:
        return None
    errors: list[str] = []
    try:
        guildfile = load_guildfile(path, errors)
    except GuildError as error:
        return ProjectReport(path, 0, (_to_problem(error.message, ctx.cwd),))
    check = _ProjectCheck(guildfile, ctx, tuple(errors))
    messages = (*errors, *guildfile.all_warnings, *check.find_problems())
    problems = {_to_problem(message, ctx.cwd): None for message in messages}
    order = sorted(problems, key=lambda problem: (problem.file, problem.line))
    return ProjectReport(path, len(guildfile.operations), tuple(order))


def _to_problem(message: str, directory: Path) -> Problem:
    match = _LOCATED.fullmatch(message.replace(f"{directory}{os.sep}", ""))
    if match is None:
        return Problem("", 0, message)
    return Problem(match["file"], int(match["line"]), match["message"])


class _ProjectCheck:
    """The checks of the operations of one project.

    Invalid values in a guild.yml count as not set. So the checks of an operation with `errors`
    leave out those whose problems may only be consequences.
    """

    def __init__(self, guildfile: Guildfile, ctx: Context, errors: tuple[str, ...]) -> None:
        self._guildfile = guildfile
        self._ctx = ctx
        self._errors = errors
        self._operations: dict[str, Operation | GuildError] = {}

    def find_problems(self) -> Iterator[str]:
        """Yield the problems of each operation and resource."""
        named_resources = set()
        for model in self._guildfile.models.values():
            for resource in model.resources.values():
                named_resources.add(resource.location)
                yield from self._check_resource(resource, _title(model.name, "resource", resource))
        for opdef in self._guildfile.operations:
            title = _operation_title(opdef)
            if not self._has_errors(opdef):
                yield from self._check_definition(opdef)
            for resource in opdef.requires:
                if resource.location not in named_resources:
                    yield from self._check_resource(resource, f"{title}, requires")
            for step in opdef.steps or ():
                yield from self._check_step(step, opdef)

    def _has_errors(self, opdef: OpDef) -> bool:
        return any(f": {_operation_title(opdef)}" in error for error in self._errors)

    def _check_definition(self, opdef: OpDef) -> Iterator[str]:
        where = f"{opdef.location}: {_operation_title(opdef)}"
        try:
            operation = self._find(_spec(opdef))
            check_output_patterns(operation)
        except GuildError as error:
            located = _LOCATED.fullmatch(error.message)
            yield error.message if located else f"{where}: {_first_line(error)}"
            return
        yield from operation.warnings
        yield from _check_main(operation, where)

    def _check_resource(self, resource: ResourceDef, title: str) -> Iterator[str]:
        for source in resource.sources:
            if not self._has_file(source):
                name = f"{source.kind} {source.target!r}"
                yield f"{source.location}: {title}: {name} not found"

    def _has_file(self, source: SourceDef) -> bool:
        if source.kind not in ("file", "config") or source.optional or "${" in source.target:
            return True
        return (self._guildfile.path.parent / os.path.expanduser(source.target)).exists()

    def _check_step(self, step: StepDef, opdef: OpDef) -> Iterator[str]:
        where = f"{step.location}: {_operation_title(opdef)}, step {step.name!r}"
        if "${" in step.run:
            return
        target = find_step_operation(step.run, opdef.model, self._guildfile)
        try:
            operation = self._find(_spec(target) if target else step.run)
        except GuildError as error:
            if target is None:  # otherwise reported for that operation
                yield f"{where}: {_first_line(error)}"
            return
        if step.options.get("force_flags") or (target and self._has_errors(target)):
            return
        for word in _flag_words(step):
            try:
                _check_flag(word, operation)
            except GuildError as error:
                yield f"{where}: {_first_line(error)}"

    def _find(self, spec: str) -> Operation:
        if spec not in self._operations:
            try:
                self._operations[spec] = find_operation(spec, self._guildfile, self._ctx)
            except GuildError as error:
                self._operations[spec] = error
        operation = self._operations[spec]
        if isinstance(operation, GuildError):
            raise operation
        return operation


def _first_line(error: GuildError) -> str:
    return error.message.partition("\n")[0]


def _title(model: str, kind: str, part: OpDef | ResourceDef) -> str:
    return f"model {model!r}, {kind} {part.name!r}" if model else f"{kind} {part.name!r}"


def _operation_title(opdef: OpDef) -> str:
    return _title(opdef.model, "operation", opdef)


def _spec(opdef: OpDef) -> str:
    return f"{opdef.model}:{opdef.name}"


def _check_main(operation: Operation, where: str) -> Iterator[str]:
    """Yield a problem if the script or program of an operation does not exist."""
    if operation.main_file is not None:
        return
    words = operation.command.words
    if operation.kind == "python":
        module = words[3]
        is_file = "/" in module or module.endswith(".py")
        if is_file or not (operation.opdef.python_path or _is_installed(module)):
            yield f"{where}: script or module {module!r} not found"
    elif operation.kind == "exec" and words:
        program = words[0]
        if "/" in program and not os.path.isabs(program) and "${" not in program:
            yield f"{where}: program {program!r} not found"


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module.partition(".")[0]) is not None
    except ValueError:
        return False


def _flag_words(step: StepDef) -> Iterator[str]:
    """Yield the flags of a step as `NAME=VAL`; the value of an option is not a flag."""
    for name, value in step.flags.items():
        if not isinstance(value, (list, dict)):
            yield f"{name}={step.flag_texts.get(name, value)}"
        else:
            yield f"{name}=${{}}"
    previous = ""
    for word in step.args:
        if "=" in word and not word.startswith(("-", "@")) and not previous.startswith("-"):
            yield word
        previous = word


def _check_flag(word: str, operation: Operation) -> None:
    """Raise GuildError if the operation has no such flag or does not allow its value."""
    flags = operation.flags
    if "${" in word or "=[" in word:  # only known when the step runs
        word = f"{word.partition('=')[0]}=0"
        flags = {name: FlagDef(name, alias=flag.alias) for name, flag in flags.items()}
    optional = {name: flag._replace(required=False) for name, flag in flags.items()}
    assign_values(optional, [word], {}, operation=operation.name)
