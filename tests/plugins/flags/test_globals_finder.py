"""Globals of a script as flags.

Guild AI 0.9 finds plain assignments of literals at the top level of a module. Users also
expect annotated and unpacked variables, computed constants (`10 * 1024`), and those under
`if __name__ == "__main__"`.
"""

from __future__ import annotations

import pytest

from guild.base.errors import GuildError
from guild.extend.program import Program
from guild.plugins.flags.globals_finder import GlobalsFinder
from guild.plugins.flags.inspection import inspect_program
from guild.testing.flag_finders import FlagFinderContract


def test_literals_are_typed_flags(inspect):
    result = inspect(
        """\
        lr = 0.1
        epochs = 10
        name = "a"
        run_id = "1e6"
        debug = False
        seed = None
        """
    )
    assert result.dest == "globals"
    assert result.warnings == ()
    assert [(f.name, f.default, f.type) for f in result.flags.values()] == [
        ("lr", 0.1, "number"),
        ("epochs", 10, "number"),  # as in Guild AI 0.9: 0.5 is valid
        ("name", "a", "string"),
        ("run_id", "1e6", "string"),
        ("debug", False, "boolean"),
        ("seed", None, None),
    ]


def test_source_is_a_location(inspect):
    assert inspect("import os\n\nx = 1\n").flags["x"].source == "train.py:3"


@pytest.mark.parametrize(
    ("value", "default"),
    [
        ("-5", -5),
        ("+1.5", 1.5),
        ("10 * 1024", 10240),
        ("2 ** 10", 1024),
        ("1e-3", 0.001),
        ("7 // 2", 3),
        ("'a' + 'b'", "ab"),
        ("'a' 'b'", "ab"),
        ("not True", False),
        ("[1, 2.5, -3]", "1 2.5 -3"),
        ("[]", ""),
        ("['a b', '1', 'c']", """'a b' '"1"' c"""),
        ("[True, None]", "true null"),
        ("[[1, 2], [3]]", "'[1, 2]' '[3]'"),
    ],
)
def test_constant_expressions(defaults, value, default):
    assert defaults(f"x = {value}") == {"x": default}


@pytest.mark.parametrize(
    "value",
    [
        "(1, 2)",
        "{'a': 1}",
        "{1, 2}",
        "b'x'",
        "3j",
        "...",
        "y",
        "f()",
        "f'{y}'",
        "[1, y]",
        "lambda: 1",
        "10 ** 10 ** 10",
        "'x' * 10 ** 10",
        "1 << 10 ** 9",
        "'%1000000000d' % 1",
        "1 / 0",
        pytest.param(" + ".join(["1"] * 2000), id="deep"),
        "'a' + 1",
    ],
)
def test_other_values_are_not_flags(defaults, value):
    assert defaults(f"x = {value}") == {}


def test_list_is_split_into_arguments(inspect):
    assert inspect("sizes = [1, 2]").flags["sizes"].arg_split is True


def test_names_with_underscore_are_private(defaults):
    assert defaults("_x = 1\n__y = 2\nz_ = 3") == {"z_": 3}


def test_last_literal_is_the_default(defaults):
    assert defaults("x = f()\nx = 1\nx = 2\nx += 1") == {"x": 2}


def test_targets(defaults):
    source = """\
    a = b = 1
    c, d = 2, "two"
    (e, (f, g)) = 3, (4, 5)
    h, *rest = 1, 2, 3
    i, j = pair
    k.attr = 1
    l[0] = 1
    """
    assert defaults(source) == {"a": 1, "b": 1, "c": 2, "d": "two", "e": 3, "f": 4, "g": 5}


def test_annotations_set_the_type(inspect):
    flags = inspect(
        """\
        from typing import Optional
        a: float = 1
        b: "int" = 2
        c: Optional[str] = None
        d: float | None = None
        e: bool = True
        f: Literal["a", "b"] = "a"
        g: int = 0.5
        h: int
        """
    ).flags
    assert {name: flag.type for name, flag in flags.items()} == {
        "a": "float",
        "b": "int",
        "c": "string",
        "d": "float",
        "e": "boolean",
        "f": "string",
        "g": "number",  # the default takes precedence over a wrong annotation
    }


def test_conditional_assignments_are_ignored(defaults):
    source = """\
    if True:
        a = 1
    try:
        b = 1
    except OSError:
        c = 1
    for d in range(3):
        e = 1
    with open("x") as f:
        g = 1
    def h():
        i = 1
    class J:
        k = 1
    if __name__ == "__main__":
        lr = 0.1
    if "__main__" == __name__:
        epochs = 3
    """
    assert defaults(source) == {"lr": 0.1, "epochs": 3}


def test_script_that_parses_nothing_has_globals(inspect):
    # Guild AI 0.9 assumes that any script that imports argparse parses arguments.
    result = inspect("import argparse, click\nlr = 0.1\n")
    assert (result.dest, list(result.flags)) == ("globals", ["lr"])


def test_command_line_of_an_imported_module_is_ignored(inspect):
    other = """\
    import argparse
    def main():
        argparse.ArgumentParser().parse_args()
    if __name__ == "__main__":
        main()
    """
    result = inspect("import other\nlr = 0.1\n", files={"other.py": other})
    assert (result.dest, list(result.flags)) == ("globals", ["lr"])


def test_dest_selects_globals_of_a_script_that_parses(inspect):
    source = "import argparse\nlr = 0.1\nargparse.ArgumentParser().parse_args()\n"
    assert list(inspect(source).flags) == []
    assert list(inspect(source, "globals").flags) == ["lr"]


# -- Items of a global


def test_items_of_a_dict(inspect):
    source = """\
    params = {"lr": 0.1, "sizes": [1, 2], "pair": (3, 4), "nested": {"n": 1, "deep": {"s": "x"}},
              "made": f(), "_private": 1, 5: 6, **{"more": True}}
    """
    result = inspect(source, "global:params")
    assert result.dest == "global:params"
    assert {name: flag.default for name, flag in result.flags.items()} == {
        "lr": 0.1,
        "sizes": "1 2",
        "pair": "3 4",
        "nested.n": 1,
        "nested.deep.s": "x",
        "more": True,
    }


@pytest.mark.parametrize(
    "value",
    [
        "SimpleNamespace(lr=0.1, n=2)",
        "types.SimpleNamespace(**{'lr': 0.1, 'n': 2})",
        "dict(lr=0.1, n=2)",
        "EasyDict({'lr': 0.1, 'n': 2})",
        "argparse.Namespace(lr=0.1, n=2)",
        "Config(n=2)",
    ],
)
def test_items_of_a_namespace(defaults, value):
    source = f"@dataclass\nclass Config:\n    lr: float = 0.1\n    n: int = 1\nns = {value}\n"
    assert defaults(source, "namespace:ns") == {"lr": 0.1, "n": 2}


def test_items_assigned_separately(defaults):
    source = "ns = Namespace()\nns.lr = 0.1\nns['n'] = 2\nother.x = 1\n"
    assert defaults(source, "namespace:ns") == {"lr": 0.1, "n": 2}


def test_attributes_of_a_class(inspect):
    source = "class Config:\n    lr: float = 1\n    n = field(default=3)\n    def f(self): pass\n"
    flags = inspect(source, "namespace:Config").flags
    assert {n: (f.default, f.type) for n, f in flags.items()} == {
        "lr": (1, "float"),
        "n": (3, "number"),
    }


def test_missing_global_is_an_error(inspect):
    with pytest.raises(GuildError) as error:
        inspect("x = 1", "global:params")
    assert error.value.message == (
        "train.py:1: global 'params' not found (flags-dest: global:params)"
    )


def test_class_that_contains_itself_has_bounded_depth(defaults):
    source = "class A:\n    x = 1\n    inner = A()\nns = A()\n"
    assert len(defaults(source, "namespace:ns")) == 9


# -- Unreadable files


def test_syntax_error_has_a_location(inspect):
    with pytest.raises(GuildError) as error:
        inspect("x = 1\ny = (\n")
    assert error.value.message == "train.py:2: not valid Python: '(' was never closed"


@pytest.mark.parametrize("text", ["x = '\0'", "x = " + "(" * 5000, "x = " + "-" * 100_000 + "1"])
def test_invalid_source_is_a_one_line_error(inspect, text):
    with pytest.raises(GuildError) as error:
        inspect(text)
    assert error.value.message.startswith("train.py:1: not valid Python: ")
    assert "\n" not in error.value.message


def test_missing_script_is_an_error(tmp_path):
    with pytest.raises(GuildError) as error:
        inspect_program(Program(tmp_path / "none.py", [tmp_path]))
    assert error.value.message == "cannot read none.py: No such file or directory"


# -- Contract


class TestGlobalsFinder(FlagFinderContract):
    is_fallback = True

    def make(self):
        return GlobalsFinder()

    def example(self):
        return "lr: float = 0.1\nopt = 'sgd'\nsizes = [1, 2]\n", {
            "lr": 0.1,
            "opt": "sgd",
            "sizes": "1 2",
        }
