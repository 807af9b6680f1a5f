"""The time to copy the source code of a run from a Git working tree with many small files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Row, compare
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode.code_copy import copy_selection
from guild.ops.stage.sourcecode.file_selection import select_sourcecode
from guild.runs import manifest

FILES_A_FOLDER = 50
REPEAT = 5


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="guild-benchmark-") as name:
        temp = Path(name)
        for count in (1_000, 10_000):
            project = make_project(temp / f"{count}", count)
            times = compare(copy_as_guild(project, temp), copy_and_sum(project, temp), REPEAT)
            yield Row(f"source code, {count} files", "cp -r + sha1sum", *times, 3.0)
        plain = temp / "1000"
        with_data = temp / "with-data"
        shutil.copytree(plain, with_data)
        with open(with_data / "data.bin", "wb") as file:
            file.truncate(2 * 1024**3)
        times = compare(copy_as_guild(with_data, temp), copy_as_guild(plain, temp), REPEAT)
        yield Row("source code, 1000 files + 2 GB untracked", "without the 2 GB", *times, 1.25)


def make_project(project: Path, count: int) -> Path:
    """Create a Git working tree with `count` tracked files of about 1 KB."""
    for number in range(count):
        path = project / f"package_{number // FILES_A_FOLDER}" / f"module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"VALUE = {number}\n" * 60)
    who = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "Files")):
        subprocess.run(["git", *words], cwd=project, check=True)
    return project


def copy_and_sum(project: Path, temp: Path) -> Callable[[], object]:
    """Return a function that copies the files of a project with `cp -r` and runs `sha1sum`."""
    folders = [entry.path for entry in os.scandir(project) if entry.name.startswith("package_")]

    def run() -> None:
        target = tempfile.mkdtemp(dir=temp)
        subprocess.run(["cp", "-r", *folders, target], check=True)
        paths = [os.path.join(top, name) for top, _, names in os.walk(target) for name in names]
        subprocess.run(
            ["xargs", "-0", "sha1sum"],
            input="\0".join(paths).encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    return run


def copy_as_guild(project: Path, temp: Path) -> Callable[[], object]:
    """Return a function that copies source code and writes the manifest, as for a run."""

    def run() -> None:
        target = Path(tempfile.mkdtemp(dir=temp))
        (target / ".guild").mkdir()
        selection = select_sourcecode(project, SourceCodeDef(), environ=os.environ)
        copied = copy_selection(selection, target)
        manifest.write_entries(target, copied.entries)

    return run
