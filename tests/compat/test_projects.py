"""Forms of guild.yml in projects of Guild AI 0.9."""

from __future__ import annotations

from collections.abc import Callable

from guild.testing.project import Project


def test_extended_operation_includes_more_flags(project: Callable[..., Project]) -> None:
    made = project(
        {
            "guild.yml": """
                - config: rates
                  flags: {lr: {default: 0.1, description: Learning rate}, epochs: 3}
                - config: sizes
                  flags: {width: 8, epochs: 4}
                - config: base
                  operations:
                    train: {exec: 'echo ${flag_args}', flags: {$include: rates}}
                - model: big
                  extends: base
                  operations:
                    train: {flags: {$include: [sizes], lr: 1.0}}
            """
        }
    )
    made.run("run", "big:train", "-y").assert_ok().assert_out("--epochs 4 --lr 1.0 --width 8")


def test_flags_that_are_not_imported_become_arguments(project: Callable[..., Project]) -> None:
    made = project(
        {
            "op.py": "import sys\nlr = 1\nprint(lr, sys.argv[1:])",
            "guild.yml": """
                args: {main: op, flags-import: no, flags: {lr: 9}}
                globals: {main: op, flags-import: all, flags: {lr: 9}}
            """,
        }
    )
    made.run("run", "args", "-y").assert_ok().assert_out("1 ['--lr', '9']")
    made.run("run", "globals", "-y").assert_ok().assert_out("9 []")


def test_path_flags_become_absolute(project: Callable[..., Project]) -> None:
    made = project(
        {
            "data.txt": "data",
            "guild.yml": """
                op:
                  exec: echo ${data} ${more}
                  sourcecode: no
                  flags:
                    data: {type: existing-path, default: data.txt}
                    more: {type: path, default: ''}
            """,
        }
    )
    made.run("run", "op", "-y").assert_ok()
    assert made.attr("flags") == {"data": f"{made.path}/data.txt", "more": ""}
    made.run("run", "op", "more=./data.txt", "-y").assert_ok()
    assert made.attr("user_flags") == {"more": f"{made.path}/data.txt"}
    made.run("run", "op", "data=nope", "-y").assert_error(
        "invalid value nope for data: nope does not exist"
    )


def test_flags_in_the_command_are_passed_as_arguments_too(project: Callable[..., Project]) -> None:
    made = project(
        {
            "op.py": "lr = 1\nprint(lr)",
            "guild.yml": """
                all: {exec: 'echo ${x} ${flag_args}', flags: {x: 1, y: 2}}
                one:
                  exec: echo ${x} ${flag_args}
                  default-flag-arg-skip: yes
                  flags: {x: 1, y: {default: 2, arg-skip: no}, z: 3}
                none: {main: op, flags: {lr: 5}, flags-dest: globals, default-flag-arg-skip: yes}
            """,
        }
    )
    made.run("run", "all", "-y").assert_ok().assert_out("1 --x 1 --y 2")
    made.run("run", "one", "-y").assert_ok().assert_out("1 --y 2")
    made.run("run", "none", "-y").assert_ok().assert_out("1")
