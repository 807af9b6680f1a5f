"""Flags of a script, found by executing it until it parses its arguments.

`probe_main` runs the script in a process of its own and reports the arguments of the
script's parser. They become the same models of argparse and click that a walk over the
source produces, so the flags are the same as if all arguments had been found there.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guild.extend.flag_finder import FoundFlags
from guild.extend.program import Program
from guild.plugins.flags.argparse_finder import ArgparseFinder, Parser
from guild.plugins.flags.argparse_flags import Argument
from guild.plugins.flags.click_finder import ClickFinder, Command
from guild.plugins.flags.click_flags import Parameter, ParameterType
from guild.plugins.flags.command_line import argument_flags, subcommand_of
from guild.plugins.flags.execution.request import Execution
from guild.plugins.flags.findings import Entry, Findings
from guild.plugins.flags.inspection import inspect_program
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.values import Call, External
from guild.plugins.flags.typer_finder import TyperFinder

TIME_LIMIT = 60.0  # seconds; the first import of a large framework may take half of it

_MAX_SOURCE_SIZE = 1_000_000  # bytes; larger files are data that no flag depends on
_SOURCE_SUFFIX = " when executed"  # follows the location of a flag


class ExecutionError(Exception):
    """Raised if an executed script does not parse arguments. The message is the reason."""


def inspect_by_execution(
    program: Program, execution: Execution, time_limit: float = TIME_LIMIT
) -> FoundFlags:
    """Return the flags of `program` by executing it in the first directory of its search path.

    The project files that the script opened before it parsed its arguments are added to
    `program.files`. A script that calls `parse_known_args` may parse more arguments
    later, so those found in its source are added.

    Raises ExecutionError if the script parses no arguments within `time_limit` seconds,
    and GuildError as `inspect_program` does.
    """
    report = _execute(program, execution, time_limit)
    files = {Path(name): _read_source(name) for name in report["files"]}
    findings = Findings()
    findings.entries.append(_entry(report, findings))
    subcommand = subcommand_of(program, [ArgparseFinder(), ClickFinder(), TyperFinder()])
    result = argument_flags(findings, subcommand, program.args, program.path.name)
    if not report["complete"]:
        dest = program.dest or "args"
        source = Program(program.path, program.search_path[:1], dest, program.args)
        flags = inspect_program(source).flags
        result = result._replace(flags={**flags, **result.flags})
        program.files.update(source.files)
    program.files.update(files)
    return result


def _read_source(name: str) -> bytes | None:
    with contextlib.suppress(OSError):
        if os.path.getsize(name) <= _MAX_SOURCE_SIZE:
            return Path(name).read_bytes()
    return None


# -- The process


def _execute(program: Program, execution: Execution, time_limit: float) -> Mapping[str, Any]:
    probe = Path(__file__).with_name("probe_main.py")
    path, root = program.path, program.search_path[0]
    with tempfile.TemporaryDirectory(prefix="guild-flags-") as directory:
        result = os.path.join(directory, "result")
        request = {
            "result": result,
            "root": str(root),
            "name": path.name,
            "file": str(path),
            "argv0": os.path.relpath(path, root),
            "path0": str(path.parent if execution.package is None else root),
            "package": execution.package,
            "args": list(program.args),
        }
        cmd = [sys.executable, str(probe), json.dumps(request)]
        status = _run_process(cmd, root, execution, time_limit)
        try:
            with open(result, "rb") as file:
                report: dict[str, Any] = json.load(file)
        except (OSError, ValueError):
            raise ExecutionError(_describe_end(status, time_limit)) from None
    if "error" in report:
        raise ExecutionError(report["error"])
    return report


def _run_process(cmd: Sequence[str], root: Path, execution: Execution, limit: float) -> int | None:
    """Run `cmd` without output and return its exit status, or None after `limit` seconds.

    All processes that it started are killed.
    """
    directories = [str(root), *execution.python_path]
    inherited = os.environ.get("PYTHONPATH")
    env = {
        **os.environ,
        **execution.env,
        "PYTHONPATH": os.pathsep.join([*directories, *([inherited] if inherited else [])]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen(
        cmd,
        cwd=root,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _describe_end(status: int | None, limit: float) -> str:
    if status is None:
        return f"the script parsed no arguments within {limit:.0f} seconds"
    if status < 0:
        return f"the script was killed by signal {-status}"
    return f"the script exited with status {status} before parsing its arguments"


# -- From the report to models


def _entry(report: Mapping[str, Any], findings: Findings) -> Entry:
    if "argparse" in report:
        return _parser(report["argparse"], findings)
    return _command(report["click"], findings)


def _parser(data: Mapping[str, Any], findings: Findings) -> Parser:
    parser = Parser(findings)
    parser.prog = data["prog"]
    for item in data["arguments"]:
        argument = Argument(_call(item), list(item["names"]), item["exclusive"])
        argument.boolean_words = item["boolean_words"]
        parser.arguments.append(argument)
    parser.commands = {name: _parser(sub, findings) for name, sub in data["commands"].items()}
    return parser


def _command(data: Mapping[str, Any], findings: Findings) -> Command:
    command = Command(findings, None, data["name"])
    for item in data["parameters"]:
        call = _call(item)
        call.kwargs["type"] = _click_type(item["type"])
        command.parameters.append(Parameter(call, item["is_option"]))
    command.commands = {name: _command(sub, findings) for name, sub in data["commands"].items()}
    return command


def _call(item: Mapping[str, Any]) -> Call:
    options = {name: _value(value) for name, value in item["options"].items()}
    return Call(list(item["names"]), options, True, f"{item['location']}{_SOURCE_SUFFIX}")


_CLICK_TYPES = {
    "IntParamType": External("builtins.int"),
    "FloatParamType": External("builtins.float"),
    "BoolParamType": External("builtins.bool"),
    "StringParamType": External("builtins.str"),
}


def _click_type(data: Mapping[str, Any]) -> Any:
    name = data["name"]
    if name == "Choice":
        options = {"case_sensitive": data["case_sensitive"]}
        return ParameterType("string", Call([data["choices"]], options, True, ""), name)
    if name in ("IntRange", "FloatRange"):
        call = Call([_value(v) for v in data["limits"]], {"clamp": data["clamp"]}, True, "")
        return ParameterType("int" if name == "IntRange" else "float", call, name)
    return _CLICK_TYPES.get(name)


def _value(data: Any) -> Any:
    if isinstance(data, dict):
        return External(data["external"]) if "external" in data else UNKNOWN
    return data
