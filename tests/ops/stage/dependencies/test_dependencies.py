"""Dependencies of operations: files, configs, modules and files of earlier runs."""
# ruff: noqa: E501

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import Project

from guild.runs import manifest


@pytest.fixture
def requiring(project: Callable[..., Project]) -> Callable[..., Project]:
    """A project with an operation `use` with these `requires`, and one that generates files."""

    def make(requires: str, files: dict[str, str | bytes] | None = None) -> Project:
        made = project(
            {
                "w.txt": "w",
                "data/a.txt": "a",
                "data/b.csv": "b",
                "data/sub/c.txt": "c",
                **(files or {}),
            }
        )
        made.write(
            {
                "guild.yml": f"""
- model: ''
  operations:
    prepare:
      exec: sh -c 'mkdir -p out/deep; echo x >out/deep/x.txt; touch data.csv m-5.bin m-10.bin'
      sourcecode: no
    use:
      exec: 'true'
      sourcecode: no
      requires: {requires}
"""
            }
        )
        return made

    return make


REMEDY = " (use --force-deps to run without it)"


def unmet(name: str) -> str:
    """Return the start of the error for a source that is a resource of its own."""
    return (
        f"run failed because a dependency was not met: "
        f"could not resolve '{name}' in {name} resource: "
    )


def files(project: Project, n: int = 1) -> list[str]:
    """Return the paths of the files and links in a run."""
    root = project.run_dir(n)
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if not path.is_dir() and ".guild" not in path.relative_to(root).parts
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
    ],
)  # fmt: skip
def test_files(requiring: Callable[..., Project], requires: str, expected: list[str]) -> None:
    project = requiring(requires)
    project.run("run", "use", "-y").assert_ok()
    assert files(project) == expected
    assert all(not (project.run_dir() / path).is_symlink() for path in expected)


def test_file_is_recorded_in_manifest_and_attributes(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: data/a.txt}")
    project.run("run", "use", "-y").assert_ok()
    assert manifest.read_entries(project.run_dir()) == (
        manifest.ManifestEntry(
            "d", "a.txt", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "file:data/a.txt"
        ),
    )
    deps = project.attr("deps")
    assert isinstance(deps, dict)
    record = deps["file:data/a.txt"]["file:data/a.txt"]
    assert record["uri"] == "file:data/a.txt"
    assert (project.run_dir() / record["paths"][0]).read_text() == "a"
    project.run("ls", "--dependencies", "-n").assert_out("a.txt")


def test_linked_files(requiring: Callable[..., Project]) -> None:
    project = requiring("[{file: w.txt, target-type: link}, {file: data, target-type: link}]")
    project.run("run", "use", "-y").assert_ok()
    run = project.run_dir()
    assert (run / "w.txt").is_symlink()
    assert (run / "w.txt").read_text() == "w"
    assert (run / "data").is_symlink()
    assert (run / "data/sub/c.txt").read_text() == "c"


def test_required_files_are_not_source_code(project: Callable[..., Project]) -> None:
    made = project({"a.py": "print(open('b.txt').read())", "b.txt": "b", "d/e.txt": "e"})
    made.write({"guild.yml": "a: {main: a, requires: [{file: b.txt}, {file: d}]}"})
    made.run("run", "a", "-y").assert_ok().assert_out("b")
    kinds = {entry.run_path: entry.kind for entry in manifest.read_entries(made.run_dir())}
    assert kinds == {"a.py": "s", "guild.yml": "s", "b.txt": "d", "d": "d"}


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
def test_archives_are_unpacked(
    requiring: Callable[..., Project], name: str, pack: Callable[[dict[str, str]], bytes]
) -> None:
    archive = {name: pack({"a.txt": "a", "sub/b.txt": "b"})}
    project = requiring(f"{{file: {name}}}", archive)
    project.run("run", "use", "-y").assert_ok()
    assert files(project) == ["a.txt", "sub/b.txt"]
    project = requiring(f"{{file: {name}, select: sub/.*}}", archive)
    project.run("run", "use", "-y").assert_ok()
    assert files(project) == ["b.txt"]
    project = requiring(f"{{file: {name}, unpack: no}}", archive)
    project.run("run", "use", "-y").assert_ok()
    assert files(project) == [name]


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz"])
def test_damaged_archive_is_reported(requiring: Callable[..., Project], mode: str) -> None:
    content = random.Random(0).randbytes(100_000)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{mode}") as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("a.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    packed = bytearray(data.getvalue())
    packed[len(packed) // 2] ^= 0xFF
    project = requiring("{file: x.tar." + mode + "}", {f"x.tar.{mode}": bytes(packed)})
    result = project.run("run", "use", "-y")
    assert result.exit_code == 1
    where = f"{project.path}/x.tar.{mode}"
    assert result.err.startswith(f"guild: {unmet(f'file:x.tar.{mode}')}cannot unpack {where}: ")
    assert len(result.err.splitlines()) == 1
    assert project.run_ids() == []


@pytest.mark.parametrize(("name", "pack"), [("x.zip", zipped), ("x.tgz", tarred)])
def test_archive_member_outside_is_refused(
    requiring: Callable[..., Project], name: str, pack: Callable[[dict[str, str]], bytes]
) -> None:
    project = requiring(f"{{file: {name}}}", {name: pack({"../../out.txt": "a"})})
    project.run("run", "use", "-y").assert_error(
        f"{unmet(f'file:{name}')}cannot unpack {project.path}/{name}: "
        f"its member '../../out.txt' is outside of it{REMEDY}"
    )
    assert not list(project.home.parent.rglob("out.txt"))
    assert project.run_ids() == []


@pytest.mark.parametrize(
    ("requires", "name", "problem"),
    [
        ("{file: nope.txt}", "file:nope.txt", "cannot find source file 'nope.txt'"),
        ("{file: w.txt, target-path: ../..}", "file:w.txt",
         "invalid target path '../../w.txt': it must be inside the run directory"),
        ("{file: w.txt, target-path: .guild}", "file:w.txt",
         "invalid target path '.guild/w.txt': it must be inside the run directory"),
        ("{file: w.txt, rename: w.txt ../../w}", "file:w.txt",
         "invalid target path '../../w': it must be inside the run directory"),
        ("{file: w.txt, sha256: abc}", "file:w.txt", "unexpected sha256 of {project}/w.txt: expected "
         "abc but got 50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"),
        ("{file: data, select: x, fail-if-empty: yes}", "file:data", "no files match"),
        ("{file: data, select: '('}", "file:data", "invalid pattern '(' in requires: missing ), "
         "unterminated subpattern at position 0"),
        ("{module: nonesuch}", "module:nonesuch", "cannot find Python module 'nonesuch'"),
        ("{operation: prepare}", "operation:prepare", "no suitable run for prepare; run 'prepare' "
         "first, or specify operation:prepare=RUN"),
    ],
)  # fmt: skip
def test_unmet_dependency_fails_unless_forced(
    requiring: Callable[..., Project], requires: str, name: str, problem: str
) -> None:
    project = requiring(requires)
    problem = problem.replace("{project}", str(project.path))
    project.run("run", "use", "-y").assert_error(f"{unmet(name)}{problem}{REMEDY}")
    assert project.run_ids() == []
    forced = project.run("run", "use", "-y", "--force-deps").assert_ok()
    forced.assert_err(
        f"WARNING: [guild] a dependency was not met: "
        f"could not resolve '{name}' in {name} resource: {problem}"
    )
    assert files(project) == []


def test_unmet_dependency_shows_its_help(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: nope.txt, help: Ask for it.}")
    project.run("run", "use", "-y").assert_error(
        f"{unmet('file:nope.txt')}cannot find source file 'nope.txt'\nAsk for it."
    )


def test_optional_dependency_is_skipped(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: nope.txt, optional: yes}")
    project.run("run", "use", "-y").assert_ok().assert_err(
        "INFO: [guild] Could not resolve file:nope.txt - skipping because dependency is optional"
    )


def test_files_are_not_written_through_links(requiring: Callable[..., Project]) -> None:
    project = requiring("[{file: data, target-type: link}, {file: w.txt, target-path: data/sub}]")
    project.run("run", "use", "-y").assert_error(
        f"{unmet('file:w.txt')}invalid target path 'data/sub/w.txt': "
        f"it must be inside the run directory{REMEDY}"
    )
    assert not (project.path / "data/sub/w.txt").exists()


def test_post_process_runs_in_the_target_directory(requiring: Callable[..., Project]) -> None:
    command = "tr a-z A-Z <a.txt >$PROJECT_DIR/seen; echo told; mv a.txt b.txt; echo $FLAG_N >n"
    project = requiring(
        f"{{file: data/a.txt, target-path: t, post-process: '{command}'}}\n      flags: {{n: 3}}"
    )
    done = project.run("run", "use", "-y").assert_ok()
    done.assert_out("").assert_err(
        f"INFO: [guild] Post processing file:data/a.txt: {command}\ntold"
    )
    assert files(project) == ["t/b.txt", "t/n"]
    assert (project.run_dir() / "t/n").read_text() == "3\n"
    assert (project.path / "seen").read_text() == "A"
    assert (project.path / "data/a.txt").read_text() == "a"


def test_failed_post_process_is_reported(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: w.txt, post-process: exit 3}")
    failed = project.run("run", "use", "-y")
    assert failed.exit_code == 1
    failed.assert_err(
        "INFO: [guild] Post processing file:w.txt: exit 3\n"
        f"guild: {unmet('file:w.txt')}post-process 'exit 3' exited with code 3{REMEDY}"
    )
    assert project.run_ids() == []


def test_ignored_target_path_is_reported(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: data/a.txt, preserve-path: yes, target-path: t}")
    project.run("run", "use", "-y").assert_err(
        "WARNING: [guild] file:data/a.txt: target-path 't' is ignored because "
        "preserve-path is also set"
    )


def test_installed_modules(requiring: Callable[..., Project]) -> None:
    requiring("[{module: sys}, {module: json.decoder}]").run("run", "use", "-y").assert_ok()


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
    ],
)
def test_files_of_a_run(
    requiring: Callable[..., Project], requires: str, expected: list[str]
) -> None:
    project = requiring(requires)
    project.run("run", "prepare", "-y").assert_ok()
    made = project.run_ids()[0]
    done = project.run("run", "use", "-y").assert_ok()
    assert done.err.startswith(f"INFO: [guild] Using run {made[:8]} for operation:")
    assert files(project) == expected
    flags = project.attr("flags")
    assert isinstance(flags, dict)
    assert list(flags.values()) == [made]


def test_flag_chooses_the_run(requiring: Callable[..., Project]) -> None:
    project = requiring("{operation: prepare, name: prep, select: data.csv}")
    for _ in range(2):
        project.run("run", "prepare", "-y").assert_ok()
    latest, first = project.run_ids()
    project.run("run", "use", f"prep={first[:8]}", "-y").assert_ok()
    assert project.attr("flags") == {"prep": first}
    project.run("run", "use", "-y").assert_ok()
    assert project.attr("flags") == {"prep": latest}
    project.run("run", "--proto", "2", "-y").assert_ok()
    assert project.attr("flags") == {"prep": first}
    assert files(project) == ["data.csv"]
    project.run("run", "use", "prep=zzz", "-y").assert_error(
        "invalid value for flag 'prep': no run has an id starting with 'zzz'"
    )
    project.run("run", "use", f"prep=[{first},{latest}]", "-y").assert_ok()
    assert [project.attr("flags", n) for n in (1, 2)] == [{"prep": latest}, {"prep": first}]
    assert files(project) == files(project, 2) == ["data.csv"]


def test_failed_runs_are_not_chosen(project: Callable[..., Project]) -> None:
    made = project({"guild.yml": "a: {exec: 'false'}\nb: {exec: 'true', requires: {operation: a}}"})
    made.run("run", "a", "-y")
    made.run("run", "b", "-y").assert_error(
        f"{unmet('operation:a')}no suitable run for a; run 'a' first, or specify "
        f"operation:a=RUN{REMEDY}"
    )


def test_marked_run_wins_over_later_runs(requiring: Callable[..., Project]) -> None:
    project = requiring("{operation: prepare, name: prep, select: data.csv}")
    for _ in range(3):
        project.run("run", "prepare", "-y").assert_ok()
    latest, second, oldest = project.run_ids()
    for marked in (oldest, second):  # of several the latest
        project.run("mark", marked, "-y").assert_ok()
        project.run("run", "use", "-y").assert_ok()
        assert project.attr("flags") == {"prep": marked}
    project.run("mark", "--clear", "-y").assert_ok()
    project.run("run", "use", "-y").assert_ok()
    assert project.attr("flags") == {"prep": latest}


def test_staged_run_resolves_missing_runs_at_start(
    requiring: Callable[..., Project],
) -> None:
    project = requiring("[{operation: prepare, select: data.csv}, {file: w.txt}]")
    project.run("run", "use", "--stage", "-y").assert_ok()
    staged = project.run_ids()[0]
    assert files(project) == ["w.txt"]
    project.run("run", "--start", staged, "-y").assert_error(
        f"{unmet('operation:prepare')}no suitable run for prepare; run 'prepare' first, or "
        f"specify operation:prepare=RUN{REMEDY}"
    )
    project.run("run", "prepare", "-y").assert_ok()
    prepared = project.run_ids()[0]
    project.run("run", "--start", staged, "-y").assert_ok()
    assert files(project) == ["data.csv", "w.txt"]
    assert project.attr("flags") == {"operation:prepare": prepared}
    assert project.attr("label") == f"operation:prepare={prepared}"
    project.run("run", "--restart", staged, "-y", "--force-sourcecode").assert_ok()
    required = [entry for entry in manifest.read_entries(project.run_dir()) if entry.kind == "d"]
    assert [entry.run_path for entry in required] == ["w.txt", "data.csv"]


def test_flag_with_the_name_of_a_source_chooses_the_file(project: Callable[..., Project]) -> None:
    made = project({"a.txt": "a", "b.txt": "b"})
    made.write(
        {
            "guild.yml": """
        cat:
          exec: cat ${words}
          sourcecode: no
          flags: {words: {default: a.txt, arg-skip: yes}}
          requires: {file: a.txt, name: words}
        """
        }
    )
    made.run("run", "cat", "-y").assert_ok().assert_out("a")
    made.run("run", "cat", "words=b.txt", "-y").assert_ok().assert_out("b")


def test_required_config_is_written_with_flags(project: Callable[..., Project]) -> None:
    made = project({"conf.yml": "lr: 0.1 # rate\nname: x\n"})
    made.write(
        {
            "guild.yml": """
        op:
          exec: cat conf.yml
          sourcecode: no
          flags: {lr: 0.5}
          requires: {config: conf.yml}
        """
        }
    )
    made.run("run", "op", "-y").assert_ok().assert_out("lr: 0.5 # rate\nname: x")
    assert [entry.source for entry in manifest.read_entries(made.run_dir())] == ["config:conf.yml"]


def test_existing_file_is_replaced_only_if_requested(project: Callable[..., Project]) -> None:
    made = project({"sub/a.txt": "mine", "a.txt": "other"})
    made.write({"guild.yml": "op: {exec: cat a.txt, requires: {file: sub/a.txt}}"})
    made.run("run", "op", "-y").assert_out("other").assert_err(
        "WARNING: [guild] a.txt already exists, skipping copy"
    )
    replacing = "op: {exec: cat a.txt, requires: {file: sub/a.txt, replace-existing: yes}}"
    made.write({"guild.yml": replacing})
    made.run("run", "op", "-y").assert_ok().assert_out("mine")


def test_help_lists_the_flag_that_chooses_a_run(requiring: Callable[..., Project]) -> None:
    shown = requiring("{operation: prepare, name: prep}").run("run", "use", "--help-op")
    assert "prep" in shown.assert_ok().out
    assert "Run of prepare to use." in shown.out


def test_directories_of_source_code_alone_are_not_taken_from_a_run(
    project: Callable[..., Project],
) -> None:
    made = project({"lib/a.py": "", "mixed/b.py": "", "w.txt": ""})
    made.write(
        {
            "guild.yml": """
        make: {exec: touch mixed/new.txt, requires: {file: w.txt}}
        use: {exec: 'true', sourcecode: no, requires: {operation: make}}
        """
        }
    )
    made.run("run", "make", "-y").assert_ok()
    made.run("run", "use", "-y").assert_ok()
    assert files(made) == ["mixed/b.py", "mixed/new.txt"]
    assert Path(made.run_dir(), "mixed").is_dir()


def test_files_required_on_the_command_line(project: Callable[..., Project]) -> None:
    made = project({"op.py": "print(open('w.txt').read(), open('d/x').read())", "d/x": "x"})
    (made.path.parent / "w.txt").write_text("w")
    made.run("run", "op.py", "-D", "../w.txt", "--dep", "d", "-y").assert_ok().assert_out("w x")
    entries = manifest.read_entries(made.run_dir())
    assert [(entry.kind, entry.run_path) for entry in entries] == [
        ("s", "op.py"),
        ("d", "w.txt"),
        ("d", "d"),
    ]
    made.run("run", "--proto", "1", "-y").assert_ok().assert_out("w x")
    made.run("run", "op.py", "-D", "nope", "-y").assert_error(
        f"{unmet(f'file:{made.path}/nope')}cannot find source file '{made.path}/nope'{REMEDY}"
    )
