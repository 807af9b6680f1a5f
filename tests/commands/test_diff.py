"""`guild diff`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from guild.testing.project import Project

MakeProject = Callable[..., Project]

CMD = ("--cmd", "diff -u --label a --label b -r")


def _made(project: MakeProject) -> Project:
    p = project({"op.py": "x = 1\nprint('x is', x)\n"})
    p.run("run", "op.py", "-y").assert_ok()
    p.write({"op.py": "x = 1\nprint('now', x)\n"})
    p.run("run", "op.py", "x=2", "-y").assert_ok()
    return p


def test_older_of_the_latest_two_runs_comes_first(project: MakeProject) -> None:
    p = _made(project)
    p.run("diff", "--flags", *CMD).assert_ok().assert_out(
        """
        --- a
        +++ b
        @@ -1 +1 @@
        -x: 1
        +x: 2
        """
    )


def test_two_runs_and_several_parts(project: MakeProject) -> None:
    p = _made(project)
    p.run("diff", "-Of", "1", "2", *CMD).assert_ok().assert_out(
        """
        --- a
        +++ b
        @@ -1 +1 @@
        -x: 2
        +x: 1
        --- a
        +++ b
        @@ -1 +1 @@
        -now 2
        +x is 1
        """
    )


def test_whole_runs(project: MakeProject) -> None:
    p = _made(project)
    p.run("diff", "--cmd", "echo tool").assert_ok().assert_out(
        f"tool {p.run_dir(2)} {p.run_dir(1)}"
    )


def test_sourcecode_compares_only_source_code(project: MakeProject) -> None:
    p = _made(project)
    (p.run_dir() / "made.txt").write_text("x")
    out = p.run("diff", "--sourcecode", *CMD).assert_ok().out.splitlines()[1:]
    assert out == [
        "--- a",
        "+++ b",
        "@@ -1,2 +1,2 @@",
        " x = 1",
        "-print('x is', x)",
        "+print('now', x)",
    ]


def test_path_compares_files(project: MakeProject) -> None:
    p = _made(project)
    for n, text in ((1, "new\n"), (2, "old\n")):
        (p.run_dir(n) / "made.txt").write_text(text)
    (p.run_dir(1) / "one.txt").write_text("here\n")
    p.run("diff", "-p", "made.txt", "-p", "one.txt", *CMD).assert_ok().assert_out(
        """
        --- a
        +++ b
        @@ -1 +1 @@
        -old
        +new
        --- a
        +++ b
        @@ -0,0 +1 @@
        +here
        """
    )
    p.run("diff", "-p", "none").assert_error(
        "'none' not found on either side; run 'guild ls' for a list of files"
    )


def test_working_compares_with_the_project(project: MakeProject) -> None:
    p = _made(project)
    p.write({"op.py": "x = 3\n", "new.py": ""})
    out = p.run("diff", "--working").assert_ok().out.splitlines()
    assert "new.py" in out[0]
    assert out[4:] == ["@@ -1,2 +1 @@", "-x = 1", "-print('now', x)", "+x = 3"]
    p.run("diff", "--working", "--cmd", "echo").assert_ok().assert_out(f"{p.run_dir()} {p.path}")
    p.write({"elsewhere/op.py": "x = 1\nprint('now', x)\n"})
    p.run("diff", "1", "--dir", "elsewhere").assert_ok().assert_out("")
    p.run("diff", "--dir", "none").assert_error("directory 'none' does not exist")


def test_working_paths_are_relative_to_the_source_code(project: MakeProject) -> None:
    guildfile = "op: {main: op, sourcecode: {root: code, dest: src}}"
    p = project({"guild.yml": guildfile, "code/op.py": "print(1)\n"})
    p.run("run", "op", "-y").assert_ok()
    p.run("diff", "--working", "-p", "op.py", "--cmd", "echo").assert_ok().assert_out(
        f"{p.run_dir()}/src/op.py {p.path}/code/op.py"
    )
    p.run("diff", "--working", "--cmd", "echo").assert_ok().assert_out(
        f"{p.run_dir()}/src {p.path}/code"
    )


def test_configured_tool_is_used(project: MakeProject) -> None:
    p = _made(project)
    config = p.home.parent / "user/.guild/config.yml"
    config.parent.mkdir()
    config.write_text("diff:\n  command: echo 'my tool'\n")
    flags = [p.run_dir(n) / ".guild/attrs/flags" for n in (2, 1)]
    p.run("diff", "-f").assert_ok().assert_out(f"my tool {flags[0]} {flags[1]}")
    p.run("diff", "-f", "-c", "no-such-tool").assert_error(
        "cannot run 'no-such-tool': No such file or directory (use --cmd to run another program)"
    )


def test_unknown_user_settings_are_warned_about_once(project: MakeProject) -> None:
    p = project({"op.py": "x = 1"})
    config = p.home.parent / "user/.guild/config.yml"
    config.parent.mkdir()
    config.write_text("kil-delay: 3\ndiff: {comand: echo, 1: 2}\nremotes: {}\n")
    warnings = f"""
        WARNING: {config}: unknown setting 'kil-delay'; did you mean 'kill-delay'?
        WARNING: {config}: diff: unknown setting 'comand'; did you mean 'command'?
        WARNING: {config}: diff: unknown setting '1'
        """
    p.run("run", "op.py", "-y").assert_ok().assert_err(warnings)
    assert (
        p.run("run", "op.py", "x=[1,2]", "-y", "-q").assert_ok().err.count("unknown setting '") == 3
    )
    batch = p.run("run", "op.py", "x=[1,2]", "-y", "-q", "--jobs", "2").assert_ok()
    assert batch.err.count("unknown setting '") == 3
    p.run("runs").assert_ok().assert_err("")


def test_without_a_diff_program(project: MakeProject, tmp_path: Path) -> None:
    p = _made(project)
    (tmp_path / "bin").mkdir()
    env = {"PATH": str(tmp_path / "bin")}
    flags = [p.run_dir(n) / ".guild/attrs/flags" for n in (2, 1)]
    p.run("diff", "-f", env=env).assert_ok().assert_out(
        f"""
        --- {flags[0]}
        +++ {flags[1]}
        @@ -1 +1 @@
        -x: 1
        +x: 2
        """
    )
    (p.run_dir(1) / "only").write_text("x")
    (p.run_dir(1) / "binary").write_bytes(b"\0a")
    (p.run_dir(2) / "binary").write_bytes(b"\0b")
    p.run("diff", "-p", "binary", env=env).assert_ok().assert_out(
        f"Binary files {p.run_dir(2)}/binary and {p.run_dir(1)}/binary differ"
    )
    assert f"Only in {p.run_dir(1)}: only" in p.run("diff", env=env).assert_ok().out


def test_usage_errors(project: MakeProject) -> None:
    p = project({})
    p.run("diff").assert_error("diff requires two runs: no matching runs")
    p = _made(project)
    usage = "\nTry 'guild diff --help' for more information."
    p.run("diff", "1").assert_error(f"diff requires two runs; specify a second RUN{usage}", 2)
    p.run("diff", "1", "2", "3").assert_error(f"unexpected extra argument '3'{usage}", 2)
    p.run("diff", "1", "2", "-w").assert_error(f"cannot specify second RUN and --working{usage}", 2)
