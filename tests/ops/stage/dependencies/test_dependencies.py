"""Dependencies of operations: files, configs, modules and files of earlier runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.staging import run_files

from guild.runs import manifest
from guild.testing.project import Project, Result


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


def unmet(name: str) -> str:
    """Return the start of the error for a source that is a resource of its own."""
    return (
        f"run failed because a dependency was not met: "
        f"could not resolve '{name}' in {name} resource: "
    )


def assert_unmet(result: Result, name: str, problem: str) -> None:
    """Check that a run failed because of a source that is a resource of its own."""
    assert result.exit_code == 1
    result.assert_err(f"Resolving {name}\nguild: {unmet(name)}{problem}")


def test_unmet_dependency_leaves_no_run(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: nope.txt}")
    problem = "cannot find source file 'nope.txt'"
    assert_unmet(project.run("run", "use", "-y"), "file:nope.txt", problem)
    assert project.run_ids() == []
    project.run("run", "use", "-y", "--force-deps").assert_ok().assert_err(
        "Resolving file:nope.txt\n"
        f"WARNING: a dependency was not met: "
        f"could not resolve 'file:nope.txt' in file:nope.txt resource: {problem}"
    )


def test_required_files_are_listed(requiring: Callable[..., Project]) -> None:
    project = requiring("[{file: data/a.txt}, {operation: prepare, select: data.csv}]")
    project.run("run", "prepare", "-y").assert_ok()
    prepared = project.run_ids()[0]
    project.run("run", "use", "-y").assert_ok().assert_err(
        "Resolving file:data/a.txt\n"
        "Resolving operation:prepare\n"
        f"Using run {prepared} for operation:prepare"
    )
    project.run("ls", "--dependencies", "-n").assert_out("a.txt\ndata.csv")


def test_required_files_are_not_source_code(project: Callable[..., Project]) -> None:
    made = project({"a.py": "print(open('b.txt').read())", "b.txt": "b", "d/e.txt": "e"})
    made.write({"guild.yml": "a: {main: a, requires: [{file: b.txt}, {file: d}]}"})
    made.run("run", "a", "-y").assert_ok().assert_out("b")
    kinds = {entry.run_path: entry.kind for entry in manifest.read_entries(made.run_dir())}
    assert kinds == {"a.py": "s", "guild.yml": "s", "b.txt": "d", "d": "d"}
    preview = made.run("run", "a", "--test-sourcecode").assert_ok().out
    selected, _, skipped = preview.partition("Skipped:")
    assert "b.txt" not in selected.partition("Selected")[2]
    assert "b.txt" in skipped


def test_post_process_runs_in_the_target_directory(requiring: Callable[..., Project]) -> None:
    command = "tr a-z A-Z <a.txt >$PROJECT_DIR/seen; echo told; mv a.txt b.txt; echo $FLAG_N >n"
    project = requiring(
        f"{{file: data/a.txt, target-path: t, post-process: '{command}'}}\n      flags: {{n: 3}}"
    )
    done = project.run("run", "use", "-y").assert_ok()
    done.assert_out("").assert_err(
        f"Resolving file:data/a.txt\nPost processing file:data/a.txt: {command}\ntold"
    )
    assert run_files(project.run_dir()) == ["t/b.txt", "t/n"]
    assert (project.run_dir() / "t/n").read_text() == "3\n"
    assert (project.path / "seen").read_text() == "A"
    assert (project.path / "data/a.txt").read_text() == "a"


def test_failed_post_process_is_reported(requiring: Callable[..., Project]) -> None:
    project = requiring("{file: w.txt, post-process: exit 3}")
    failed = project.run("run", "use", "-y")
    assert failed.exit_code == 1
    failed.assert_err(
        "Resolving file:w.txt\nPost processing file:w.txt: exit 3\n"
        f"guild: {unmet('file:w.txt')}post-process 'exit 3' exited with code 3"
    )
    assert project.run_ids() == []


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
    assert run_files(project.run_dir()) == ["data.csv"]
    unmet_run = project.run("run", "use", "prep=zzz", "-y")
    assert unmet_run.exit_code == 1
    unmet_run.assert_err(
        "WARNING: cannot find a suitable run for required resource 'prep'\n"
        f"Resolving prep\nguild: {unmet('prep')}no suitable run for prepare"
    )
    project.run("run", "use", f"prep=[{first},{latest}]", "-y").assert_ok()
    assert [project.attr("flags", n) for n in (1, 2)] == [{"prep": latest}, {"prep": first}]
    assert run_files(project.run_dir()) == run_files(project.run_dir(2)) == ["data.csv"]


def test_failed_runs_are_not_chosen(project: Callable[..., Project]) -> None:
    made = project({"guild.yml": "a: {exec: 'false'}\nb: {exec: 'true', requires: {operation: a}}"})
    made.run("run", "a", "-y")
    made.run("run", "b", "-y").assert_err(
        "WARNING: cannot find a suitable run for required resource 'operation:a'\n"
        f"Resolving operation:a\nguild: {unmet('operation:a')}no suitable run for a"
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
    project.run("run", "use", "--stage", "-y").assert_ok().assert_err(
        """
        WARNING: cannot find a suitable run for required resource 'operation:prepare'
        Resolving operation:prepare
        Skipping resolution of operation:prepare because it's being staged
        Resolving file:w.txt
        """
    )
    staged = project.run_ids()[0]
    assert run_files(project.run_dir()) == ["w.txt"]
    assert_unmet(
        project.run("run", "--start", staged, "-y"),
        "operation:prepare",
        "no suitable run for prepare",
    )
    project.run("run", "prepare", "-y").assert_ok()
    prepared = project.run_ids()[0]
    project.run("run", "--start", staged, "-y").assert_ok()
    assert run_files(project.run_dir()) == ["data.csv", "w.txt"]
    assert project.attr("flags") == {"operation:prepare": prepared}
    assert project.attr("label") == f"operation:prepare={prepared}"
    project.run("run", "--restart", staged, "-y", "--force-sourcecode").assert_ok().assert_err(
        """
        Resolving operation:prepare
        Skipping resolution of operation:prepare because it's already resolved
        Resolving file:w.txt
        Skipping resolution of file:w.txt because it's already resolved
        """
    )
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
    done = made.run("run", "op", "-y").assert_out("other")
    done.assert_err(
        f"Resolving file:sub/a.txt\nWARNING: {made.run_dir()}/a.txt already exists, skipping copy"
    )
    replacing = "op: {exec: cat a.txt, requires: {file: sub/a.txt, replace-existing: yes}}"
    made.write({"guild.yml": replacing})
    made.run("run", "op", "-y").assert_ok().assert_out("mine")


def test_help_lists_the_flag_that_chooses_a_run(requiring: Callable[..., Project]) -> None:
    shown = requiring("{operation: prepare, name: prep}").run("run", "use", "--help-op")
    assert shown.assert_ok().out.splitlines()[-1].startswith("  prep")


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
    assert run_files(made.run_dir()) == ["mixed/b.py", "mixed/new.txt"]
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
    made.run("run", "op.py", "-D", "nope", "-y").assert_err(
        "Resolving nope\n"
        "guild: run failed because a dependency was not met: could not resolve 'file:nope' in nope "
        "resource: cannot find source file 'nope'"
    )
