"""Flags of a script, found by executing it up to where it parses its arguments.

`parser_probe` does so in a process of its own and tells what the script's parser has. That becomes
the same models of argparse and click that reading the script fills, so that flags are what they
would be if all of them had been found by reading.
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

from guild.plugins.python_flags.argparse_calls import Argument, Parser
from guild.plugins.python_flags.click_calls import Command, Parameter, Type
from guild.plugins.python_flags.constants import UNKNOWN
from guild.plugins.python_flags.findings import Entry, Findings
from guild.plugins.python_flags.result import EXECUTED, Execution, ImportedFlags
from guild.plugins.python_flags.script import argument_flags, inspect_files
from guild.plugins.python_flags.values import Call, External

TIME_LIMIT = 60.0  # seconds; to import a large framework for the first time may take half of it

_LARGEST_SOURCE = 1_000_000  # bytes; what is larger is data, and no flag depends on it


class ExecutionError(Exception):
    """The script was executed and parsed no arguments; the message says why."""


def execute_files(
    path: Path,
    root: Path,
    dest: str | None,
    args: Sequence[str],
    execution: Execution,
    time_limit: float = TIME_LIMIT,
) -> tuple[ImportedFlags, dict[Path, bytes | None]]:
    """The flags of the script `path` of the project `root`, as `inspect_files` gives them, with
    the project's files that the script had opened when it parsed its arguments.

    A script that parses only what it knows (`parse_known_args`) may parse more later: what is
    found by reading it is added.

    Raises ExecutionError for one that parses none, and GuildError as `inspect_files` does.
    """
    told = _execute(path, root, args, execution, time_limit)
    files = {Path(name): _source(name) for name in told["files"]}
    findings = Findings()
    findings.entries.append(_entry(told, findings))
    name = (dest or "args").partition(":")[2]
    found = argument_flags(findings, name, args, path.name)
    if not told["whole"]:
        read, more = inspect_files(path, [root], dest or "args", args)
        found = found._replace(flags={**read.flags, **found.flags})
        files = {**more, **files}
    return found, files


def _source(name: str) -> bytes | None:
    with contextlib.suppress(OSError):
        if os.path.getsize(name) <= _LARGEST_SOURCE:
            return Path(name).read_bytes()
    return None


# -- The process


def _execute(
    path: Path, root: Path, args: Sequence[str], execution: Execution, time_limit: float
) -> Mapping[str, Any]:
    probe = Path(__file__).with_name("parser_probe.py")
    with tempfile.TemporaryDirectory(prefix="guild-flags-") as folder:
        result = os.path.join(folder, "result")
        request = {
            "result": result,
            "root": str(root),
            "name": path.name,
            "file": os.path.abspath(path),
            "argv0": os.path.relpath(path, root),
            "path0": str(path.parent if execution.package is None else root),
            "package": execution.package,
            "args": list(args),
        }
        status = _status(
            [sys.executable, str(probe), json.dumps(request)], root, execution, time_limit
        )
        try:
            with open(result, "rb") as file:
                told: dict[str, Any] = json.load(file)
        except (OSError, ValueError):
            raise ExecutionError(_ended(status, time_limit)) from None
    if "error" in told:
        raise ExecutionError(told["error"])
    return told


def _status(cmd: Sequence[str], root: Path, execution: Execution, limit: float) -> int | None:
    """The exit status of `cmd`, of whose processes none is left behind; None for one that takes
    longer than `limit` seconds. What it prints is thrown away."""
    folders = [str(root), *execution.python_path]
    inherited = os.environ.get("PYTHONPATH")
    env = {
        **os.environ,
        **execution.env,
        "PYTHONPATH": os.pathsep.join([*folders, *([inherited] if inherited else [])]),
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


def _ended(status: int | None, limit: float) -> str:
    if status is None:
        return f"it parsed no arguments within {limit:.0f} seconds"
    if status < 0:
        return f"it was ended by signal {-status}"
    return f"it exited with {status} before it parsed its arguments"


# -- From what was told to the models


def _entry(told: Mapping[str, Any], findings: Findings) -> Entry:
    if "argparse" in told:
        return _parser(told["argparse"], findings)
    return _command(told["click"], findings)


def _parser(data: Mapping[str, Any], findings: Findings) -> Parser:
    parser = Parser(findings)
    parser.prog = data["prog"]
    for argument in data["arguments"]:
        options = {name: _value(value) for name, value in argument["options"].items()}
        call = Call(list(argument["names"]), options, True, f"{argument['where']}{EXECUTED}")
        made = Argument(call, list(argument["names"]), argument["exclusive"])
        made.truth_texts = argument["truth_texts"]
        parser.arguments.append(made)
    parser.commands = {name: _parser(one, findings) for name, one in data["commands"].items()}
    return parser


def _command(data: Mapping[str, Any], findings: Findings) -> Command:
    command = Command(findings, None, data["name"])
    for parameter in data["parameters"]:
        options = {name: _value(value) for name, value in parameter["options"].items()}
        options["type"] = _click_type(parameter["type"])
        where = f"{parameter['where']}{EXECUTED}"
        call = Call(list(parameter["names"]), options, True, where)
        command.parameters.append(Parameter(call, parameter["is_option"]))
    command.commands = {name: _command(one, findings) for name, one in data["commands"].items()}
    return command


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
        return Type("string", Call([data["choices"]], options, True, ""), name)
    if name in ("IntRange", "FloatRange"):
        made = Call([_value(v) for v in data["limits"]], {"clamp": data["clamp"]}, True, "")
        return Type("int" if name == "IntRange" else "float", made, name)
    return _CLICK_TYPES.get(name)


def _value(data: Any) -> Any:
    if isinstance(data, dict):
        return External(data["external"]) if "external" in data else UNKNOWN
    return data
