"""Resolution of sources: selection, placement in the run, records and unmet dependencies."""
# ruff: noqa: E501

from __future__ import annotations

import io
import logging
import os
import random
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.runs import RunMaker
from support.staging import resolve_requirements, run_files

from guild.base.errors import GuildError
from guild.runs import manifest
from guild.testing.project import Project

Requiring = Callable[..., Project]


@pytest.fixture
def requiring(project: Callable[..., Project]) -> Requiring:
    """Make a project with an operation `use` that has these `requires`."""

    def make(requires: str, files: dict[str, str | bytes] | None = None) -> Project:
        use = f"use: {{exec: 'true', sourcecode: no, requires: {requires}}}"
        texts = {"w.txt": "w", "data/a.txt": "a", "data/b.csv": "b", "data/sub/c.txt": "c"}
        return project({**texts, **(files or {}), "guild.yml": use})

    return make


def unmet(name: str) -> str:
    """Return the start of the error for a source that is a resource of its own."""
    return (
        f"run failed because a dependency was not met: "
        f"could not resolve '{name}' in {name} resource: "
    )


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ("{file: w.txt}", ["w.txt"]),
        ("{file: data}", ["data/a.txt", "data/b.csv", "data/sub/c.txt"]),
        (r"{file: data, select: '.*\.txt'}", ["a.txt", "c.txt"]),
        (r"{file: data, select: '.*\.txt', preserve-path: yes}", ["data/a.txt", "data/sub/c.txt"]),
        ("{file: data/sub/c.txt}", ["c.txt"]),
        ("{file: data/sub/c.txt, target-path: t}", ["t/c.txt"]),
        ("{file: data, path: here}", ["here/data/a.txt", "here/data/b.csv", "here/data/sub/c.txt"]),
        ("{file: data/a.txt, rename: 'a(.*) z\\1'}", ["z.txt"]),
        ("{file: data/a.txt, rename: new.md}", ["new.md"]),
        ("{file: nope.txt, optional: yes}", []),
        ("{file: data, select: nothing}", []),
        ("{sources: [{file: w.txt}, {file: data/a.txt}], target-path: in}", ["in/a.txt", "in/w.txt"]),
        ("{sources: [{file: w.txt}, {file: data/a.txt, path: o}], path: in}", ["in/w.txt", "o/a.txt"]),
        ("{file: data/a.txt, preserve-path: yes, target-path: t}", ["data/a.txt"]),
        ("{sources: [{file: data/a.txt}], preserve-path: yes, path: t}", ["t/data/a.txt"]),
        ("[{module: sys}, {module: json.decoder}]", []),
    ],
)  # fmt: skip
def test_files_in_the_run(requiring: Requiring, requires: str, expected: list[str]) -> None:
    run = resolve_requirements(requiring(requires))
    assert run_files(run) == expected
    assert not any(os.path.islink(os.path.join(run.path, path)) for path in expected)


def test_linked_files(requiring: Requiring) -> None:
    project = requiring("[{file: w.txt, target-type: link}, {file: data, target-type: link}]")
    run = Path(resolve_requirements(project).path)
    assert (run / "w.txt").is_symlink()
    assert (run / "w.txt").read_text() == "w"
    assert (run / "data").is_symlink()
    assert (run / "data/sub/c.txt").read_text() == "c"


def test_file_is_recorded_in_manifest_and_attributes(requiring: Requiring) -> None:
    run = resolve_requirements(requiring("{file: data/a.txt}"))
    assert manifest.read_entries(run.path) == (
        manifest.ManifestEntry(
            "d", "a.txt", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "file:data/a.txt"
        ),
    )
    deps = run.get("deps")
    assert isinstance(deps, dict)
    record = deps["file:data/a.txt"]["file:data/a.txt"]
    assert record["uri"] == "file:data/a.txt"
    assert Path(run.path, record["paths"][0]).read_text() == "a"


# -- Archives


def zipped(names: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return data.getvalue()


def tarred(names: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.mark.parametrize(("name", "pack"), [("x.zip", zipped), ("x.tar.gz", tarred)])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["a.txt", "sub/b.txt"]),
        (", select: sub/.*", ["b.txt"]),
        (", select: nothing", []),
        (", unpack: no", None),
    ],
)
def test_archives_are_unpacked(
    requiring: Requiring,
    name: str,
    pack: Callable[[dict[str, str]], bytes],
    options: str,
    expected: list[str] | None,
) -> None:
    archive = {name: pack({"a.txt": "a", "sub/b.txt": "b"})}
    run = resolve_requirements(requiring(f"{{file: {name}{options}}}", archive))
    assert run_files(run) == ([name] if expected is None else expected)


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz"])
def test_damaged_archive_is_reported(requiring: Requiring, mode: str) -> None:
    content = random.Random(0).randbytes(100_000)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{mode}") as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("a.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    packed = bytearray(data.getvalue())
    packed[len(packed) // 2] ^= 0xFF
    name = f"x.tar.{mode}"
    project = requiring(f"{{file: {name}}}", {name: bytes(packed)})
    with pytest.raises(GuildError) as raised:
        resolve_requirements(project)
    error = str(raised.value)
    assert error.startswith(f"{unmet(f'file:{name}')}cannot unpack {project.path}/{name}: ")
    assert "\n" not in error


@pytest.mark.parametrize(("name", "pack"), [("x.zip", zipped), ("x.tgz", tarred)])
def test_archive_member_outside_is_refused(
    requiring: Requiring, name: str, pack: Callable[[dict[str, str]], bytes]
) -> None:
    project = requiring(f"{{file: {name}}}", {name: pack({"../../out.txt": "a"})})
    problem = "its member '../../out.txt' is outside of it"
    with pytest.raises(GuildError, match=re.escape(problem)):
        resolve_requirements(project)
    assert not list(project.home.parent.rglob("out.txt"))


# -- Unmet dependencies


@pytest.mark.parametrize(
    ("requires", "name", "problem"),
    [
        ("{file: nope.txt}", "file:nope.txt", "cannot find source file 'nope.txt'"),
        ("{config: nope.yml}", "config:nope.yml", "cannot find source file 'nope.yml'"),
        ("{file: w.txt, target-path: ../..}", "file:w.txt",
         "invalid target path '../../w.txt': it must be inside the run directory"),
        ("{file: w.txt, target-path: /tmp}", "file:w.txt",
         "invalid target path '/tmp/w.txt': it must be inside the run directory"),
        ("{file: w.txt, target-path: .guild}", "file:w.txt",
         "invalid target path '.guild/w.txt': it must be inside the run directory"),
        ("{file: w.txt, rename: w.txt ../../w}", "file:w.txt",
         "invalid target path '../../w': it must be inside the run directory"),
        ("{file: w.txt, sha256: abc}", "file:w.txt", "unexpected sha256 of {project}/w.txt: expected "
         "abc but got 50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"),
        ("{file: data, select: x, fail-if-empty: yes}", "file:data", "nothing resolved for file:data"),
        ("{file: data, select: '('}", "file:data", "invalid pattern '(' in requires: missing ), "
         "unterminated subpattern at position 0"),
        ("{module: nonesuch}", "module:nonesuch", "cannot find Python module 'nonesuch'"),
        ("{operation: prepare}", "operation:prepare", "no suitable run for prepare"),
    ],
)  # fmt: skip
def test_unmet_dependency_fails_unless_forced(
    requiring: Requiring,
    requires: str,
    name: str,
    problem: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    project = requiring(requires)
    problem = problem.replace("{project}", str(project.path))
    with pytest.raises(GuildError) as raised:
        resolve_requirements(project)
    assert str(raised.value) == f"{unmet(name)}{problem}"
    assert run_files(resolve_requirements(project, force_deps=True)) == []
    assert caplog.messages == [
        f"a dependency was not met: could not resolve '{name}' in {name} resource: {problem}"
    ]


def test_unmet_dependency_shows_its_help(requiring: Requiring) -> None:
    with pytest.raises(GuildError) as raised:
        resolve_requirements(requiring("{file: nope.txt, help: Ask for it.}"))
    assert str(raised.value) == (
        f"{unmet('file:nope.txt')}cannot find source file 'nope.txt'\nAsk for it."
    )


def test_optional_dependency_is_skipped(
    requiring: Requiring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    resolve_requirements(requiring("{file: nope.txt, optional: yes}"))
    assert caplog.messages == [
        "Resolving file:nope.txt",
        "Could not resolve file:nope.txt - skipping because dependency is optional",
    ]


def test_files_are_not_written_through_links(requiring: Requiring) -> None:
    project = requiring("[{file: data, target-type: link}, {file: w.txt, target-path: data/sub}]")
    with pytest.raises(
        GuildError, match=r"invalid target path 'data/sub/w\.txt': it must be inside"
    ):
        resolve_requirements(project)
    assert not (project.path / "data/sub/w.txt").exists()


def test_empty_selection_is_reported(
    requiring: Requiring, caplog: pytest.LogCaptureFixture
) -> None:
    resolve_requirements(requiring("{file: data, select: x}"))
    resolve_requirements(requiring("{file: data, select: x, warn-if-empty: no}"))
    assert caplog.messages == ["nothing resolved for file:data"]


def test_ignored_target_path_is_reported(
    requiring: Requiring, caplog: pytest.LogCaptureFixture
) -> None:
    resolve_requirements(requiring("{file: w.txt, preserve-path: yes, target-path: t}"))
    assert caplog.messages == [
        "file:w.txt: target-path 't' is ignored because preserve-path is also set"
    ]


def test_existing_file_is_replaced_only_if_requested(
    requiring: Requiring, caplog: pytest.LogCaptureFixture
) -> None:
    both = "[{file: w.txt}, {file: data/a.txt, rename: w.txt}]"
    run = resolve_requirements(requiring(both.replace("w.txt}]", "'a.txt w.txt'}]")))
    assert Path(run.path, "w.txt").read_text() == "w"
    assert caplog.messages == [f"{run.path}/w.txt already exists, skipping copy"]
    replacing = "[{file: w.txt}, {file: data/a.txt, rename: 'a w', replace-existing: yes}]"
    run = resolve_requirements(requiring(replacing))
    assert Path(run.path, "w.txt").read_text() == "a"


# -- Files of runs


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ("{operation: prepare}", ["data.csv", "m-10.bin", "m-5.bin", "out/deep/x.txt"]),
        ("{operation: prepare, select: out}", ["out/deep/x.txt"]),
        ("{operation: prepare, select: out/deep/.*}", ["x.txt"]),
        (r"{operation: prepare, select-max: 'm-(\d+)\.bin'}", ["m-10.bin"]),
        (r"{operation: prepare, select-min: 'm-(\d+)\.bin'}", ["m-5.bin"]),
        ("{operation: 'prep.*', select: data.csv, target-path: from}", ["from/data.csv"]),
        ("{operation: 'other,prepare', select: data.csv}", ["data.csv"]),
        ("{operation: prepare, select: own.py}", ["own.py"]),
        (r"{operation: prepare, select: '\.guild.*'}", []),
    ],
)
def test_generated_files_of_a_run(requiring: Requiring, requires: str, expected: list[str]) -> None:
    project = requiring(requires)
    names = ("out/deep/x.txt", "data.csv", "m-5.bin", "m-10.bin", "own.py")
    maker = RunMaker(project.home, project.path)
    prepared = maker("prepare", files=dict.fromkeys(names, "x"), manifest="s own.py - own.py\n")
    run = resolve_requirements(project)
    assert run_files(run) == expected
    flags = run.get("flags")
    assert isinstance(flags, dict)
    assert list(flags.values()) == [prepared.id]
