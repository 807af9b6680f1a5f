"""Whether programs behave under guild as they do under `python`.

Each file of `programs/` is run in a folder of its own: as `python NAME.py`, and
through guild, and is the same if stdout, stderr and exit code are, byte for byte.
It is run with its flag `value` at the default, 3, and with `value=7` against
the file with the 3 edited by hand.

    python tests/parity/compare.py [NAME...]

A first line `# live` compares with `python -u`: what such a program leaves in
its buffer when it dies reaches guild, as it reaches a terminal, but not a file.
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
# guild reads a script's flags first, and tells in its own words of one that is no Python.
NO_RUN = ("syntax_error",)
# They end without what is done at exit, and what they leave is removed by guild.
END_AT_ONCE = ("exit_now", "faulthandler_traceback", "orig_argv_reexec")
VALUES = (3, 7)
STDIN = b"Ada\nline two\nlast"
TIMEOUT = 60


class Behaviour(NamedTuple):
    """What a program did; paths of its folder are `DIR`."""

    stdout: bytes
    stderr: bytes
    exit_code: int


Way = Callable[[Path, int], Behaviour]


def environment() -> dict[str, str]:
    """What both sides get: nothing that changes Python, an unused flags-dest."""
    kept = ("PATH", "HOME", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "LANG": "C.UTF-8",
        "FLAGS_DEST": "globals",
    }


def under_python(program: Path, value: int) -> Behaviour:
    """`python NAME.py`, the value edited into the file."""
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


def under_launch(program: Path, value: int) -> Behaviour:
    """The process that `guild run` starts, started without `guild run`."""
    from guild.ops.python.python_launch import prepare_launch

    with tempfile.TemporaryDirectory() as temp:
        folder = _project(Path(temp), program)
        cmd = [sys.executable, "-um", "guild.op_main", program.stem, "--", "--value", str(value)]
        launch = prepare_launch(cmd, folder, environment(), {"value": value})
        behaviour = _run(launch.argv, folder, launch.env)
        left = [file for file in (folder / ".guild").glob("*") if behaviour.exit_code >= 0]
        assert not left or program.stem in END_AT_ONCE, f"{program.name} leaves {left}"
        return behaviour


def under_guild_run(program: Path, value: int) -> Behaviour:
    """`guild run NAME.py value=VALUE -y`, its output a pipe."""
    with tempfile.TemporaryDirectory() as temp:
        home = Path(temp, "home")
        home.mkdir()
        folder = _project(Path(temp), program)
        argv = [sys.executable, "-m", "guild", "run", program.name, "-y"]
        if value != VALUES[0]:
            argv.append(f"value={value}")
        env = {**environment(), "GUILD_HOME": str(home)}
        del env["FLAGS_DEST"]
        behaviour = _run(argv, folder, env)
        # guild's own exit code is, as a shell's, 128 + N for a script that signal N ended.
        code = behaviour.exit_code
        return behaviour._replace(exit_code=128 - code if code > 128 else code)


# Each program is run in each of these ways. Where nothing is changed, `guild run` does for both.
WAYS: tuple[tuple[int, Way], ...] = (
    (VALUES[0], under_guild_run),
    (VALUES[1], under_launch),
    (VALUES[1], under_guild_run),
)


def difference(program: Path) -> str:
    """How the program differs in one of the ways; "" if it is the same in all."""
    expected = {value: under_python(program, value) for value in VALUES}
    for value, way in WAYS:
        if way is under_guild_run and program.stem in NO_RUN:
            continue
        for what, one, other in zip(
            Behaviour._fields, expected[value], way(program, value), strict=True
        ):
            if one != other:
                told = f"{what} is\n{_short(other)}\nnot\n{_short(one)}"
                return f"{way.__name__}, value={value}: {told}"
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


def _run(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> Behaviour:
    process = subprocess.run(
        argv, cwd=folder, env=env, input=STDIN, capture_output=True, timeout=TIMEOUT, check=False
    )
    return Behaviour(
        _normal(process.stdout, folder), _normal(process.stderr, folder), process.returncode
    )


def _normal(output: bytes, folder: Path) -> bytes:
    """Without what differs between two runs of the same: folder, addresses, process ids."""
    output = re.sub(rb"/[^\s'\"(]*/runs/[0-9a-f]{32}", b"DIR", output)
    output = output.replace(bytes(folder.resolve()), b"DIR").replace(bytes(folder), b"DIR")
    output = re.sub(rb"\b0x[0-9a-f]{6,16}\b", b"0x0", output)
    return re.sub(rb"\bpid=\d+", b"pid=0", output)


def main() -> int:
    """Compare the programs named on the command line, else all."""
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
