"""Comparison of programs that run under Guild and under plain Python.

Each file in `programs/` runs in its own directory, as `python NAME.py` and with Guild. Its
stdout, stderr and exit code must be identical. It runs once with the default 3 of its flag
`value`, and once with `value=7`, which must behave like the file with the 3 edited.

    python tests/parity/compare.py [NAME...]

A program that starts with the line `# live` is compared with `python -u`. If it dies, output
in its buffer reaches Guild, as it would reach a terminal but not a file.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
# Guild reads the flags of a script first, and reports invalid Python in its own words.
NO_RUN = ("syntax_error",)
# They end without running exit handlers, so Guild removes their files.
END_AT_ONCE = ("exit_now", "faulthandler_traceback", "orig_argv_reexec")
VALUES = (3, 7)
STDIN = b"Ada\nline two\nlast"
TIMEOUT = 60


class Behavior(NamedTuple):
    """The behavior of a program, with the paths of its directory replaced by `DIR`."""

    stdout: bytes
    stderr: bytes
    exit_code: int


Way = Callable[[Path, int], Behavior]


def environment() -> dict[str, str]:
    """Return the environment of both sides: nothing that changes Python."""
    inherited = ("PATH", "HOME", "TMPDIR")
    return {
        **{name: os.environ[name] for name in inherited if name in os.environ},
        "LANG": "C.UTF-8",
        "FLAGS_DEST": "globals",
    }


def under_python(program: Path, value: int) -> Behavior:
    """Run `python NAME.py` with the value edited into the file."""
    live = program.read_bytes().startswith(b"# live")
    with tempfile.TemporaryDirectory() as temp:
        folder = _project(Path(temp), program)
        script = folder / program.name
        text = script.read_bytes()
        edited, count = re.subn(rb"(\bvalue(: int)? :?= )3\b", rb"\g<1>%d" % value, text)
        assert count == 1, f"{program.name} has no `value = 3`"
        script.write_bytes(edited)
        argv = [sys.executable, *(["-u"] if live else []), program.name]
        return _run(argv, folder, environment())


def under_launch(program: Path, value: int) -> Behavior:
    """Run the process that `guild run` would start, without `guild run`."""
    from guild.ops.python.python_launch import prepare_launch

    with tempfile.TemporaryDirectory() as temp:
        folder = _project(Path(temp), program)
        cmd = [sys.executable, "-um", "guild.op_main", program.stem, "--", "--value", str(value)]
        launch = prepare_launch(cmd, folder, environment(), {"value": value})
        behavior = _run(launch.argv, folder, launch.env)
        left = [file for file in (folder / ".guild").glob("*") if behavior.exit_code >= 0]
        assert not left or program.stem in END_AT_ONCE, f"{program.name} leaves {left}"
        return behavior


def under_guild_run(program: Path, value: int) -> Behavior:
    """Run `guild run NAME.py value=VALUE -y` with its output in a pipe."""
    with tempfile.TemporaryDirectory() as temp:
        home = Path(temp, "home")
        home.mkdir()
        folder = _project(Path(temp), program)
        argv = [sys.executable, "-m", "guild", "run", program.name, "-y"]
        if value != VALUES[0]:
            argv.append(f"value={value}")
        env = {**environment(), "GUILD_HOME": str(home)}
        del env["FLAGS_DEST"]
        behavior = _run(argv, folder, env)
        # Like a shell, Guild exits with 128 + N if signal N ended the script.
        code = behavior.exit_code
        return behavior._replace(exit_code=128 - code if code > 128 else code)


# Every program runs in each of these ways. For the default, `guild run` covers both.
WAYS: tuple[tuple[int, Way], ...] = (
    (VALUES[0], under_guild_run),
    (VALUES[1], under_launch),
    (VALUES[1], under_guild_run),
)


def difference(program: Path) -> str:
    """Return a description of the first difference between the ways to run, or ""."""
    expected = {value: under_python(program, value) for value in VALUES}
    for value, way in WAYS:
        if way is under_guild_run and program.stem in NO_RUN:
            continue
        for field, reference, actual in zip(
            Behavior._fields, expected[value], way(program, value), strict=True
        ):
            if actual != reference:
                return (
                    f"{way.__name__}, value={value}: expected {field}\n{_short(reference)}\n"
                    f"but got\n{_short(actual)}"
                )
    return ""


def _short(value: bytes | int) -> str:
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
    return text if len(text) < 4000 else f"{text[:2000]}\n[...]\n{text[-2000:]}"


def _project(temp: Path, program: Path) -> Path:
    folder = temp / "project"
    folder.mkdir()
    for file in (program, *(HERE / "modules").glob("*.py")):
        shutil.copy(file, folder)
    return folder


def _run(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> Behavior:
    process = subprocess.run(
        argv, cwd=folder, env=env, input=STDIN, capture_output=True, timeout=TIMEOUT, check=False
    )
    return Behavior(
        _normal(process.stdout, folder), _normal(process.stderr, folder), process.returncode
    )


def _normal(output: bytes, folder: Path) -> bytes:
    """Replace parts that differ between runs: the directory, addresses and process ids."""
    output = re.sub(rb"/[^\s'\"(]*/runs/[0-9a-f]{32}", b"DIR", output)
    output = output.replace(bytes(folder.resolve()), b"DIR").replace(bytes(folder), b"DIR")
    output = re.sub(rb"\b0x[0-9a-f]{6,16}\b", b"0x0", output)
    return re.sub(rb"\bpid=\d+", b"pid=0", output)


def main() -> int:
    """Compare the programs on the command line, by default all, and return an exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="programs without .py (default: all)")
    args = parser.parse_args()
    programs = [p for p in PROGRAMS if not args.names or p.stem in args.names]
    same = 0
    for program in programs:
        text = difference(program)
        same += not text
        if text:
            print(f"{program.name}: {text}\n")
    print(f"{same} of {len(programs)} programs behave the same")
    return int(same < len(programs))


if __name__ == "__main__":
    sys.exit(main())
