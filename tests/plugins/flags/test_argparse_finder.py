"""Flags of scripts that use argparse.

Each script of `SCRIPTS` is also executed, to compare the flags with the arguments of
argparse. Guild AI 0.9 always executes scripts. The differences from it are intended:

- It skips positional arguments, options with one dash (`-e`), and the actions append,
  count and store_const. They are flags here.
- It sets no type for an option without `type`. Here the type is `string`, as for the
  script: `1e6`, `013` and `y` stay strings.
- A default that only execution can determine (`os.environ.get`) is left to the script.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import textwrap

import pytest

from guild.base.errors import GuildError
from guild.plugins.flags.argparse_finder import ArgparseFinder
from guild.testing.flag_finders import FlagFinderContract

_HEAD = "import argparse\np = argparse.ArgumentParser()\n"
_TAIL = "args = p.parse_args()\n"


@pytest.fixture
def flag(inspect):
    """`flag(arguments)` returns the flag of a parser with one `add_argument(arguments)`."""

    def call(arguments: str, before: str = ""):
        result = inspect(f"{_HEAD}{before}\np.add_argument({arguments})\n{_TAIL}")
        assert result.dest == "args"
        [definition] = result.flags.values()
        return definition

    return call


@pytest.mark.parametrize(
    ("arguments", "name", "arg_name"),
    [
        ("'--batch-size'", "batch-size", None),
        ("'--batch_size'", "batch_size", None),
        ("'-l', '--lr', '--learning-rate'", "lr", None),
        ("'--name', dest='other'", "name", None),
        ("'-e'", "e", "-e"),
        ("'-lr'", "lr", "-lr"),
        ("'input_file'", "input_file", ""),
        ("dest='input', metavar='FILE'", "input", ""),
        ("'--no-aux', dest='aux', action='store_false'", "no-aux", None),
        ("'--b', action=argparse.BooleanOptionalAction, default=False", "b", None),
        ("'--b', action=argparse.BooleanOptionalAction, default=True", "b", "no-b"),
    ],
)
def test_names(flag, arguments, name, arg_name):
    definition = flag(arguments)
    assert (definition.name, definition.arg_name) == (name, arg_name)


@pytest.mark.parametrize(
    ("arguments", "kind", "default"),
    [
        ("'--x', type=int, default=1", "int", 1),
        ("'--x', type=int, default='7'", "int", 7),
        ("'--x', type=float, default=1e-3", "float", 0.001),
        ("'--x', type=str, default='1'", "string", "1"),
        ("'--x', type=int", "int", None),
        ("'--x'", "string", None),
        ("'--x', default='a'", "string", "a"),
        ("'--x', default=3", None, 3),
        ("'--x', type=Path, default=Path('a') / 'b'", "string", "a/b"),
        ("'--x', type=lambda s: s.lower(), default='Q'", "string", "Q"),
        ("'--x', type=project_function", "string", None),
        ("'--x', type=argparse.FileType('w'), default='-'", "string", "-"),
        ("'--x', default=os.environ.get('X', 1)", "string", None),
        ("'--x', default=N * 2", None, 20),
        ("'--x', default=f'{NAME}-{N}'", "string", "a-10"),
        ("'--x', default=DEFAULTS['lr']", None, 0.1),
        ("'--x', default=Config.lr", None, 0.2),
        ("'--x', default='a/{}'.format(NAME)", "string", "a/a"),
        ("'--x', default=CHANGED", "string", None),
        ("'--x', default=os.path.join('a', 'b')", "string", "a/b"),
        ("'--x', default=argparse.SUPPRESS", "string", None),
        ("'--x', default=N if sys.platform == 'win32' else 2", "string", None),
        ("'--x', default=None if N else 1", "string", None),
        ("'--x', **SPLAT", "int", 5),
    ],
)
def test_types_and_defaults(flag, arguments, kind, default):
    before = textwrap.dedent(
        """\
        import os, sys
        from pathlib import Path
        N = 10
        NAME = "a"
        DEFAULTS = dict(lr=0.1)
        SPLAT = {"type": int, "default": 5}
        CHANGED = 1
        if os.getenv("X"):
            CHANGED = 2
        class Config:
            lr = 0.2
        def project_function(text):
            return text
        """
    )
    definition = flag(arguments, before)
    assert (definition.type, definition.default) == (kind, default)
    assert type(definition.default) is type(default)


@pytest.mark.parametrize(
    ("arguments", "default", "switch"),
    [
        ("'--x', action='store_true'", False, True),
        ("'--x', action='store_false'", True, False),
        ("'--x', action='store_true', default=None", None, True),
        ("'--x', action=argparse.BooleanOptionalAction, default=False", False, True),
        ("'--x', action=argparse.BooleanOptionalAction, default=True", True, False),
        ("'--x', action='store_const', const=5, default=1", 1, 5),
        ("'--x', action='store_const', const=sum, default=max", False, True),
        ("'--x', action='append_const', const='a'", False, True),
        ("'-v', action='count', default=0", 0, 1),
        ("'-v', action='count', default=1", 1, 2),
    ],
)
def test_switches(flag, arguments, default, switch):
    definition = flag(arguments)
    assert (definition.default, definition.arg_switch) == (default, switch)


@pytest.mark.parametrize(
    ("arguments", "default", "split"),
    [
        ("'--x', nargs='+', type=int, default=[1, 2]", "1 2", True),
        ("'--x', nargs='*', default=['a b', 'c']", "'a b' c", True),
        ("'--x', nargs=2, default=(1, 2)", "1 2", True),
        ("'--x', nargs='*', default=[]", None, True),
        ("'--x', nargs='?', const=3, default=4", 4, None),
        ("'x', nargs=argparse.REMAINDER", None, True),
        ("'--x', action='append', default=['a']", None, None),
    ],
)
def test_lists(flag, arguments, default, split):
    definition = flag(arguments)
    assert (definition.default, definition.arg_split) == (default, split)


@pytest.mark.parametrize(
    ("choices", "values"),
    [
        ("['a', 'b']", ["a", "b"]),
        ("('a', 'b')", ["a", "b"]),
        ("range(1, 4)", [1, 2, 3]),
        ("MODELS", ["a", "b"]),
        ("sorted(TABLE)", ["x", "y"]),
        ("TABLE.keys()", ["y", "x"]),
        ("[m.upper() for m in MODELS]", ["A", "B"]),
        ("[m for m in MODELS if m != 'a'] + ['c']", ["b", "c"]),
        ("{'b', 'a'}", ["a", "b"]),
        ("os.listdir('.')", []),
        ("[name() for name in MODELS]", []),
    ],
)
def test_choices(flag, choices, values):
    before = "import os\nMODELS = ['a', 'b']\nTABLE = {'y': object(), 'x': print}\n"
    definition = flag(f"'--x', choices={choices}", before)
    assert [choice.value for choice in definition.choices] == values


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("bool", {True: "1", False: ""}),
        ("str2bool", {True: "True", False: "False"}),
        ("lambda s: bool(int(s))", {True: "1", False: "0"}),
        ("json.loads", {True: "true", False: "false"}),
    ],
)
def test_booleans_are_encoded_for_their_type_function(flag, kind, encoding):
    before = "import json\ndef str2bool(s):\n    return s.lower() in ('yes', 'true')\n"
    definition = flag(f"'--x', type={kind}, default=True", before)
    assert (definition.type, definition.default, definition.arg_encoding) == (
        "boolean",
        True,
        encoding,
    )


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("'size (default: %(default)s)'", "size (default: 3)"),
        ("'100%% of %(type)s %(dest)s'", "100% of int x"),
        ("'one of %(choices)s'", "one of 3, 4"),
        ("'''two\n    lines'''", "two lines"),
        ("'%(unknown)s'", "%(unknown)s"),
        ("argparse.SUPPRESS", ""),
        ("made()", ""),
    ],
)
def test_help(flag, text, description):
    definition = flag(f"'--x', type=int, default=3, choices=[3, 4], help={text}")
    assert definition.description == description


@pytest.mark.parametrize(
    ("arguments", "required"),
    [
        ("'--x', required=True", True),
        ("'--x'", False),
        ("'x'", True),
        ("'x', nargs='?'", False),
        ("'x', nargs='*'", False),
        ("'x', nargs='+'", True),
        ("'x', nargs=2", True),
    ],
)
def test_required(flag, arguments, required):
    assert flag(arguments).required is required


# -- Origins of parsers, compared with argparse itself

_OPTS = """\
import argparse
from consts import EPOCHS

def get_parser(**kw):
    parser = argparse.ArgumentParser(**kw)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    return parser

class Base:
    def __init__(self):
        self.initialized = False
    def initialize(self, parser):
        parser.add_argument("--name", default="exp")
        self.initialized = True
        return parser
    def parse(self):
        if not self.initialized:
            parser = argparse.ArgumentParser()
            parser = self.initialize(parser)
        return parser.parse_args()

class Train(Base):
    def initialize(self, parser):
        parser = super().initialize(parser)
        parser.add_argument("--lr", type=float, default=0.1)
        return parser
"""

_FILES = {
    "opts.py": _OPTS,
    "consts.py": "EPOCHS = 3 * 4\n",
    "pkg/__init__.py": "from .parsers import build as make\n",
    "pkg/parsers.py": "from . import parts\ndef build():\n    return parts.parser()\n",
    "pkg/parts.py": (
        "import argparse as ap\n"
        "def parser():\n    p = ap.ArgumentParser()\n"
        "    p.add_argument('--deep', default='d')\n    return p\n"
    ),
    "at_import.py": (
        "from argparse import ArgumentParser\np = ArgumentParser()\n"
        "p.add_argument('--seed', type=int, default=1)\nargs = p.parse_args()\n"
    ),
}

SCRIPTS = {
    "module level": """
        import argparse
        parser = argparse.ArgumentParser(description="x")
        parser.add_argument("--lr", type=float, default=0.1)
        args = parser.parse_args()
        """,
    "in main": """
        from argparse import ArgumentParser
        def main(argv=None):
            p = ArgumentParser()
            p.add_argument("--x", default="1")
            args, rest = p.parse_known_args(argv)
        if __name__ == "__main__":
            main()
        """,
    "imported function": """
        import sys
        from opts import get_parser
        def main():
            parser = get_parser(add_help=False)
            parser.add_argument("--more", action="store_true")
            vars(parser.parse_args(sys.argv[1:]))
        sys.exit(main())
        """,
    "imported class": """
        import opts
        if __name__ == "__main__":
            opt = opts.Train().parse()
        """,
    "package": """
        import pkg
        args = pkg.make().parse_args()
        """,
    "parsed by an import": """
        from at_import import args
        lr = args.seed
        """,
    "groups and parents": """
        import argparse
        common = argparse.ArgumentParser(add_help=False)
        common.add_argument("--seed", type=int, default=1)
        p = argparse.ArgumentParser(parents=[common], formatter_class=argparse.HelpFormatter)
        g = p.add_argument_group("training")
        g.add_argument("--lr", type=float, default=0.1)
        m = g.add_mutually_exclusive_group()
        m.add_argument("--fast", action="store_true")
        m.add_argument("--slow", action="store_true")
        optional = p._action_groups.pop()
        required = p.add_argument_group("required")
        required.add_argument("--req", required=True)
        p._action_groups.append(optional)
        p.set_defaults(seed=5)
        p.parse_args()
        """,
    "loops": """
        import argparse
        p = argparse.ArgumentParser()
        for name in ("a", "b"):
            p.add_argument(f"--{name}-size", type=int, default=len(name))
        for name, (kind, default) in {"u": (int, 1), "w": (str, "q")}.items():
            p.add_argument("--" + name, type=kind, default=default)
        for i in range(2):
            p.add_argument("--n%d" % i if False else "--n" + str(i), default=str(i))
        specs = [dict(type=int, default=3), {"choices": ["x", "y"], "default": "x"}]
        for i, spec in enumerate(specs, 1):
            p.add_argument("--s{}".format(i), **spec)
        p.parse_args()
        """,
    "helpers": """
        import argparse, functools
        def add(parser, name, **kwargs):
            parser.add_argument("--" + name, **kwargs)
            return parser
        class Parser(argparse.ArgumentParser):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.add_argument("--own", type=int, default=2)
            def more(self):
                self.add_argument("--more", default="m")
                return self
        p = Parser(description="x").more()
        add(add(p, "one", default="1"), "two", type=int)
        option = functools.partial(p.add_argument, type=float)
        option("--three", default=3.0)
        add_all = [lambda q: q.add_argument("--four", default="4")]
        for function in add_all:
            function(p)
        p.parse_args()
        """,
    "self.parser": """
        import argparse
        class App:
            def __init__(self, parser=None):
                self.parser = parser or argparse.ArgumentParser()
                self.add_arguments()
            def add_arguments(self):
                self.parser.add_argument("--x", type=int, default=1)
            @property
            def args(self):
                return self.parser.parse_args()
            @classmethod
            def start(cls):
                return cls().args
        App.start()
        """,
    "try and with": """
        import argparse
        try:
            import not_installed_at_all
        except ImportError:
            not_installed_at_all = None
        p = argparse.ArgumentParser()
        with open(__file__) as f:
            p.add_argument("--x", default="1")
        try:
            p.add_argument("--y", default="2")
        finally:
            p.parse_args()
        """,
}

_DUMP = """
import argparse, json, os, runpy, sys
def dump(self, *args, **kwargs):
    arguments = {}
    for action in self._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        names = sorted(action.option_strings, key=lambda name: not name.startswith("--"))
        default = self._defaults.get(action.dest, action.default)
        arguments[(names or [action.dest])[0].lstrip("-")] = [default, bool(action.required)]
    print(json.dumps(arguments))
    sys.stdout.flush()
    os._exit(0)
argparse.ArgumentParser.parse_known_args = dump
sys.argv = [sys.argv[1]]
sys.path.insert(0, "")
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_flags_equal_the_arguments_of_argparse(inspect, tmp_path, name):
    result = inspect(SCRIPTS[name], files=_FILES)
    assert (result.dest, result.warnings) == ("args", ())
    flags = {flag.name: [flag.default, flag.required] for flag in result.flags.values()}
    process = subprocess.run(
        [sys.executable, "-c", _DUMP, "train.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert process.stderr == ""
    expected = json.loads(process.stdout)
    assert flags == expected
    assert list(flags) == list(expected)
    assert flags


def test_passing_all_defaults_changes_nothing(inspect, tmp_path):
    source = """\
    import argparse
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=0.1)
    p.add_argument("-e", type=int, default=-3)
    p.add_argument("--sizes", nargs="+", type=int, default=[1, 2])
    p.add_argument("--words", nargs="*", default=["a b", "c"])
    p.add_argument("--none")
    p.add_argument("--empty", default="")
    p.add_argument("--b1", type=bool, default=False)
    p.add_argument("--b2", type=bool, default=True)
    p.add_argument("--b3", type=lambda s: s == "True", default=True)
    p.add_argument("--on", action="store_true")
    p.add_argument("--off", action="store_false")
    p.add_argument("--opt", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--const", action="store_const", const=5, default=1)
    p.add_argument("-v", action="count", default=0)
    p.add_argument("--app", action="append", default=["x"])
    g = p.add_mutually_exclusive_group()
    g.add_argument("--m1", default="alpha")
    g.add_argument("--m2", default="beta")
    p.add_argument("pos", nargs="?", default="-p")
    p.add_argument("rest", nargs="*", type=int)
    print(p.parse_args())
    """
    result = inspect(source)
    without = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    words = _command_line(result.flags.values())
    assert words[:8] == ["--lr", "0.1", "-e", "-3", "--sizes", "1", "2", "--words"]
    given = subprocess.run(
        [sys.executable, "train.py", *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert (given.stdout, given.stderr) == (without.stdout, "")


def _command_line(flags) -> list[str]:
    """Return the command line of flags with their defaults, as `FoundFlags` specifies it."""
    options: list[str] = []
    positional: list[str] = []
    for flag in flags:
        value = flag.default
        name = flag.name if flag.arg_name is None else flag.arg_name
        option = name if name.startswith("-") else f"--{name}"
        if flag.arg_switch is not None:
            options += [option] if value == flag.arg_switch else []
        elif value is not None:
            text = (flag.arg_encoding or {}).get(value, str(value))
            words = shlex.split(text) if flag.arg_split else [text]
            if name:
                options += [option, *words]
            else:
                positional += words
    return [*options, "--", *positional]


# -- Subcommands

_SUBCOMMANDS = """
    import argparse
    def build():
        p = argparse.ArgumentParser()
        p.add_argument("--verbose", action="store_true")
        subs = p.add_subparsers(dest="command", required=True)
        for name, function in (("train", train), ("eval", evaluate)):
            sub = subs.add_parser(name, help=function.__doc__)
            sub.add_argument("--data", default="d")
            sub.set_defaults(func=function)
            if name == "train":
                sub.add_argument("--lr", type=float, default=0.1)
        return p
    def train(args): pass
    def evaluate(args): pass
    if __name__ == "__main__":
        args = build().parse_args()
        args.func(args)
    """


def test_subcommands(inspect):
    top = inspect(_SUBCOMMANDS)
    assert (top.dest, list(top.flags)) == ("args", ["verbose"])
    assert top.warnings == (
        "train.py:1: arguments of subcommands are not flags; to use those of one (eval, train), "
        "set 'flags-dest: args:NAME'",
    )
    train = inspect(_SUBCOMMANDS, "args:train")
    assert (train.dest, list(train.flags), train.warnings) == ("args:train", ["data", "lr"], ())
    assert list(inspect(_SUBCOMMANDS, "args:eval").flags) == ["data"]
    assert inspect(_SUBCOMMANDS, "args:argparse") == top


def test_unknown_subcommand_is_an_error(inspect):
    with pytest.raises(GuildError) as error:
        inspect(_SUBCOMMANDS, "args:tran")
    assert error.value.message == "train.py:1: subcommand 'tran' not found; available: eval, train"


# -- Unknown values


@pytest.mark.parametrize(
    ("line", "flags", "warning"),
    [
        ("p.add_argument(make_name())", {}, "cannot determine the name of an argument"),
        (
            "p.add_argument('--x', **load())",
            {"x": None},
            "argument '--x' could only be partly analyzed",
        ),
        (
            "p.add_argument('--x', default=1); p.set_defaults(**load())",
            {"known": None, "x": None},
            "cannot determine the defaults that are set here",
        ),
        (
            "p = lib.extend(p)",
            {},
            "cannot determine the arguments that a library adds to the parser",
        ),
        (
            "for n in load(): p.add_argument('--' + n)",
            {},
            "cannot determine the name of an argument",
        ),
    ],
)
def test_unknown_values_are_warnings(inspect, line, flags, warning):
    result = inspect(f"import lib\n{_HEAD}p.add_argument('--known', default='k')\n{line}\n{_TAIL}")
    assert {name: flag.default for name, flag in result.flags.items()} == {"known": "k", **flags}
    assert result.warnings == (f"train.py:5: {warning}",)


def test_argument_of_several_branches_needs_equal_defaults(defaults):
    source = f"""{_HEAD}
if unknown():
    p.add_argument("--x", type=int, default=1)
    p.add_argument("--same", default="s")
else:
    p.add_argument("--x", type=int, default=2)
    p.add_argument("--same", default="s")
{_TAIL}"""
    assert defaults(source) == {"x": None, "same": "s"}


def test_list_that_may_change_is_not_a_default(defaults):
    source = f"""{_HEAD}
sizes = [1]
if unknown():
    sizes.append(2)
models = ["a"]
models.append("b")
p.add_argument("--sizes", nargs="+", default=sizes)
p.add_argument("--models", nargs="+", default=models)
{_TAIL}"""
    assert defaults(source) == {"sizes": None, "models": "a b"}


def test_name_changed_by_a_loop_is_not_a_default(defaults):
    source = f"{_HEAD}n = 0\nwhile more():\n    n += 1\np.add_argument('--x', default=n)\n{_TAIL}"
    assert defaults(source) == {"x": None}


def test_name_changed_by_a_loop_is_unknown_in_the_loop(defaults):
    source = (
        f"{_HEAD}n = 0\nwhile more():\n    p.add_argument('--x', default=n)\n    n = 1\n{_TAIL}"
    )
    assert defaults(source) == {"x": None}


def test_follows_main_started_by_a_library(inspect):
    source = """\
    import argparse, lib
    def main():
        p = argparse.ArgumentParser()
        p.add_argument("--x", default="1")
        p.parse_args()
    lib.launch(main)
    """
    result = inspect(source)
    assert (result.dest, list(result.flags)) == ("args", ["x"])


@pytest.mark.parametrize("args", ["[]", "args=['--x', '1']", "''.split()"])
def test_parsing_a_literal_list_is_not_a_command_line(inspect, args):
    result = inspect(f"lr = 0.1\n{_HEAD}p.add_argument('--x')\np.parse_args({args})\n")
    assert (result.dest, list(result.flags)) == ("globals", ["lr"])


def test_parser_without_a_parse_call_is_the_command_line(inspect):
    result = inspect(f"lr = 0.1\n{_HEAD}p.add_argument('--x')\nlib.parse(p.format_help())\n")
    assert (result.dest, list(result.flags)) == ("args", ["x"])


@pytest.mark.parametrize(
    "body",
    [
        "def f(n):\n    return f(n + 1)\nf(0)\n",
        "x = [1]\nfor i in range(400):\n    x = x + x\n",
        "s = 'a'\nfor i in range(400):\n    s = s.replace('a', 'aa')\n",
        "d = {}\nfor i in range(400):\n    d = {'a': d, 'b': d}\n",
        "x = 2\nfor i in range(400):\n    x = x ** x\n",
        "def g(n):\n" + "".join(f"    g{i}(n)\n" for i in range(2)) + "g0 = g1 = g\ng(0)\n",
        "for i in range(500):\n    for j in range(500):\n        k = i + j\n",
        "x = " + " + ".join(["n"] * 2000) + "\n",
    ],
)
def test_walk_is_bounded(inspect, body):
    result = inspect(f"{_HEAD}p.add_argument('--x', default='1')\n{body}{_TAIL}")
    assert "x" in result.flags


def test_script_is_not_executed(inspect, tmp_path):
    marker = tmp_path / "marker"
    source = f"""\
    import argparse, helper
    open({str(marker)!r}, "w").close()
    p = argparse.ArgumentParser()
    p.add_argument("--x", default=open({str(marker)!r}, "w"), type=eval("int"))
    p.add_argument("--y", default=__import__("os").system("touch {marker}"))
    p.parse_args()
    """
    result = inspect(source, files={"helper.py": f"open({str(marker)!r}, 'w').close()\n"})
    assert list(result.flags) == ["x", "y"]
    assert not marker.exists()


# -- Contract


class TestArgparseFinder(FlagFinderContract):
    def make(self):
        return ArgparseFinder()

    def example(self):
        source = (
            "import argparse\n"
            "p = argparse.ArgumentParser()\n"
            "p.add_argument('--lr', type=float, default=0.1, help='rate')\n"
            "p.add_argument('--opt', choices=['sgd', 'adam'], default='sgd')\n"
            "p.add_argument('--fast', action='store_true')\n"
            "p.add_subparsers().add_parser('fit')\n"
            "p.parse_args()\n"
        )
        return source, {"lr": 0.1, "opt": "sgd", "fast": False}
