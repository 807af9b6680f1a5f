"""Flags that nobody sets: the script keeps its own values exactly."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from guild.context import Context
from guild.launch import service
from guild.launch.execution import STAGE, ExecuteOptions
from guild.ops.plan.request import RunRequest
from guild.run import Run
from guild.runs.store import RunStore

QUIET = ExecuteOptions(quiet=True)

PARSED = """\
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("file", nargs="?", default="in.txt")
parser.add_argument("out", nargs="?", default=1)
parser.add_argument("--steps", default=5e3, type=int)
parser.add_argument("--width", default=64, type=float)
parser.add_argument("--name", type=str, default=False)
parser.add_argument("--sizes", nargs="+", type=int, default=(1, 2))
args = parser.parse_args()
print(sys.argv[1:], args.steps, repr(args.width), args.name, args.sizes)
"""

GLOBALS = """\
TESTS = [("a", 1), ("b", 2)]
SIZES = (1, 2.0)
lr = 1e-1
n = 3
for name, number in TESTS:
    print(name, number, end=" ")
print(SIZES, lr, n)
"""


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    for name in ("home", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "project" / "parsed.py").write_text(PARSED)
    (tmp_path / "project" / "plain.py").write_text(GLOBALS)
    return Context(tmp_path / "home", tmp_path / "project", os.environ)


def execute(
    ctx: Context, opspec: str | None, *words: str, options: ExecuteOptions = QUIET, **fields: object
) -> Run:
    request = RunRequest(opspec, words, **fields)  # type: ignore[arg-type]
    prepared = service.prepare(request, service.find_operation(request, ctx), ctx)
    outcome = service.execute(prepared, ctx, options)
    assert outcome.run is not None
    return outcome.run


def output(run: Run) -> str:
    return Path(run.guild_path("output")).read_text().strip()


def test_untouched_options_are_not_passed(ctx: Context) -> None:
    run = execute(ctx, "parsed.py")
    assert output(run) == "[] 5000.0 64 False (1, 2)"
    assert run.exit_status == 0
    assert run.flags["steps"] == 5000.0
    assert "--steps" in run["cmd"]
    assert run["env"]["FLAG_WIDTH"] == "64"


def test_options_that_the_user_sets_are_passed(ctx: Context) -> None:
    run = execute(ctx, "parsed.py", "steps=7")
    assert output(run) == "['--steps', '7'] 7 64 False (1, 2)"


def test_a_default_that_the_user_sets_is_passed(ctx: Context) -> None:
    run = execute(ctx, "parsed.py", "width=64")
    assert output(run) == "['--width', '64.0'] 5000.0 64.0 False (1, 2)"


def test_positional_arguments_before_a_set_one_are_passed(ctx: Context) -> None:
    assert output(execute(ctx, "parsed.py", "out=2")).startswith("['in.txt', '2']")
    assert output(execute(ctx, "parsed.py", "file=x")).startswith("['x'] ")


def test_untouched_globals_keep_their_values(ctx: Context) -> None:
    assert output(execute(ctx, "plain.py")) == "a 1 b 2 (1, 2.0) 0.1 3"
    assert output(execute(ctx, "plain.py", "n=4")) == "a 1 b 2 (1, 2.0) 0.1 4"


def test_values_of_the_guild_yml_are_passed(ctx: Context) -> None:
    (ctx.cwd / "guild.yml").write_text(
        "fit:\n  main: parsed\n  flags-import: all\n  flags:\n    width: 64\n"
        "    steps:\n      description: Steps\n"
    )
    assert output(execute(ctx, "fit")).startswith("['--width', '64'] 5000.0 64.0")


def test_a_prototype_passes_what_it_set(ctx: Context) -> None:
    first = execute(ctx, "parsed.py", "width=64")
    again = execute(ctx, None, "name=x", proto=first)
    assert output(again) == "['--name', 'x', '--width', '64.0'] 5000.0 64.0 x (1, 2)"


def test_a_restart_keeps_and_changes_values(ctx: Context) -> None:
    run = execute(ctx, "parsed.py", "width=2")
    execute(ctx, None, "steps=7", restart=run)
    assert output(run) == "['--steps', '7', '--width', '2.0'] 7 2.0 False (1, 2)"
    execute(ctx, None, restart=run)
    assert output(run) == "['--steps', '7', '--width', '2.0'] 7 2.0 False (1, 2)"


def test_a_restart_with_new_source_code_passes_changed_defaults(ctx: Context) -> None:
    run = execute(ctx, "parsed.py")
    (ctx.cwd / "parsed.py").write_text(PARSED.replace("default=64", "default=65"))
    execute(ctx, None, restart=run, force_sourcecode=True)
    assert output(run) == "['--width', '64'] 5000.0 64.0 False (1, 2)"


def test_a_run_of_today_with_earlier_source_code_passes_changed_defaults(ctx: Context) -> None:
    run = execute(ctx, "parsed.py")
    (ctx.cwd / "parsed.py").write_text(PARSED.replace("default=64", "default=65"))
    again = execute(ctx, "parsed.py", "width=65", proto=run)
    assert output(again) == "['--width', '65.0'] 5000.0 65.0 False (1, 2)"


def test_trials_pass_what_the_batch_sets(ctx: Context) -> None:
    execute(ctx, "parsed.py", "width=[64,2]")
    store = RunStore(ctx.home)
    trials = [run for run in map(store.get, store.ids()) if run.batch_proto is None]
    assert sorted(output(run) for run in trials) == [
        "['--width', '2.0'] 5000.0 2.0 False (1, 2)",
        "['--width', '64.0'] 5000.0 64.0 False (1, 2)",
    ]


def test_a_staged_run_starts_by_hand_as_guild_starts_it(ctx: Context) -> None:
    run = execute(ctx, "parsed.py", "name=x", options=ExecuteOptions(STAGE))

    def by_hand(*words: str) -> str:
        env = {**os.environ, "RUN_DIR": run.path, "GUILD_SOURCECODE": "."}
        process = subprocess.run(words, env=env, cwd=run.path, stdout=subprocess.PIPE, check=True)
        return process.stdout.decode().strip()

    assert by_hand(*run["cmd"]) == "['--name', 'x'] 5000.0 64 x (1, 2)"
    assert by_hand(*run["cmd"][:5], "--width", "64.0").startswith("['--width', '64.0']")


def test_a_run_whose_command_was_changed_starts_that_command(ctx: Context) -> None:
    run = execute(ctx, "parsed.py", options=ExecuteOptions(STAGE))
    run.set("cmd", [*run["cmd"][:5], "--width", "3"])
    from guild.launch.single_run import start_run
    from guild.ops.process.start import StartOptions

    start_run(run, os.environ, StartOptions(quiet=True))
    assert output(run).startswith("['--width', '3']")


def test_a_list_default_has_the_separator_of_the_guild_yml(ctx: Context) -> None:
    (ctx.cwd / "fit.py").write_text("sizes = [1, 2]\nempty = []\nprint(sizes, empty)\n")
    (ctx.cwd / "guild.yml").write_text(
        "fit:\n  main: fit\n  flags-import: all\n  flags:\n    sizes: {arg-split: ':'}\n"
    )
    run = execute(ctx, "fit")
    assert run.flags == {"empty": "", "sizes": "1:2"}
    assert output(run) == "[1, 2] []"
    assert output(execute(ctx, "fit", "sizes=3:4")) == "[3, 4] []"
