"""Check that Guild AI 0.9 reads and continues a home written by this version.

    python tests/compat/side_by_side.py ORACLE_GUILD

ORACLE_GUILD is the `guild` command of Guild AI 0.9. The script creates a home from
tests/compat/project, runs both versions on it, and prints their differences. It is not part of
the suite.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
GUILD = Path(sys.executable).with_name("guild")

SETUP = (
    "run train.py -y",
    "run args.py lr=0.5 fast=yes act=tanh -y --label first --comment text",
    "run cli.py width=5 loud=yes -y",
    "run fail.py code=2 -y",
    "run train -y --tag best",
    "run net:train lr=0.5 -y",
    "run net:shell size=7 -y",
    "run prepare -y",
    "run use -y",
    "run read -y",
    "run train lr=[0.1,0.3] -y --keep-batch",
    "run train @sweep.csv -y --keep-batch",
    "run args.py lr=uniform[0.1:0.9] -m 2 -y --keep-batch",
    "run args.py lr=[0.1:0.9] -o gp -m 2 -y --keep-batch",
    "run train lr=[0.1,0.3] epochs=4 --stage -y",
    "run train epochs=1 --stage -y",
    "mark 1 -y",
)

# Commands that both versions run. Some of them differ on purpose.
COMPARED = (
    "runs --all",
    "runs -Fo train",
    "runs -Ft best",
    "runs -Se",
    "runs -Ss",
    "runs -F lr>0.2",
    *(f"runs info {n}" for n in (1, 2, 3, 6, 9, 12, 19, 22, 23)),
    *(f"ls {n} -n" for n in (3, 6, 12, 19)),
    "ls 16 -n --dependencies",
    "cat 19 --output",
    "compare --csv - -Fo train",
    "compare --csv - -Fo args.py",
    "select --attr label 9",
    "select --attr flags 9",
    "select --attr sourcecode_digest 24",
    "diff 24 22 --flags --cmd diff",
)

# Commands that only the oracle runs, with runs written by this version.
ORACLE_ONLY = (
    "runs rm 1 -y",
    "runs restore 1 -y",
    "export {tmp}/exported 5 -y",
    "run --restart {train} -y",
    "run --proto {train} lr=0.7 -y",
    "run --proto {args} -y",
    "run --proto {shell} -y",
    "run --start {staged} -y",
    "run --proto {grid} -y",
    "run --start {staged_grid} -y",
)


class Result(NamedTuple):
    """The output and the exit code of a command."""

    exit_code: int
    out: str


class Sides:
    """Both commands with the same home and project."""

    def __init__(self, oracle: Path, tmp: Path) -> None:
        self.oracle = oracle
        self.tmp = tmp
        shutil.copytree(HERE / "project", tmp / "project")
        (tmp / "home").mkdir()

    def run(self, guild: Path, command: str) -> Result:
        words = command.replace("lr>0.2", "lr&>&0.2").split()
        done = subprocess.run(
            [str(guild), *(word.replace("&", " ") for word in words)],
            cwd=self.tmp / "project",
            env={
                "HOME": str(self.tmp / "user"),
                "GUILD_HOME": str(self.tmp / "home"),
                "PATH": f"{guild.parent}:/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "TZ": "UTC",
                "COLUMNS": "200",
                "NO_IMPORT_FLAGS_PROGRESS": "1",
                "EDITOR": "true",
                "PAGER": "cat",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        return Result(done.returncode, done.stdout.decode(errors="replace"))

    def id_of(self, *filters: str) -> str:
        return self.run(GUILD, " ".join(("select", "--all", *filters))).out.split()[-1]


def is_same_output(ours: str, theirs: str) -> bool:
    """Return whether outputs are equal except for quotes and trailing whitespace."""
    return _plain(ours) == _plain(theirs)


def _plain(text: str) -> list[str]:
    return [re.sub(r"[\"']", "", line).rstrip() for line in text.strip().splitlines()]


def main(oracle: Path) -> int:
    tmp = Path(tempfile.mkdtemp(prefix="guild-side-by-side-"))
    sides = Sides(oracle, tmp)
    failed = 0
    for command in SETUP:
        result = sides.run(GUILD, command)
        print(f"setup  {result.exit_code}  guild {command}")
    for command in COMPARED:
        ours, theirs = sides.run(GUILD, command), sides.run(oracle, command)
        good = ours.exit_code == theirs.exit_code and is_same_output(ours.out, theirs.out)
        failed += not good
        print(
            f"{'same' if good else 'OTHER'}  {ours.exit_code} {theirs.exit_code}  guild {command}"
        )
        if not good:
            _show_difference(ours.out, theirs.out)
    names = {
        "tmp": str(tmp),
        "train": sides.id_of("-Fo", "train.py"),
        "args": sides.id_of("-Fl", "first"),
        "shell": sides.id_of("-Fo", "net:shell"),
        "staged": sides.id_of("-Ss", "-Fo", "train"),
        "grid": sides.id_of("-Sc", "-Fo", "+"),
        "staged_grid": sides.id_of("-Ss", "-Fo", "+"),
    }
    for command in ORACLE_ONLY:
        result = sides.run(oracle, command.format(**names))
        failed += result.exit_code != 0
        print(
            f"{'done' if result.exit_code == 0 else 'FAILED'}  {result.exit_code}  guild {command}"
        )
        if result.exit_code:
            print(result.out)
    shutil.rmtree(tmp)
    print(f"{failed} of {len(COMPARED) + len(ORACLE_ONLY)} differ or fail")
    return 1 if failed else 0


def _show_difference(ours: str, theirs: str) -> None:
    import difflib

    lines = difflib.unified_diff(_plain(theirs), _plain(ours), "0.9", "here", lineterm="", n=0)
    for line in lines:
        print(f"      {line}"[:180])


if __name__ == "__main__":
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
