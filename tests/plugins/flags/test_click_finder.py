"""Flags of scripts that use click.

Guild AI 0.9 executes the script and finds the same names. The differences from it are
intended: arguments and `-v` are flags here; `--a/--no-a` that is on by default is turned
off by `--no-a` (there by `--a`); `multiple` and `nargs` options can be passed; an option
with a computed default has none here.
"""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from guild.base.errors import GuildError
from guild.plugins.flags.click_finder import ClickFinder
from guild.testing.flag_finders import FlagFinderContract


@pytest.fixture
def flag(inspect):
    """`flag(decorator)` returns the flag of a command with one decorator."""

    def call(decorator: str):
        result = inspect(
            f"import click\nN = 4\n@click.command()\n@click.{decorator}\ndef main(**kw): pass\n"
            "if __name__ == '__main__':\n    main()\n"
        )
        assert (result.dest, result.warnings) == ("args", ())
        [definition] = result.flags.values()
        return definition

    return call


@pytest.mark.parametrize(
    ("decorator", "name", "arg_name"),
    [
        ("option('--batch-size', '-b', 'bs')", "batch-size", None),
        ("option('--under_score')", "under_score", None),
        ("option('-v')", "v", "-v"),
        ("option('--a/--no-a')", "a", None),
        ("option('--a/--no-a', default=True)", "a", "no-a"),
        ("option('--on/-off', ' /-O', default=True)", "on", "-off"),
        ("argument('src')", "src", ""),
    ],
)
def test_names(flag, decorator, name, arg_name):
    definition = flag(decorator)
    assert (definition.name, definition.arg_name) == (name, arg_name)


@pytest.mark.parametrize(
    ("arguments", "kind", "default"),
    [
        ("default=0.1", "float", 0.1),
        ("default=3", "int", 3),
        ("default='a'", "string", "a"),
        ("default=N + 1", "int", 5),
        ("", "string", None),
        ("type=int", "int", None),
        ("type=float, default=1", "float", 1),
        ("type=int, default='7'", "int", 7),
        ("type=click.INT, default=3", "int", 3),
        ("type=bool, default=True", "boolean", True),
        ("type=click.Path(exists=True), default='x'", "string", "x"),
        ("type=click.File('r'), default='-'", "string", "-"),
        ("type=project_type, default='x'", "string", "x"),
        ("default=lambda: 3", "string", None),
        ("default=make()", "string", None),
        ("multiple=True, default=['a']", "string", None),
        ("nargs=2, type=int, default=(1, 2)", "int", "1 2"),
        ("type=(str, int), default=('a b', 2)", None, "'a b' 2"),
        ("envvar='X', show_default=True, default=1", "int", 1),
    ],
)
def test_types_and_defaults(flag, arguments, kind, default):
    definition = flag(f"option('--x', {arguments})")
    assert (definition.type, definition.default) == (kind, default)
    assert type(definition.default) is type(default)


@pytest.mark.parametrize(
    ("declaration", "default", "switch"),
    [
        ("'--x', is_flag=True", False, True),
        ("'--x', is_flag=True, default=True", True, False),
        ("'--x/--no-x'", False, True),
        ("'--x/--no-x', default=True", True, False),
        ("'--x', flag_value='u'", False, True),
        ("'-v', count=True", 0, 1),
    ],
)
def test_switches(flag, declaration, default, switch):
    definition = flag(f"option({declaration})")
    assert (definition.default, definition.arg_switch) == (default, switch)


def test_choices_and_ranges(flag):
    definition = flag("option('--x', type=click.Choice(['a', 'b']))")
    assert ([choice.value for choice in definition.choices], definition.allow_other) == (
        ["a", "b"],
        False,
    )
    assert flag("option('--x', type=click.Choice(['a'], case_sensitive=False))").allow_other
    definition = flag("option('--x', type=click.IntRange(0, 10, max_open=True))")
    assert (definition.type, definition.min, definition.max) == ("int", 0, 9)
    definition = flag("option('--x', type=click.FloatRange(min=0.5))")
    assert (definition.type, definition.min, definition.max) == ("float", 0.5, None)
    definition = flag("option('--x', type=click.IntRange(0, 10, clamp=True))")
    assert (definition.min, definition.max) == (None, None)


@pytest.mark.parametrize(
    ("decorator", "required"),
    [
        ("option('--x', required=True)", True),
        ("option('--x')", False),
        ("option('--x', prompt=True)", True),
        ("option('--x', prompt=True, default=1)", False),
        ("argument('x')", True),
        ("argument('x', default=1)", False),
        ("argument('x', required=False)", False),
        ("argument('x', nargs=-1)", False),
    ],
)
def test_required(flag, decorator, required):
    assert flag(decorator).required is required


def test_help_and_source(flag):
    definition = flag("option('--x', help='''two\n   lines''')")
    assert (definition.description, definition.source) == ("two lines", "train.py:4")


def test_follows_decorators_of_the_project(inspect):
    shared = """\
    import functools
    from click import Choice, option

    def seed(function):
        @option("--seed", default=1)
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    def mode(function):
        function = option("--mode", type=Choice(["a", "b"]))(function)
        return function

    LIST = [option("--l1", is_flag=True), option("--l2", default=2.5)]

    def add(options):
        def decorate(function):
            for option in reversed(options):
                function = option(function)
            return function
        return decorate
    """
    source = """\
    import rich_click as click
    from shared import *
    @click.command("train", context_settings={})
    @click.option("--first", default=0)
    @seed
    @mode
    @add(LIST)
    @click.pass_context
    @click.version_option("1")
    def main(ctx, **kw): pass
    if __name__ == "__main__":
        main(obj={}, auto_envvar_prefix="X")
    """
    result = inspect(source, files={"shared.py": shared})
    assert list(result.flags) == ["first", "seed", "mode", "l1", "l2"]
    assert result.flags["seed"].source == "shared.py:5"


_GROUP = """
    import click
    @click.group()
    @click.option("--verbose", is_flag=True)
    def cli(verbose): pass
    @cli.command()
    @click.option("--lr", default=0.1)
    def train_model(lr): pass
    @cli.command("test")
    @click.argument("src")
    def run_test(src): pass
    @click.command
    @click.option("--n", default=1)
    def late(n): pass
    cli.add_command(late)
    @cli.group()
    def data(): pass
    @data.command()
    @click.option("--url")
    def fetch(url): pass
    if __name__ == "__main__":
        cli.main(prog_name="x")
    """


@pytest.mark.parametrize(
    ("dest", "flags"),
    [
        ("args:train-model", ["lr"]),
        ("args:test", ["src"]),
        ("args:late", ["n"]),
        ("args:data:fetch", ["url"]),
    ],
)
def test_subcommands(inspect, dest, flags):
    result = inspect(_GROUP, dest)
    assert (result.dest, list(result.flags), result.warnings) == (dest, flags, ())


def test_group_has_its_own_options(inspect):
    result = inspect(_GROUP, "args:click")
    assert (result.dest, list(result.flags)) == ("args", ["verbose"])
    assert result.warnings == (
        "train.py:1: arguments of subcommands are not flags; to use those of one "
        "(data, late, test, train-model), set 'flags-dest: args:NAME'",
    )
    with pytest.raises(GuildError) as error:
        inspect(_GROUP, "args:none")
    assert error.value.message == (
        "train.py:1: subcommand 'none' not found; available: data, late, test, train-model"
    )


def test_passing_all_defaults_changes_nothing(inspect, tmp_path):
    source = """\
    import click
    @click.command()
    @click.option("--lr", default=0.1)
    @click.option("--b", type=bool, default=False)
    @click.option("--on", is_flag=True)
    @click.option("--a/--no-a", default=True)
    @click.option("--c/--no-c", default=False)
    @click.option("--two", nargs=2, type=int, default=(1, -2))
    @click.option("--mult", multiple=True, default=["x"])
    @click.option("-v", count=True)
    @click.option("--mode", type=click.Choice(["x", "y"]), default="x")
    @click.option("--empty", default="")
    @click.argument("src", default="-s")
    @click.argument("rest", nargs=-1)
    def main(**kw):
        print(sorted(kw.items()))
    main()
    """
    result = inspect(source)
    words, positional = [], []
    for flag in result.flags.values():
        name = flag.name if flag.arg_name is None else flag.arg_name
        option = name if name.startswith("-") else f"--{name}"
        if flag.arg_switch is not None:
            words += [option] if flag.default == flag.arg_switch else []
        elif flag.default is not None:
            text = (flag.arg_encoding or {}).get(flag.default, str(flag.default))
            values = shlex.split(text) if flag.arg_split else [text]
            words += [option, *values] if name else []
            positional += [] if name else values
    outputs = [
        subprocess.run(
            [sys.executable, "train.py", *args], cwd=tmp_path, capture_output=True, text=True
        )
        for args in ([], [*words, "--", *positional])
    ]
    assert "--lr" in words
    assert positional == ["-s"]
    assert outputs[1].stderr == ""
    assert outputs[0].stdout == outputs[1].stdout != ""


# -- Contract


class TestClickFinder(FlagFinderContract):
    def make(self):
        return ClickFinder()

    def example(self):
        source = (
            "import click\n"
            "@click.command()\n"
            "@click.option('--lr', default=0.1, help='rate')\n"
            "@click.option('--opt', type=click.Choice(['sgd', 'adam']), default='sgd')\n"
            "@click.option('--fast/--slow')\n"
            "def main(**kwargs): pass\n"
            "main()\n"
        )
        return source, {"lr": 0.1, "opt": "sgd", "fast": False}
