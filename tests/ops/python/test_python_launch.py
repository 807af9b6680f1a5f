"""The process of a Python operation: flag values, module search, debugger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.ops.python.python_launch import prepare_launch

Start = Callable[..., str]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a function that runs a command after `guild.op_main` and returns its output."""

    def start(source: str, *words: str, file: str = "x.py", dest: str = "globals", **env: str):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        environ = {"PATH": os.environ["PATH"], "FLAGS_DEST": dest, **env}
        launch = prepare_launch(
            [sys.executable, "-um", "guild.op_main", *words], tmp_path, environ, {}
        )
        done = subprocess.run(
            launch.argv,
            cwd=tmp_path,
            env=launch.env,
            input="p x\nc\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return (done.stdout + done.stderr).replace(str(tmp_path), "RUN").rstrip("\n")

    return start


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\nx = 2", "5"),
        ("x: int = 1", "5"),
        ("x, y = 1, 2", "5"),
        ("x, y = [1, 2]", "5"),
        ("x = y = 1; assert y == 1", "5"),
        ("x, y = divmod(7, 2); assert y == 1", "3"),
        ("x = int('3')", "5"),
        ("x = 1\nif x:\n    y = 1\nelse:\n    y = 0\nif y:\n    x = 7", "5"),
        ("try:\n    x = 1 / 0\nexcept ArithmeticError:\n    x = 1", "5"),
        ("with open(__file__):\n    x = 1", "5"),
        ("for _ in range(2):\n    x = 1", "5"),
        ("if (x := 1):\n    pass", "5"),
        ("", "5"),
        ("x = 1\nx += 1", "6"),
        ("x = 1\nx = x * 2", "10"),
        ("x = 1\nif x == 5:\n    x = max(8, 9)", "9"),
        ("x = 0\nfor i in range(3):\n    x = i + 1", "3"),
        ("x = 1\ndef f():\n    global x\n    x = 2\nf()", "2"),
    ],
)
def test_set_globals(start: Start, source: str, expected: str):
    assert start(f"{source}\nprint(x)\n", "x", "--", "--x", "5") == expected


@pytest.mark.parametrize(
    ("source", "dest", "expected"),
    [
        ("p = {'a': 1, 'b': {'c': 2}}", "global:p", "{'a': 5, 'b': {'c': 6}}"),
        ("p = dict(a=1, b=dict(c=2))", "global:p", "{'a': 5, 'b': {'c': 6}}"),
        ("p = {}\np['a'] = 1\np['b'] = {}\np['b']['c'] = 2", "global:p", "{'a': 5, 'b': {'c': 6}}"),
        ("", "global:p", "{'a': 5, 'b': {'c': 6}}"),
        ("", "namespace:p", "namespace(a=5, b=namespace(c=6))"),
        (
            "from types import SimpleNamespace as N\np = N(a=1, b=N(c=2))",
            "namespace:p",
            "namespace(a=5, b=namespace(c=6))",
        ),
        (
            'import json\np = json.loads(\'{"a": 1, "d": 3}\')',
            "global:p",
            "{'a': 5, 'd': 3, 'b': {'c': 6}}",
        ),
    ],
)
def test_set_items_of_global(start: Start, source: str, dest: str, expected: str):
    words = ("x", "--", "--a", "5", "--b.c", "6")
    assert start(f"{source}\nprint(p)\n", *words, dest=dest) == expected


def test_set_fields_of_frozen_dataclass(start: Start):
    source = (
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass P:\n    a: int = 1\n"
        "p = P(a=2)\nprint(p)\n"
    )
    assert start(source, "x", "--", "--a", "5", dest="namespace:p") == "P(a=5)"


def test_parse_arguments_as_yaml(start: Start):
    source = "a = b = c = d = None\nprint([a, b, c, d])\n"
    words = ("--a", "[1, '2']", "--b", "true", "--c", "'013'", "--d", "1.0e-05")
    assert start(source, "x", "--", *words) == "[[1, '2'], True, '013', 1e-05]"


def test_pass_arguments(start: Start):
    source = "import sys; print(sys.argv)\n"
    words = ("x", "fit", "--", "--lr", "0.1")
    assert start(source, *words, dest="args") == "['x.py', 'fit', '--lr', '0.1']"
    assert start(source, *words, dest="globals") == "['x.py', 'fit']"
    assert start(source, *words, dest="config:c.yml") == "['x.py', 'fit']"
    assert start(source, "x", "--lr", "1", dest="args") == "['x.py', '--lr', '1']"


def test_script_in_folder_imports_from_source_code_root(start: Start):
    source = "import sys, other; print(sys.argv, sys.path[0], other.__name__)\n"
    start("", "other", file="src/other.py", GUILD_SOURCECODE="src")
    output = start(source, "pkg/x", file="src/pkg/x.py", GUILD_SOURCECODE="src")
    assert output == "['src/pkg/x.py'] RUN/src/pkg other"


@pytest.mark.parametrize("words", [(), ("--", "--y", "4")], ids=["unchanged", "changed"])
def test_run_module(start: Start, words: tuple[str, ...]):
    start("name = 'n'\n", "pkg/n", file="pkg/n.py")
    source = (
        "import sys\nfrom .n import name\ny = 1\n"
        "print(name, __name__, __package__, __spec__.name, sys.argv, sys.path[0])\n"
    )
    expected = "n __main__ pkg pkg.m ['RUN/pkg/m.py'] RUN"
    assert start(source, "pkg.m", *words, file="pkg/m.py") == expected


def test_run_package(start: Start):
    start("", "pkg", file="pkg/__init__.py")
    source = "y = 1\nprint(y, __spec__.name)\n"
    output = start(source, "pkg", "--", "--y", "4", file="pkg/__main__.py")
    assert output == "4 pkg.__main__"


def test_report_error_in_parent_package_without_guild_frames(start: Start):
    start("1 / 0\n", "pkg", file="pkg/__init__.py")
    lines = start("y = 1\n", "pkg.m", "--", "--y", "4", file="pkg/m.py").splitlines()
    assert lines[:3] == [
        "Traceback (most recent call last):",
        '  File "RUN/pkg/__init__.py", line 1, in <module>',
        "    1 / 0",
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_report_compiler_warning_as_error(start: Start):
    output = start("x = 1\ny = x is 1\n", "x", "--", "--x", "2", PYTHONWARNINGS="error")
    assert output.startswith('  File "RUN/x.py", line 2\n')
    assert output.splitlines()[-1].startswith('SyntaxError: "is" with ')


@pytest.mark.parametrize(
    ("location", "line"),
    [("1", 2), ("3", 5), ("x:5", 5), ("x.py:5", 5), ("x.f", 5), ("f", 5), ("x.C.m", 8)],
)
def test_stop_at_breakpoint(start: Start, location: str, line: int):
    source = (
        "\nx = 1\ndef f():\n    'Docs.'\n    return 2\nclass C:\n    def m(self):\n        f()\n"
    )
    expected = line if location != "3" else 3
    output = start(f"{source}C().m()\n", "x", PDB_BREAKS=location)
    assert output.splitlines()[0] == f"Breakpoint 1 at RUN/x.py:{expected}"
    assert f"> RUN/x.py({expected})" in output


def test_open_debugger_on_error(start: Start):
    output = start("x = 8\nx / 0\n", "x", BREAK_ON_ERROR="1")
    assert "> RUN/x.py(2)<module>()\n-> x / 0\n(Pdb) 8\n" in output
    assert "ZeroDivisionError: division by zero\nEntering post mortem debug session" in output


@pytest.mark.parametrize(
    ("words", "env", "message"),
    [
        (("x",), {"PDB_BREAKS": "9"}, "no code at or after line 9"),
        (("x",), {"PDB_BREAKS": "nope:1"}, "file 'nope' not found"),
        (("x",), {"PDB_BREAKS": "x.g"}, "cannot break at 'x.g'"),
        (("x", "--", "--y", "1"), {"dest": "globe:x"}, "unknown flags-dest 'globe:x'"),
        (("nope", "--", "--y", "1"), {}, "no module named 'nope'"),
        (("x", "--", "--y", "{1: !!set {a}}"), {}, "flag 'y' cannot be set as a global"),
    ],
)
def test_report_invalid_settings_on_one_line(start: Start, words, env, message: str):
    with pytest.raises(GuildError) as error:
        start("y = 1\n", *words, **env)
    assert message in error.value.message
    assert "\n" not in error.value.message


def test_start_other_commands_unchanged(tmp_path: Path):
    launch = prepare_launch(["sh", "-c", "true"], tmp_path, {"A": "b"}, {})
    assert launch == (["sh", "-c", "true"], {"A": "b"}, "")
    assert not (tmp_path / ".guild").exists()


def test_run_recorded_command_by_hand(tmp_path: Path):
    (tmp_path / "x.py").write_text("n = 1\nimport sys\nprint(repr(n), sys.argv)\n")
    attrs = tmp_path / ".guild" / "attrs"
    attrs.mkdir(parents=True)
    (attrs / "flags").write_text("n: '013'\n")
    argv = [sys.executable, "-um", "guild.op_main", "x", "--", "--n", "013"]
    env = {**os.environ, "FLAGS_DEST": "globals", "RUN_DIR": str(tmp_path)}
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "'013' ['x.py']\n"
    assert sorted(os.listdir(tmp_path / ".guild")) == ["attrs"]
