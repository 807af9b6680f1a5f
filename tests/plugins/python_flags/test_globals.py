"""Globals of a script as flags.

Guild AI 0.9 finds plain assignments of literals at the top of a module. Found
here too, as users expect: annotated ones, unpacked ones, computed constants
(`10 * 1024`), and what stands below `if __name__ == "__main__"`.
"""

from __future__ import annotations

import pytest

from guild.base.errors import GuildError


def test_literals_are_flags_with_a_type(inspect):
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
        ("epochs", 10, "number"),  # as in Guild AI 0.9: it may be given 0.5
        ("name", "a", "string"),
        ("run_id", "1e6", "string"),
        ("debug", False, "boolean"),
        ("seed", None, None),
    ]


def test_source_is_file_and_line(inspect):
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
def test_what_is_no_flag(defaults, value):
    assert defaults(f"x = {value}") == {}


def test_a_list_is_split_into_arguments(inspect):
    assert inspect("sizes = [1, 2]").flags["sizes"].arg_split is True


def test_a_name_that_starts_with_an_underscore_is_private(defaults):
    assert defaults("_x = 1\n__y = 2\nz_ = 3") == {"z_": 3}


def test_the_last_literal_is_the_default(defaults):
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


def test_annotations_give_the_type(inspect):
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
        "g": "number",  # a wrong annotation does not make a valid default an error
    }


def test_only_what_always_runs_is_found(defaults):
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


def test_a_script_that_imports_a_library_but_parses_nothing_has_globals(inspect):
    # Guild AI 0.9 takes any script that imports argparse for one that parses.
    result = inspect("import argparse, click\nlr = 0.1\n")
    assert (result.dest, list(result.flags)) == ("globals", ["lr"])


def test_a_module_of_the_project_with_a_command_line_of_its_own_changes_nothing(inspect):
    other = """\
    import argparse
    def main():
        argparse.ArgumentParser().parse_args()
    if __name__ == "__main__":
        main()
    """
    result = inspect("import other\nlr = 0.1\n", files={"other.py": other})
    assert (result.dest, list(result.flags)) == ("globals", ["lr"])


def test_globals_are_found_in_a_script_that_parses_if_asked(inspect):
    source = "import argparse\nlr = 0.1\nargparse.ArgumentParser().parse_args()\n"
    assert list(inspect(source).flags) == []
    assert list(inspect(source, "globals").flags) == ["lr"]


# -- The items of one global


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


def test_items_assigned_one_by_one(defaults):
    source = "ns = Namespace()\nns.lr = 0.1\nns['n'] = 2\nother.x = 1\n"
    assert defaults(source, "namespace:ns") == {"lr": 0.1, "n": 2}


def test_attributes_of_a_class(inspect):
    source = "class Config:\n    lr: float = 1\n    n = field(default=3)\n    def f(self): pass\n"
    flags = inspect(source, "namespace:Config").flags
    assert {n: (f.default, f.type) for n, f in flags.items()} == {
        "lr": (1, "float"),
        "n": (3, "number"),
    }


def test_a_missing_global_is_an_error(inspect):
    with pytest.raises(GuildError) as error:
        inspect("x = 1", "global:params")
    assert error.value.message == (
        "train.py:1: no global 'params' that is a dict or a namespace (flags-dest: global:params)"
    )


# -- Files that cannot be read


def test_a_syntax_error_says_where(inspect):
    with pytest.raises(GuildError) as error:
        inspect("x = 1\ny = (\n")
    assert error.value.message == "train.py:2: not valid Python: '(' was never closed"


@pytest.mark.parametrize("text", ["x = '\0'", "x = " + "(" * 5000, "x = " + "-" * 100_000 + "1"])
def test_what_the_parser_refuses_is_one_line(inspect, text):
    with pytest.raises(GuildError) as error:
        inspect(text)
    assert error.value.message.startswith("train.py:1: not valid Python: ")
    assert "\n" not in error.value.message


def test_a_missing_script(tmp_path):
    from guild.plugins.python_flags import inspect_script

    with pytest.raises(GuildError) as error:
        inspect_script(tmp_path / "none.py", [tmp_path])
    assert error.value.message == "cannot read none.py: No such file or directory"
