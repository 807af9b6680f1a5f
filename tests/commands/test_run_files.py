"""`guild ls`, `guild cat`, `guild open`."""

from __future__ import annotations

import json
import os

import pytest
from support.runs import with_runs

MANIFEST = """\
s train.py 0 train.py
s lib/a.py 0 lib/a.py
d data.txt 0 file:data.txt
d sub - file:sub
"""

FILES = {
    "train.py": "print(1)\n",
    "lib/a.py": "",
    "data.txt": "data",
    "sub/x/y.txt": "",
    "model.bin": b"\x00\xff\n",
    "out/log.txt": "log",
}


@pytest.fixture
def home(project):
    project, make = with_runs(project)
    make(files=FILES, manifest=MANIFEST, output="line 1\nline 2\n")
    return project


def listed(project, *args: str) -> list[str]:
    return project.run("ls", "-n", *args).assert_ok().out.splitlines()


def test_ls(home):
    home.run("ls").assert_ok().assert_out(
        f"""
        {home.run_dir()}:
          data.txt
          lib/
          lib/a.py
          model.bin
          out/
          out/log.txt
          sub/
          sub/x/
          sub/x/y.txt
          train.py
        """
    )


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("-s",), "lib/a.py train.py"),
        (("--sourcecode", "1"), "lib/a.py train.py"),
        (("-d",), "data.txt sub/ sub/x/y.txt"),
        (("-g",), "model.bin out/log.txt"),
        (("-s", "-g"), "lib/a.py model.bin out/log.txt train.py"),
        (("-p", "*.txt"), "data.txt"),
        (("-p", "*/*.txt"), "out/log.txt"),
        (("-p", "s*/x"), "sub/x/ sub/x/y.txt"),
        (("-p", "./sub/x"), "sub/x/ sub/x/y.txt"),
        (("-p", "sub"), "sub/ sub/x/ sub/x/y.txt"),
        (("-p", "sub/"), "sub/ sub/x/ sub/x/y.txt"),
        (("-p", "sub/x"), "sub/x/ sub/x/y.txt"),
        (("-p", "none"), ""),
        (("-s", "-p", "lib"), "lib/a.py"),
        (("-p", ".guild/op*"), ".guild/opref"),
        (("-p", ".guild/attrs/l*", "-a"), ""),
        (("-p", ".guild/attrs/id"), ".guild/attrs/id"),
    ],
)
def test_ls_kinds_of_files(home, args, expected):
    assert " ".join(listed(home, *args)) == expected


def test_all_files(home):
    assert set(listed(home, "-a")) > {*listed(home), ".guild/", ".guild/attrs/", ".guild/opref"}


def test_full_paths(home):
    path = home.run_dir() / "model.bin"
    home.run("ls", "-f", "-p", "model.bin").assert_ok().assert_out(str(path))


def test_sizes(home):
    (home.run_dir() / "big").write_bytes(b"x" * 2_000_000)
    home.run("ls", "-h", "-n", "-p", "[bot]*").assert_ok().assert_out(
        """
        1.91M  big
               out/
           3B  out/log.txt
           9B  train.py
        """
    )


def test_ls_json(home):
    assert json.loads(home.run("ls", "--json", "-s").assert_ok().out) == ["lib/a.py", "train.py"]


def test_links(home):
    os.symlink("sub", home.run_dir() / "link")
    os.symlink("..", home.run_dir() / "sub" / "up")
    os.symlink("nowhere", home.run_dir() / "broken")
    assert [name for name in listed(home) if name not in FILES] == [
        "broken",
        "lib/",
        "link/",
        "out/",
        "sub/",
        "sub/up/",
        "sub/x/",
    ]


def test_followed_links(home):
    """Only circles are cut: a link to a directory of the same run is followed."""
    os.symlink("sub", home.run_dir() / "link")
    os.symlink("..", home.run_dir() / "sub" / "up")
    (home.path / "more" / "deep").mkdir(parents=True)
    (home.path / "more" / "deep" / "z.txt").touch()
    os.symlink(home.path / "more", home.run_dir() / "data")
    paths = [path for path in listed(home, "-L") if path.startswith(("link", "sub", "data"))]
    assert paths == [
        "data.txt",
        "data/",
        "data/deep/",
        "data/deep/z.txt",
        "link/",
        "link/up/",
        "link/x/",
        "link/x/y.txt",
        "sub/",
        "sub/up/",
        "sub/x/",
        "sub/x/y.txt",
    ]


def test_followed_links_to_dependencies(home):
    """A link is listed with the files behind it, without the directories between."""
    (home.path / "linked" / "sub").mkdir(parents=True)
    (home.path / "linked" / "sub" / "z.txt").touch()
    os.symlink(home.path / "linked", home.run_dir() / "linked")
    (home.run_dir() / ".guild/manifest").write_text("d linked - file:linked\n")
    assert listed(home, "-d") == ["linked/"]
    assert listed(home, "-d", "-L") == ["linked/", "linked/sub/z.txt"]


HIDDEN = ("dir/.b", "dir/a", ".dir/.b", ".dir/a", ".c")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), "dir/ dir/a"),
        (("-p", "*"), "dir/ dir/a"),
        (("-p", "dir"), "dir/ dir/a"),
        (("-p", ".dir"), ".dir/ .dir/a"),
        (("-p", ".c"), ".c"),
        (("-g",), ".c .dir/.b .dir/a dir/.b dir/a"),
        (("-a", "-p", "dir"), "dir/ dir/.b dir/a"),
        (("-a", "-p", ".dir"), ".dir/ .dir/.b .dir/a"),
    ],
)
def test_hidden_files(project, args, expected):
    project, make = with_runs(project)
    make(files=dict.fromkeys(HIDDEN, ""))
    assert " ".join(listed(project, *args)) == expected


@pytest.mark.parametrize("manifest", ["s .guild/sourcecode/train.py 0 train.py\n", ""])
def test_sourcecode_in_the_guild_directory(project, manifest):
    """Runs of Guild AI 0.8 have no manifest."""
    project, make = with_runs(project)
    make(files={".guild/sourcecode/train.py": "", "out": ""}, manifest=manifest)
    assert listed(project, "-s") == [".guild/sourcecode/train.py"]
    assert listed(project, "-g") == ["out"]


def test_files_are_in_natural_order(project):
    project, make = with_runs(project)
    make(files=dict.fromkeys(("img10", "img2", "job.py", "job2.py"), ""))
    assert listed(project) == ["img2", "img10", "job2.py", "job.py"]


def test_strange_names(home):
    for name in (b"new\nline", b"not\xfftext", b"esc\x1b[31m", "ü ü".encode()):
        open(os.path.join(os.fsencode(home.run_dir()), name), "wb").close()
    names = listed(home)
    assert r"new\nline" in names
    assert "not\udcfftext" in names
    assert r"esc\x1b[31m" in names
    assert "ü ü" in names
    home.run("cat", "-p", "new\nline").assert_ok()


def test_ls_of_a_deleted_run(home):
    run = home.runs()[0]
    home.run("runs").assert_ok()
    (home.run_dir() / ".guild" / "manifest").unlink()
    assert listed(home, "-s") == []
    os.rename(run.path, home.path / "moved")
    home.run("ls", run.id).assert_error(
        f"could not find a run matching '{run.id}'; run 'guild runs' for a list"
    )


# -- cat


def test_cat_file(home):
    home.run("cat", "-p", "train.py").assert_ok().assert_out("print(1)")
    home.run("cat", "--path", "out/../data.txt", "1").assert_ok().assert_out("data")
    assert home.run("cat", "-p", "model.bin").assert_ok().out == "\x00\udcff"


def test_cat_output(home):
    home.run("cat", "--output", "1").assert_ok().assert_out("line 1\nline 2")
    home.run("cat", "-O").assert_ok().assert_out("line 1\nline 2")


def test_cat_sourcecode_in_its_own_directory(project):
    project, make = with_runs(project)
    record = "sourcecode: {dest: src}\n"
    make(files={"src/a.py": "in src", "a.py": "beside", ".guild/attrs/op": record})
    project.run("cat", "-s", "-p", "a.py").assert_ok().assert_out("in src")
    project.run("cat", "-p", "a.py").assert_ok().assert_out("beside")


def test_cat_with_a_pager_on_a_terminal(home):
    home.env["PAGER"] = "cat -n"
    home.run("cat", "-pa", "-p", "train.py").assert_ok().assert_out("print(1)")
    child = home.terminal("cat", "-pa", "-p", "train.py")
    child.expect(r"1\s+print\(1\)")
    child.wait()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-p", "none"), "run c4ca4238 has no file 'none'; run 'guild ls' for a list of files"),
        (("-p", "sub"), "'sub' is a directory of run c4ca4238; run 'guild ls' for a list of files"),
        (
            ("-p", "/etc/passwd"),
            "invalid path '/etc/passwd': it must be relative to the run directory",
        ),
        (
            ("-p", "../x"),
            "invalid path '../x': it must be inside the run directory",
        ),
        (("-O", "9"), "could not find a run matching '9'; run 'guild runs' for a list"),
    ],
)
def test_cat_errors(home, args, message):
    home.run("cat", *args).assert_error(message)


def test_cat_without_output(project):
    project, make = with_runs(project)
    make()
    project.run("cat", "-O").assert_error("run c4ca4238 has no output")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "-p / --path is required unless --output is used"),
        (("-O", "-p", "x"), "--output and --path cannot both be used"),
    ],
)
def test_cat_usage(home, args, message):
    home.run("cat", *args).assert_error(
        f"{message}\nTry 'guild cat --help' for more information.", exit_code=2
    )


# -- open


def test_open(home):
    folder = home.run_dir()
    home.run("open", "-c", "echo -x").assert_ok().assert_out(f"-x {folder}")
    home.run("open", "-c", "echo", "-p", "train.py").assert_out(f"{folder}/train.py")
    home.run("open", "-c", "echo", "-O").assert_out(f"{folder}/.guild/output")
    home.run("open", "-c", "echo", "-s").assert_out(str(folder))
    assert home.run("open", "-c", "false").exit_code == 1


def test_open_with_the_default_application(home):
    home.write({"bin/xdg-open": '#!/bin/sh\necho "opened $1"\n'})
    (home.path / "bin/xdg-open").chmod(0o755)
    home.env["PATH"] = f"{home.path}/bin:{home.env['PATH']}"
    home.run("open").assert_ok().assert_out(f"opened {home.run_dir()}")


def test_open_a_shell(home):
    note = "To exit the shell, type 'exit' and press Enter."
    folder = home.run_dir() / "out"
    home.run("open", "--shell-cmd", "pwd", "-p", "out/log.txt").assert_ok().assert_out(
        f"Running a new shell in {folder}\n{note}\n{folder}"
    )
    home.env["SHELL"] = "/bin/pwd"
    home.run("open", "--shell", "-p", "out").assert_ok().assert_out(
        f"Running a new shell in {folder}\n{note}\n{folder}"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-c", "a 'b"), 'invalid --cmd "a \'b": no closing quotation'),
        (("-c", ""), "invalid --cmd: it is empty"),
        (("--shell-cmd", " "), "invalid --shell-cmd: it is empty"),
    ],
)
def test_open_with_an_invalid_command(home, options, message):
    home.run("open", *options).assert_error(message)


def test_open_with_a_missing_command(home):
    home.run("open", "-c", "no-such-command").assert_error(
        "cannot run 'no-such-command': No such file or directory (use --cmd to run another program)"
    )
