"""Flags found by executing the script."""

from __future__ import annotations

import sys
import textwrap

import pytest

from guild.extend.flag_finder import FoundFlags
from guild.extend.program import Program
from guild.plugins.flags.execution.probe import ExecutionError, inspect_by_execution
from guild.plugins.flags.execution.request import Execution

_PLAIN = Execution(None, {}, ())

_ARGPARSE = """
import argparse, sys

def whole(text):
    return {"on": True, "off": False}[text]

p = argparse.ArgumentParser()
p.add_argument("data", nargs="?", default="in")
p.add_argument("--lr", "-l", type=float, default=0.1, help="rate, %(default)s")
p.add_argument("-n", type=int, default=3)
p.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
p.add_argument("--sizes", nargs="+", type=int, default=[1, 2])
p.add_argument("--fast", action="store_true")
p.add_argument("--no-aux", dest="aux", action="store_false")
p.add_argument("-v", action="count", default=0)
p.add_argument("--ema", action=argparse.BooleanOptionalAction)
p.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
p.add_argument("--tag", action="append")
p.add_argument("--hidden", default=argparse.SUPPRESS)
p.add_argument("--version", action="version", version="1")
p.add_argument("--other", default=sys)
group = p.add_mutually_exclusive_group()
group.add_argument("--a", type=int, default=1)
group.add_argument("--b", type=int, default=2)
p.set_defaults(n=4)
commands = p.add_subparsers(dest="command")
commands.add_parser("fit").add_argument("--epochs", type=int, default=5)
p.parse_args()
"""

_CLICK = """
import click

@click.group()
@click.option("--debug/--no-debug", default=False)
@click.version_option("1")
def main(debug):
    pass

@main.command()
@click.option("--lr", "-l", default=0.1, help="rate")
@click.option("--n", type=click.IntRange(1, 10), default=3)
@click.option("--opt", type=click.Choice(["sgd", "adam"]), default="sgd")
@click.option("--size", nargs=2, type=int, default=(1, 2))
@click.option("--tag", multiple=True, default=["a"])
@click.option("--flag", is_flag=True)
@click.option("--either/--or", default=None)
@click.option("--shuffle/--no-shuffle", default=True)
@click.option("-v", count=True)
@click.option("--up", "mode", flag_value="up", default=True)
@click.option("--name", prompt=True)
@click.option("--made", default=lambda: 3)
@click.argument("src", type=click.Path())
def fit(**kwargs):
    pass

main()
"""


@pytest.fixture
def execute(tmp_path):
    """`execute(text, dest=None, args=(), files={}, ...)` executes `train.py`."""

    def call(text, dest=None, args=(), files=None, execution=_PLAIN, **kwargs) -> FoundFlags:
        for name, content in {"train.py": text, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(content))
        script = tmp_path / kwargs.pop("script", "train.py")
        program = Program(script, [tmp_path], dest, args)
        return inspect_by_execution(program, execution, **kwargs)

    return call


@pytest.mark.parametrize(
    ("text", "dest"), [(_ARGPARSE, None), (_ARGPARSE, "args:fit"), (_CLICK, "args:fit")]
)
def test_execution_finds_the_flags_of_the_source(inspect, execute, text, dest):
    source_result = inspect(text, dest)
    result = execute(text, dest)
    assert result.dest == source_result.dest
    assert list(result.flags) == list(source_result.flags)
    for name, flag in result.flags.items():
        # The source does not show whether a choice without a type is a string.
        assert flag._replace(source="", choices=()) == source_result.flags[name]._replace(
            source="", choices=()
        )
        assert [c.value for c in flag.choices] == [
            c.value for c in source_result.flags[name].choices
        ]
        location = source_result.flags[name].source
        if text == _CLICK and sys.version_info < (3, 11):
            # There the line of a decorator is that of the first one or of the function.
            location = flag.source.removesuffix(" when executed")
            assert location.startswith("train.py:")
        assert flag.source == f"{location} when executed"


def test_execution_finds_computed_arguments(execute):
    result = execute(
        """
        import argparse, json
        p = argparse.ArgumentParser()
        for name, value in json.load(open("settings.json")).items():
            p.add_argument("--" + name, type=type(value), default=value)
        p.parse_args()
        """,
        files={"settings.json": '{"lr": 0.1, "name": "a"}'},
    )
    assert {name: (f.type, f.default) for name, f in result.flags.items()} == {
        "lr": ("float", 0.1),
        "name": ("string", "a"),
    }


def test_type_function_with_boolean_result(execute):
    result = execute(
        """
        import argparse
        p = argparse.ArgumentParser()
        p.add_argument("--x", type=lambda text: {"yes": True, "no": False}[text], default=False)
        p.parse_args()
        """
    )
    assert result.flags["x"].type == "boolean"
    assert result.flags["x"].arg_encoding == {True: "yes", False: "no"}


def test_script_stops_at_its_parser(execute, tmp_path):
    execute(
        """
        import argparse, atexit
        atexit.register(lambda: open("at-exit", "w"))
        try:
            argparse.ArgumentParser().parse_args()
        finally:
            open("after", "w")
        """
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train.py"]


def test_parser_of_other_arguments_is_ignored(execute):
    result = execute(
        """
        import argparse
        inner = argparse.ArgumentParser()
        inner.add_subparsers().add_parser("fit").add_argument("--x")
        assert inner.parse_args(["fit", "--x", "1"]).x == "1"
        outer = argparse.ArgumentParser()
        outer.add_argument("--lr")
        outer.parse_args()
        """
    )
    assert list(result.flags) == ["lr"]


def test_parse_known_args_adds_arguments_of_later_parsers(execute):
    result = execute(
        """
        import argparse
        first = argparse.ArgumentParser(add_help=False)
        first.add_argument("--config")
        known, rest = first.parse_known_args()
        second = argparse.ArgumentParser()
        second.add_argument("--lr", type=float, default=0.1)
        second.parse_args(rest)
        """
    )
    assert {name: flag.source for name, flag in result.flags.items()} == {
        "config": "train.py:4 when executed",
        "lr": "train.py:7",
    }


def test_script_that_prints_help_without_arguments(execute):
    result = execute(
        """
        import argparse, sys
        p = argparse.ArgumentParser()
        p.add_argument("--lr")
        if len(sys.argv) == 1:
            p.print_help()
            sys.exit(1)
        """
    )
    assert list(result.flags) == ["lr"]


def test_module_runs_in_its_package(execute):
    result = execute(
        "",
        files={
            "pkg/__init__.py": "",
            "pkg/parser.py": """
                import argparse
                parser = argparse.ArgumentParser()
                parser.add_argument("--lr")
                """,
            "pkg/main.py": """
                from .parser import parser
                assert __name__ == "__main__"
                parser.parse_args()
                """,
        },
        script="pkg/main.py",
        execution=Execution("pkg", {}, ()),
    )
    assert result.flags["lr"].source == "pkg/parser.py:4 when executed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere' (train.py:1)"),
        ("x = ", "SyntaxError: invalid syntax (train.py, line 1)"),
        ("x = 1", "the script ended without parsing arguments"),
        ("exit(3)", "the script exited with status 3 before parsing its arguments"),
        ("exit('no')", "the script exited with status 1 before parsing its arguments"),
        ("import os; os._exit(4)", "the script exited with status 4 before parsing its arguments"),
        ("import os; os.kill(os.getpid(), 9)", "the script was killed by signal 9"),
    ],
)
def test_reports_why_no_arguments_were_parsed(execute, text, message):
    with pytest.raises(ExecutionError) as caught:
        execute(text)
    assert str(caught.value) == message


def test_script_is_killed_at_the_time_limit(execute):
    with pytest.raises(ExecutionError) as caught:
        execute("import time\ntime.sleep(600)", time_limit=1)
    assert str(caught.value) == "the script parsed no arguments within 1 seconds"


# -- Operations with flags-import-exec

_COUNTING = """
import argparse, json, os
with open(os.environ["SEEN"], "a") as file:
    file.write("x")
p = argparse.ArgumentParser()
for name, value in json.load(open("settings.json")).items():
    p.add_argument("--" + name, type=type(value), default=value)
args = p.parse_args()
print(*(f"{name}={value}" for name, value in sorted(vars(args).items())))
"""


@pytest.fixture
def counting(project):
    p = project(
        {
            "train.py": _COUNTING,
            "settings.json": '{"lr": 0.1, "n": 3}',
            "guild.yml": """
            train:
              flags-import-exec: yes
              flags: {n: 5}
              env: {EXTRA: 1}
            some: {main: train, flags-import-exec: yes, flags-import: [lr]}
            none: {main: train, flags-import-exec: yes, flags-import: no}
            read: {main: train, flags-import: all}
            """,
        }
    )
    p.env["SEEN"] = str(p.path.parent / "seen")
    return p


def _count_executions(p) -> int:
    path = p.path.parent / "seen"
    return len(path.read_text()) if path.exists() else 0


def test_flags_import_exec_imports_flags(counting):
    counting.run("run", "train", "--help-op").assert_ok().assert_err("").assert_out(
        """
        Usage: guild run [OPTIONS] train [FLAG]...

        Use 'guild run --help' for a list of options.

        Flags:
          lr  (default is 0.1, float, train.py:7 when executed)
          n   (default is 5, int, guild.yml:4)
        """
    )
    counting.run("run", "train", "lr=1", "-y").assert_ok().assert_err("").assert_out("lr=1.0 n=5")
    assert counting.attr("flags") == {"lr": 1.0, "n": 5}


def test_scripts_are_not_executed_by_default(counting):
    counting.run("run", "read", "--help-op").assert_ok()
    counting.run("run", "none", "--help-op").assert_ok()
    counting.run("run", "train.py", "--help-op").assert_ok()
    assert _count_executions(counting) == 0


def test_flags_import_selects_flags(counting):
    counting.run("run", "some", "--print-cmd").assert_ok()
    counting.run("run", "some", "n=1", "-y").assert_error(
        "unsupported flag 'n'\n"
        "Try 'guild run some --help-op' for a list of flags or use --force-flags to skip "
        "this check."
    )


@pytest.mark.parametrize(
    "operation",
    ["main: train, flags-dest: globals", "main: train, flags-dest: 'config:a.yml'", "exec: echo"],
)
def test_flags_import_exec_is_ignored_without_arguments(counting, operation):
    text = f"op: {{{operation}, flags-import-exec: yes}}"
    counting.write({"guild.yml": text, "a.yml": "x: 1"})
    counting.run("run", "op", "--help-op").assert_ok().assert_err(
        f"WARNING: {counting.path}/guild.yml:1: operation 'op': 'flags-import-exec' applies "
        "only to the arguments of a Python script"
    )
    assert _count_executions(counting) == 0
