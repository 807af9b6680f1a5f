"""What documentation shows is what happens: its console blocks are typed, one after the other.

A page is worked through from top to bottom in an empty project. A block

    ```python train.py

is written to that file; of a block

    ```console
    $ guild runs
    [1:9903e5a1]  train.py  2026-11-21 23:14:27  completed  lr=0.1
    ...

the commands are run, and print what is below them. Ids, times, durations, process ids and
folders may differ, and a line `...` stands for any number of lines. Questions are answered
with Enter. Blocks of other kinds are for reading only.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from guild.testing.project import Project

ROOT = Path(__file__).parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if "```console" in path.read_text(encoding="utf-8")
]

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = "$ "
_ANY = "..."


class Block(NamedTuple):
    """A fenced block: its language, the file that it is, and the number of its first line."""

    language: str
    file: str | None
    text: str
    line: int


class Command(NamedTuple):
    """A command and the lines that it prints."""

    text: str
    expected: list[str]


def blocks(page: str) -> Iterator[Block]:
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 2
        yield Block(match[1], match[2], match[3], line)


def commands(text: str) -> list[Command]:
    found: list[Command] = []
    for line in text.splitlines():
        if line.startswith(_PROMPT):
            found.append(Command(line.removeprefix(_PROMPT), []))
        elif found and found[-1].text.endswith("\\") and not found[-1].expected:
            found[-1] = Command(f"{found[-1].text}\n{line}", [])
        else:
            found[-1].expected.append(line)
    return found


def typed(command: str, project: Project) -> str:
    """What `command` prints on stdout and stderr, as a terminal would show it."""
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        input=b"\n" * 3,
        cwd=project.path,
        env=project.env,
        timeout=120,
    )
    text = done.stdout.decode()
    text = text.replace(str(project.home), "/home/ann/.guild")
    text = text.replace(str(project.path), "/home/ann/line")
    return text.replace("(Y/n) ", "(Y/n)\n")  # what is typed ends the line


_VARYING = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "SHORT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "DURATION"),
    (re.compile(r"\((process|pid) \d+\)"), "(PROCESS)"),
)


def general(lines: list[str]) -> list[str]:
    """`lines` with the same words for all that differs from time to time."""
    found = []
    for line in lines:
        for pattern, word in _VARYING:
            line = pattern.sub(word, line)
        found.append(line.rstrip())
    while found and not found[-1]:
        found.pop()
    return found


def matches(expected: list[str], actual: list[str]) -> bool:
    if not expected:
        return not actual
    first, *rest = expected
    if first == _ANY:
        return any(matches(rest, actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and first == actual[0] and matches(rest, actual[1:])


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_happens(page: str, project: Callable[..., Project]) -> None:
    made = project()
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in blocks(text):
        if block.file is not None:
            made.write({block.file: block.text})
        if block.language != "console":
            continue
        for command in commands(block.text):
            printed = typed(command.text, made)
            assert matches(general(command.expected), general(printed.splitlines())), (
                f"{page}:{block.line}: {command.text}\n{printed}"
            )
