"""The console examples of the documentation print the output that the pages show.

Each page starts in an empty project and is processed from top to bottom. A block

    ```python train.py

is written to that file. The commands of a block

    ```console
    $ guild runs
    [1:9903e5a1]  train.py  2026-11-21 23:14:27  completed  lr=0.1
    ...

are executed, and their output is compared with the lines below them. IDs, times, durations,
process IDs and directories may differ. A line `...` matches any number of lines. Prompts are
answered with Enter. If the page has a file `pyproject.toml`, its modules in subdirectories are
installed first, with their entry points. Blocks of other kinds are ignored.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import tomlkit

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
    """A fenced block: its language, the name of its file, its content and its first line."""

    language: str
    file: str | None
    text: str
    line: int


class Command(NamedTuple):
    """A command and the lines that it prints."""

    text: str
    expected: list[str]


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 2
        yield Block(match[1], match[2], match[3], line)


def commands(text: str) -> list[Command]:
    """Return the commands of a console block with their expected output."""
    result: list[Command] = []
    for line in text.splitlines():
        if line.startswith(_PROMPT):
            result.append(Command(line.removeprefix(_PROMPT), []))
        elif result and result[-1].text.endswith("\\") and not result[-1].expected:
            result[-1] = Command(f"{result[-1].text}\n{line}", [])
        else:
            result[-1].expected.append(line)
    return result


def run_command(command: str, project: Project) -> str:
    """Return the output of `command` on stdout and stderr, as a terminal would show it."""
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
    return text.replace("(Y/n) ", "(Y/n)\n")  # the user's Enter ends the line


_VARYING = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "SHORT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "DURATION"),
    (re.compile(r"\((process|pid) \d+\)"), "(PROCESS)"),
)


def normalize(lines: list[str]) -> list[str]:
    """Return `lines` with placeholders for IDs, times and other values that vary."""
    result = []
    for line in lines:
        for pattern, placeholder in _VARYING:
            line = pattern.sub(placeholder, line)
        result.append(line.rstrip())
    while result and not result[-1]:
        result.pop()
    return result


def matches(expected: list[str], actual: list[str]) -> bool:
    """Check whether lines match, where an expected line `...` matches any number of lines."""
    if not expected:
        return not actual
    first, *rest = expected
    if first == _ANY:
        return any(matches(rest, actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and first == actual[0] and matches(rest, actual[1:])


# Projects drop PYTHONPATH, by which the package is installed here.
_KEEP_PYTHONPATH = """
from guild.testing import project

project._FOREIGN = tuple(prefix for prefix in project._FOREIGN if prefix != "PYTHON")
"""


def install_package(project: Project, files: Mapping[str, str]) -> Path:
    """Install the modules in subdirectories and the entry points of `pyproject.toml`."""
    metadata = tomlkit.parse(files["pyproject.toml"]).unwrap()["project"]
    name, version = metadata["name"], metadata["version"]
    entry_points = "".join(
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in metadata["entry-points"].items()
    )
    info = f"../site/{name.replace('-', '_')}-{version}.dist-info"
    project.write({f"../site/{file}": text for file, text in files.items() if "/" in file})
    project.write(
        {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/entry_points.txt": entry_points,
        }
    )
    site = (project.path / "../site").resolve()
    project.env["PYTHONPATH"] = str(site)
    return site


@pytest.mark.parametrize("page", PAGES)
def test_console_examples_print_the_documented_output(
    page: str, project: Callable[..., Project]
) -> None:
    made = project()
    text = (ROOT / page).read_text(encoding="utf-8")
    files = {block.file: block.text for block in blocks(text) if block.file is not None}
    is_package = "pyproject.toml" in files
    if is_package:
        install_package(made, files)
    for block in blocks(text):
        if block.file is not None and not (is_package and "/" in block.file):
            made.write({block.file: block.text})
        if block.language != "console":
            continue
        for command in commands(block.text):
            output = run_command(command.text, made)
            assert matches(normalize(command.expected), normalize(output.splitlines())), (
                f"{page}:{block.line}: {command.text}\n{output}"
            )


def test_extensions_pass_the_contract_suites(project: Callable[..., Project]) -> None:
    made = project()
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    files = {block.file: block.text for block in blocks(text) if block.file is not None}
    install_package(made, files)
    conftest = f"{files['conftest.py']}\n{_KEEP_PYTHONPATH}"
    made.write({"conftest.py": conftest, "test_extras.py": files["test_extras.py"]})
    output = run_command("python -m pytest -q -p no:cacheprovider test_extras.py", made)
    assert re.search(r"^\d+ passed(, \d+ skipped)? in ", output, re.MULTILINE), output
