"""Flags of scripts as the scripts get them."""

from __future__ import annotations

import pytest

_SHOW = "print(*(f'{name}={value}' for name, value in sorted(vars(args).items())))\n"


def _argparse(*arguments: str) -> str:
    lines = [f"p.add_argument({argument})" for argument in arguments]
    return "\n".join(
        ["import argparse", "p = argparse.ArgumentParser()", *lines, "args = p.parse_args()", _SHOW]
    )


@pytest.mark.parametrize(
    ("flags", "out"),
    [((), "ema=None"), (("ema=yes",), "ema=True"), (("ema=no",), "ema=False")],
)
def test_an_option_for_each_of_yes_and_no(project, flags, out):
    p = project({"train.py": _argparse("'--ema', action=argparse.BooleanOptionalAction")})
    p.run("run", "train.py", *flags, "-y").assert_ok().assert_out(out)
    p.run("run", "train.py", *flags, "-y").assert_ok().assert_out(out)  # from the cache


@pytest.mark.parametrize(
    ("flags", "out"),
    [((), "x=None"), (("x=yes",), "x=True"), (("x=no",), "x=False")],
)
def test_a_click_option_for_each_of_yes_and_no(project, flags, out):
    p = project(
        {
            "train.py": """
            import click

            @click.command()
            @click.option("--x/--no-x", default=None)
            def main(x):
                print(f"x={x}")

            main()
            """
        }
    )
    p.run("run", "train.py", *flags, "-y").assert_ok().assert_out(out)


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ((), "mode=up x=True"),
        (("down=down",), "mode=down x=True"),
        (("a-off=no",), "mode=up x=False"),
        (("up=up", "b-on=yes"), "mode=up x=True"),
    ],
)
def test_switches_for_one_thing(project, flags, out):
    p = project(
        {
            "train.py": _argparse(
                "'--up', dest='mode', action='store_const', const='up', default='up'",
                "'--down', dest='mode', action='store_const', const='down', default='up'",
                "'--b-on', dest='x', action='store_true', default=True",
                "'--a-off', dest='x', action='store_false', default=True",
            )
        }
    )
    p.run("run", "train.py", *flags, "-y").assert_ok().assert_out(out)


def test_click_switches_for_one_thing(project):
    p = project(
        {
            "train.py": """
            import click

            @click.command()
            @click.option("--up", "mode", flag_value="up", default=True)
            @click.option("--down", "mode", flag_value="down")
            def main(mode):
                print(mode)

            main()
            """
        }
    )
    p.run("run", "train.py", "-y").assert_ok().assert_out("up")
    p.run("run", "train.py", "down=yes", "-y").assert_ok().assert_out("down")


@pytest.mark.parametrize(
    ("flag", "out"),
    [
        ("lr=-1e-5", "lr=-1e-05 name= x=0.0"),
        ("lr=-2", "lr=-2.0 name= x=0.0"),
        ("x=-1e-5", "lr=0.0 name= x=-1e-05"),
        ("name=--fast", "lr=0.0 name=--fast x=0.0"),
        ("name=-a b", "lr=0.0 name=-a b x=0.0"),
    ],
)
def test_values_that_begin_as_options_do(project, flag, out):
    p = project(
        {
            "train.py": _argparse(
                "'--lr', type=float, default=0.0",
                "'-x', type=float, default=0.0",
                "'--name', default=''",
            )
        }
    )
    p.run("run", "train.py", flag, "-y").assert_ok().assert_out(out)


# -- What the main of an operation says itself

_OPTIONS = _argparse("'--lr', type=float, default=0.1", "'--fast', action='store_true'")


def test_an_imported_flag_has_the_value_that_main_gives_its_option(project):
    p = project(
        {
            "train.py": _OPTIONS,
            "guild.yml": "op: {main: train --lr 0.5 --fast, flags-import: all}",
        }
    )
    p.run("run", "op", "-y").assert_ok().assert_out("fast=True lr=0.5").assert_err("")
    assert p.attr("flags") == {"lr": 0.5, "fast": True}
    p.run("run", "op", "lr=2", "fast=no", "-y").assert_ok().assert_out(
        "fast=True lr=0.5"
    ).assert_err(
        """
        WARNING: flag 'fast=no' is ignored: the command of op sets the same option
        WARNING: flag 'lr=2.0' is ignored: the command of op sets the same option
        """
    )


@pytest.mark.parametrize("main", ["train --lr 0.5", "train --lr=0.5"])
def test_main_wins_over_a_flag_of_the_guild_yml(project, main):
    p = project({"train.py": _OPTIONS, "guild.yml": f"op: {{main: {main}, flags: {{lr: 0.1}}}}"})
    p.run("run", "op", "-y").assert_ok().assert_out("fast=False lr=0.5").assert_err(
        "WARNING: flag 'lr=0.1' is ignored: the command of op sets the same option"
    )


def test_a_flag_that_main_refers_to_is_passed_once(project):
    p = project(
        {
            "train.py": "import sys\nprint(sys.argv[1:])\n",
            "guild.yml": "op: {main: 'train --lr ${lr}', flags-dest: args, flags: {lr: 0.1, v: 3}}",
        }
    )
    p.run("run", "op", "lr=3", "-y").assert_ok().assert_err("").assert_out(
        "['--lr', '3', '--v', '3']"
    )


def test_a_command_that_has_an_option_itself(project):
    p = project({"guild.yml": "op: {exec: 'echo --lr 3 ${flag_args}', flags: {lr: 1, z: 2}}"})
    p.run("run", "op", "-y").assert_ok().assert_out("--lr 3 --z 2").assert_err(
        "WARNING: flag 'lr=1' is ignored: the command of op sets the same option"
    )


def test_flags_of_the_subcommand_that_main_names(project):
    p = project(
        {
            "train.py": """
            import argparse
            p = argparse.ArgumentParser()
            p.add_argument("--verbose", action="store_true")
            commands = p.add_subparsers(dest="command")
            fit = commands.add_parser("fit")
            fit.add_argument("--lr", type=float, default=0.1)
            commands.add_parser("score")
            args = p.parse_args()
            print(*(f'{name}={value}' for name, value in sorted(vars(args).items())))
            """,
            "guild.yml": "fit: {main: train --verbose fit, flags-import: all}",
        }
    )
    p.run("run", "fit", "lr=2", "-y").assert_ok().assert_err("").assert_out(
        "command=fit lr=2.0 verbose=True"
    )
    assert p.attr("flags") == {"lr": 2.0}
