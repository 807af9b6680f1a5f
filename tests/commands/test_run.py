"""`guild run`: single runs from the command line to the run directory."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from guild.testing.project import Project

Make = Callable[..., Project]

TRAIN = """\
import argparse

p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1, help="learning rate")
p.add_argument("--batch-size", type=int, default=10)
p.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
p.add_argument("--fast", action="store_true")
args = p.parse_args()
print(args)
"""


def test_script_becomes_a_run(project: Make) -> None:
    p = project({"hello.py": "x = 1\nprint('hello', x)\n"})
    p.run("run", "hello.py", "-y").assert_ok().assert_out("hello 1")
    p.run("run", "hello.py", "x=2", "-y").assert_ok().assert_out("hello 2")
    p.run("runs", "-s").assert_out(
        """
        [1]  hello.py  completed  x=2
        [2]  hello.py  completed  x=1
        """
    )
    assert p.attr("flags", 1) == {"x": 2}
    assert p.attr("user_flags", 1) == {"x": 2}
    assert p.attr("user_flags", 2) == {}


def test_package_runs_its_main_module(project: Make) -> None:
    main = "from pkg.n import n\nx = 1\nprint(__package__, n, x)\n"
    p = project({"pkg/__main__.py": main, "pkg/n.py": "n = 5\n", "data/x.txt": ""})
    p.run("run", "pkg", "-y").assert_ok().assert_out("pkg 5 1")
    p.run("run", "pkg", "x=2", "-y").assert_ok().assert_out("pkg 5 2")
    p.run("runs", "-s").assert_out(
        """
        [1]  pkg  completed  x=2
        [2]  pkg  completed  x=1
        """
    )
    p.run("run", "data", "-y").assert_error(
        "operation 'data' is not defined for this project\n"
        "Try 'guild operations' for a list of available operations."
    )


def test_stop_after_accepts_infinity_but_no_negative_number(project: Make) -> None:
    p = project({"x.py": "print('ran')\n"})
    p.run("run", "x.py", "--stop-after", "inf", "-y").assert_ok().assert_out("ran")
    result = p.run("run", "x.py", "--stop-after", "-1", "-y")
    assert (result.exit_code, result.err.splitlines()[0]) == (
        2,
        "guild: Invalid value for '--stop-after': -1.0 is not in the range x>=0.",
    )


@pytest.mark.parametrize(
    ("closed", "out"), [(">&-", ""), ("2>&-", "hi\n"), ("<&-", "hi\n"), ("<&- >&- 2>&-", "")]
)
def test_closed_streams(project: Make, closed: str, out: str) -> None:
    p = project({"x.py": "print('hi')\n"})
    done = subprocess.run(
        ["sh", "-c", f"guild run x.py -y {closed}"],
        cwd=p.path, env=p.env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")
    p.run("cat", "--output").assert_out("hi")


def test_main_script_is_copied_despite_default_exclusions(project: Make) -> None:
    script = "x = 1\nprint('ran', x)\n"
    p = project({f"{n:03}.txt": "" for n in range(101)})
    p.write({"z.py": script, "big.py": script + "#" * (1 << 20), ".hidden/h.py": script})
    for name in ("z.py", "big.py", ".hidden/h.py"):
        result = p.run("run", name, "x=2", "-y").assert_ok().assert_out("ran 2")
        assert name not in result.err
    p.write({".gitignore": "local*\n", "local.py": script, "local.txt": ""})
    p.write({"guild.yml": "op: {main: local}\ntxt: {main: local, sourcecode: '*.txt'}\n"})
    subprocess.run(["git", "init", "-q"], cwd=p.path, env=p.env, check=True)
    p.run("run", "local.py", "-y").assert_ok().assert_out("ran 1")
    p.run("run", "op", "-y").assert_ok().assert_out("ran 1")
    assert "local.txt" not in p.run("ls", "--sourcecode").out
    assert "  local.py" in p.run("run", "op", "--test-sourcecode").out.partition("Skipped")[0]
    assert p.run("run", "txt", "-y").exit_code == 1  # rules in guild.yml apply


def test_compiled_program_is_copied(project: Make) -> None:
    p = project({"guild.yml": "op: {exec: ./prog -c 'echo $0 op'}\n"})
    shutil.copy(shutil.which("sh") or "", p.path / "prog")
    p.run("run", "op", "-y").assert_ok().assert_out("./prog op")
    p.run("run", "./prog", "-y").assert_ok()
    assert os.access(p.runs()[0].path + "/prog", os.X_OK)


def test_flags_are_passed_as_arguments(project: Make) -> None:
    p = project({"train.py": TRAIN})
    p.run("run", "train.py", "-y").assert_out(
        "Namespace(lr=0.1, batch_size=10, opt='sgd', fast=False)"
    )
    p.run("run", "train.py", "lr=1", "batch_size=20", "fast=yes", "opt=adam", "-y").assert_out(
        "Namespace(lr=1.0, batch_size=20, opt='adam', fast=True)"
    )
    assert p.attr("cmd")[1:] == [
        "-um", "guild.op_main", "train", "--",
        "--batch-size", "20", "--fast", "--lr", "1.0", "--opt", "adam",
    ]  # fmt: skip


def test_invalid_flags_start_no_run(project: Make) -> None:
    p = project({"train.py": TRAIN})
    p.run("run", "train.py", "batchsize=1", "-y").assert_error(
        "unsupported flag 'batchsize'; did you mean 'batch-size'?"
    )
    assert p.run_ids() == []


def test_force_flags_accepts_unknown_flags_and_invalid_values(project: Make) -> None:
    p = project({"x.py": "import sys\nx = 1\nprint(x)\n"})
    p.run("run", "x.py", "x=abc", "y=1", "-f", "-y").assert_ok().assert_out("abc")
    assert p.attr("flags") == {"x": "abc", "y": 1}


GUILD_YML = """\
- model: m1
  description: A model
  operations:
    train:
      main: train
      description: Train it
      default: yes
      flags-import: all
      flags:
        lr: {default: 0.2, min: 0, max: 1}
        name: {required: yes, arg-skip: yes}
      label: run-${lr}
      tags: [a, b]
      env: {FOO: bar, LR2: 'x${lr}'}
      run-attrs: {kind: test}
    sh:
      exec: sh -c 'echo hello ${x} $FOO; exit 3'
      flags: {x: 1}
      env: {FOO: f}
- model: m2
  operations:
    train: {main: train, flags-import: [lr]}
    only: {main: train}
"""


def test_operations_of_guild_yml(project: Make) -> None:
    p = project({"guild.yml": GUILD_YML, "train.py": TRAIN})
    p.run("run", "m1:sh", "-y").assert_out("hello 1 f")
    assert p.run("run", "sh", "-y").exit_code == 3
    assert p.attr("exit_status") == 3
    p.run("run", "train", "-y").assert_error(
        "operation 'train' is defined by several models; use one of m1:train, m2:train"
    )
    p.run("run", "only", "-y").assert_ok()
    p.run("run", "onl", "-y").assert_ok()
    p.run("run", "m2:trian", "-y").assert_error(
        "operation 'm2:trian' is not defined for this project; did you mean 'm2:train'?\n"
        "Try 'guild operations' for a list of available operations."
    )
    p.run("run", "trian.py", "-y").assert_error(
        "operation 'trian.py' is not defined for this project; did you mean 'train.py'?\n"
        "Try 'guild operations' for a list of available operations."
    )
    p.run("run", "other.py", "-y").assert_error(
        "operation 'other.py' is not defined for this project\n"
        "Try 'guild operations' for a list of available operations."
    )
    p.run("run", "-y").assert_error(
        "cannot find a default operation - name one, 'guild operations' lists them"
    )
    p.run("run", "m1:train", "-y").assert_error(
        "Operation requires the following missing flags:\n\n  name\n\n"
        "Run the command again with these flags or try 'guild run m1:train --help-op' for help."
    )
    p.run("run", "m1:train", "name=n", "lr=2", "-y").assert_error(
        "invalid value 2.0 for lr: out of range (greater than max 1)"
    )
    p.run("run", "m1:train", "name=n", "-y").assert_ok()
    assert p.attr("label") == "run-0.2"
    assert p.attr("tags") == ["a", "b"]
    assert p.attr("kind") == "test"
    env = p.attr("env")
    assert (env["FOO"], env["LR2"], env["FLAG_LR"], env["GUILD_OP"]) == (
        "bar", "x0.2", "0.2", "m1:train",
    )  # fmt: skip


def test_preview_asks_for_confirmation(project: Make) -> None:
    p = project({"x.py": "a = 1\nb = True\nprint(a)\n"})
    refused = p.run("run", "x.py", stdin="n\n")
    assert refused.exit_code == 4
    refused.assert_out(
        """
        You are about to run x.py
          a: 1
          b: yes
        Continue? (Y/n)
        """
    )
    assert p.run_ids() == []
    p.run("run", "x.py", stdin="\n").assert_ok()
    assert len(p.run_ids()) == 1


def test_labels_and_tags(project: Make) -> None:
    p = project({"x.py": "a = 0.123456789\nb = 'x y'\nc = None\n"})
    p.run("run", "x.py", "-y").assert_ok()
    assert p.attr("label") == "a=0.12345 b='x y'"
    p.run("run", "x.py", "-y", "-l", "is ${a|%.2f} ${b} ${nope}.").assert_ok()
    assert p.attr("label") == "is 0.12 'x y' ."
    p.run("run", "x.py", "-y", "-t", "t1", "-t", "t2").assert_ok()
    assert p.attr("label") == "t1 t2 a=0.12345 b='x y'"
    assert p.attr("tags") == ["t1", "t2"]
    p.run("run", "x.py", "-y", "-t", "t1", "-l", "own", "-c", "why").assert_ok()
    assert p.attr("label") == "own"
    assert p.attr("comments")[0]["body"] == "why"
    p.run("run", "x.py", "-y", "-l", "${a|nope}").assert_error(
        "unknown transform 'nope' in '${a|nope}'; use a format such as %.2f, basename, "
        "unquote or default:TEXT"
    )


def test_print_and_help_options_start_no_run(project: Make) -> None:
    p = project({"guild.yml": GUILD_YML, "train.py": TRAIN})
    p.run("run", "m1:sh", "x=2", "--print-cmd").assert_out("sh -c 'echo hello 2 $FOO; exit 3'")
    p.run("run", "m1:sh", "--print-env").assert_out(
        f"FLAGS_DEST=args\nFLAG_X=1\nFOO=f\nPROJECT_DIR={p.path}"
    )
    p.run("run", "m1:train", "--help-model").assert_out(
        """
        Usage: guild run [OPTIONS] m1:OPERATION [FLAG]...

        A model

        Use 'guild run m1:OPERATION --help-op' for help on a particular operation.

        Operations:
          sh
          train  Train it
        """
    )
    text = p.run("run", "m1:train", "--help-op").assert_ok().out
    assert "Usage: guild run [OPTIONS] m1:train [FLAG]..." in text
    assert "learning rate (default is 0.2, float, at least 0, at most 1" in text
    assert "Choices:  sgd, adam" in text
    assert "train.py:5" in text  # the location of batch-size
    assert ", guild.yml:" in text  # not the full path
    assert "  train.py" in p.run("run", "m1:train", "--test-sourcecode").assert_ok().out
    assert "arg-switch: true" in p.run("run", "m1:train", "--test-flags").assert_ok().out
    assert p.run_ids() == []


def test_staged_run_starts_and_restarts(project: Make) -> None:
    p = project({"x.py": "x = 1\nprint(x)\n"})
    staged = p.run("run", "x.py", "x=2", "--stage", "-y").assert_ok()
    run_id = p.run_ids()[0]
    staged.assert_out(
        f"x.py staged as {run_id}\nTo start the operation, use 'guild run --start {run_id}'"
    )
    p.run("runs", "-s").assert_out("[1]  x.py  staged  x=2")
    p.run("run", "--start", run_id, "-y").assert_out("2")
    p.write({"x.py": "x = 1\nprint('new', x)\n"})
    p.run("run", "--restart", run_id[:8], "x=3", "-y").assert_out("3")
    assert p.attr("flags") == {"x": 3}
    assert p.attr("label") == "x=3"
    p.run("run", "--restart", run_id, "--force-sourcecode", "-y").assert_out("new 3")
    assert p.run_ids() == [run_id]
    p.run("run", "--restart", "nope", "-y").assert_error(
        "could not find a run matching 'nope'; run 'guild runs' for a list"
    )
    both = p.run("run", "--restart", run_id, "--proto", run_id)
    assert both.exit_code == 2
    assert "--proto and --restart cannot both be used" in both.err


def test_run_dir_stores_the_run_outside_the_home(project: Make) -> None:
    p = project({"x.py": "x = 1\nopen('written', 'w').close()\nprint(x)\n"})
    p.run("run", "x.py", "--run-dir", "out", "-y").assert_ok().assert_out("1")
    assert (p.path / "out" / "written").exists()
    assert (p.path / "out" / ".guild" / "attrs" / "exit_status").read_text() == "0\n"
    assert p.run_ids() == []
    p.write({"full/file": ""})
    p.run("run", "x.py", "--run-dir", "full", "-y").assert_error(
        f"run directory '{p.path / 'full'}' already exists and is not empty"
    )
    p.run("run", "x.py", "--stage-dir", "staged", "-y").assert_ok()
    assert (p.path / "staged" / ".guild" / "ENV").exists()


def test_run_is_staged_in_run_directory(project: Make) -> None:
    p = project({"x.py": "print(1)\n"})
    staged = p.path / "staged"
    done = p.run("run", "x.py", "--stage", "--run-dir", "staged", "-y").assert_ok().assert_err("")
    cd = f"cd '{staged}' && source .guild/ENV && "
    head, tail = f"x.py staged in '{staged}'\nTo start the operation, use \"({cd}", ')"'
    assert done.out.startswith(head)
    assert done.out.endswith(tail)
    command = f"{cd}{done.out[len(head) : -len(tail)]}"
    assert subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE).stdout == b"1\n"


def test_report_of_run_directory_can_be_disabled(project: Make) -> None:
    p = project({"x.py": ""})
    p.run("run", "x.py", "--run-dir", "a", "-y").assert_ok().assert_err(
        f"Run directory is '{p.path / 'a'}' (results will not be visible to Guild)"
    )
    quiet = {"NO_WARN_RUNDIR": "1"}
    p.run("run", "x.py", "--run-dir", "b", "-y", env=quiet).assert_ok().assert_err("")


def test_log_level_variable(project: Make) -> None:
    p = project({"x.py": "x = 1"})
    args = ("run", "x.py", "x=[1,2]", "-y")
    assert p.run(*args).assert_ok().err.startswith("INFO: [guild] Running trial")
    p.run(*args, env={"LOG_LEVEL": "30"}).assert_ok().assert_err("")


def test_needed_skips_flags_that_have_run(project: Make) -> None:
    p = project({"x.py": "x = 1\nprint(x)\n"})
    p.run("run", "x.py", "-y", "--needed").assert_out("1")
    skipped = p.run("run", "x.py", "-y", "--needed").assert_ok()
    (run_id,) = p.run_ids()
    started = p.run("select", "--attr", "started").out.strip()
    skipped.assert_out(
        f"""
        Skipping because the following runs match this operation (--needed specified):
          [{run_id[:8]}]  x.py  {started}  completed  x=1
        """
    )
    p.run("run", "x.py", "x=2", "-y", "--needed").assert_out("2")
    assert len(p.run_ids()) == 2
    (p.run_dir() / ".guild" / "opref").write_text("damaged")
    p.run("run", "x.py", "x=2", "-y", "--needed").assert_ok().assert_out("2")


def test_edited_flags_are_used(project: Make) -> None:
    p = project({"x.py": "x = 1\ny = 2\nprint(x, y)\n"})
    editor = {"EDITOR": "sed -i s/^x:.*/x:\\ 5/"}
    p.run("run", "x.py", "-e", "-y", env=editor).assert_ok().assert_out("5 2")


def test_delete_on_success_keeps_failed_runs(project: Make) -> None:
    p = project(
        {
            "guild.yml": "a: {main: x, delete-on-success: yes, flags-import: all}",
            "x.py": "x = 0\nexit(x)",
        }
    )
    done = p.run("run", "a", "-y").assert_ok()
    assert p.run_ids() == []
    (deleted,) = (p.home / "trash/runs").iterdir()
    done.assert_err(
        f"Deleting interim run {deleted.name} ('a' is configured for deletion on success)"
    )
    p.run("runs", "restore", "-y").assert_ok()
    p.run("run", "a", "--keep-run", "-y").assert_ok()
    assert p.run("run", "a", "x=4", "-y").exit_code == 4
    assert len(p.run_ids()) == 3


def test_output_attrs_set_attributes(project: Make) -> None:
    p = project(
        {
            "guild.yml": r"""
            a:
              main: x
              output-attrs:
                - '(\key) is (\value)'
                - best: 'best of all: (\value)'
            """,
            "x.py": "print('data is a b')\nfor n in range(3): print('best of all:', n)\n"
            "print('label is mine')\nprint('compare is mine')\nprint('../x is y')\n",
        }
    )
    p.run("run", "a", "-y").assert_ok()
    assert (p.attr("data"), p.attr("best")) == ("a b", "2")
    assert (p.attr("label"), p.attr("compare")) == (None, None)
    assert not list(p.home.rglob("x"))


def test_gpus_and_seed_are_set(project: Make) -> None:
    p = project({"x.py": "import os\nprint(os.environ.get('CUDA_VISIBLE_DEVICES'))\n"})
    p.run("run", "x.py", "-y", "--gpus", "0,2", "--random-seed", "7").assert_out("0,2")
    assert p.attr("random_seed") == 7
    p.run("run", "x.py", "-y", "--no-gpus").assert_ok()
    assert p.attr("env")["CUDA_VISIBLE_DEVICES"] == ""


def test_secrets_are_not_written_to_the_run(project: Make) -> None:
    p = project(
        {
            "guild.yml": "a: {exec: \"sh -c 'echo $A $B $WANDB_API_KEY'\", env-secrets: [my.env]}",
            "my.env": "export A=first-secret\nB='second secret'\n",
        }
    )
    env = {"WANDB_API_KEY": "third-secret", "DB": "postgres://me:fourth-secret@host/db"}
    p.run("run", "a", "-y", env=env).assert_ok().assert_out(
        "first-secret second secret third-secret"
    )
    run_dir = p.run_dir(1)
    files = [path for path in run_dir.rglob("*") if path.is_file() and path.name != "output"]
    assert files
    for path in files:
        content = path.read_bytes()
        assert not re.search(rb"(first|second|third|fourth).secret", content), path


def test_secrets_set_by_the_operation_are_not_written_to_the_run(project: Make) -> None:
    p = project(
        {
            "a.py": "import os\nprint(os.environ['KEY_A'])\n",
            "guild.yml": """
            a: {sourcecode: no, main: a, env: {KEY_A: first-secret, B: b}, env-secrets: [KEY_A],
                python-path: ['${PROJECT_DIR}']}
            """,
        }
    )
    env = {"PYTHONPATH": str(p.path)}
    p.run("run", "a", "-y", "--stage", env=env).assert_ok()
    run_dir = p.run_dir(1)
    for path in run_dir.rglob("*"):
        assert path.is_dir() or b"first-secret" not in path.read_bytes(), path
    assert p.attr("env")["B"] == "b"
    p.run("run", "--start", "1", "-y", env=env).assert_out("first-secret")
    os.remove(p.path / "guild.yml")
    p.run("run", "--restart", "1", "-y", env={**env, "KEY_A": "own"}).assert_out("own")


def test_proto_reuses_source_code_and_flags(project: Make) -> None:
    p = project({"x.py": "x = 1\nprint('old', x)\n"})
    p.run("run", "x.py", "x=2", "-l", "first", "-y").assert_ok()
    first = p.run_ids()[0]
    p.write({"x.py": "x = 1\nprint('new', x)\n"})
    p.run("run", "--proto", first, "-y").assert_out("old 2")
    p.run("run", "--proto", first, "--force-sourcecode", "x=3", "-y").assert_out("new 3")
    p.run("run", "--proto", first, "x=a", "-y").assert_error(
        "invalid value a for x: invalid value for type 'number'"
    )
    # The project is not required.
    os.remove(p.path / "x.py")
    p.run("run", "--proto", first, "-y").assert_out("old 2")


def test_force_sourcecode_follows_the_rules_of_the_operation(project):
    p = project({
        "guild.yml": """
            train:
              main: train
              sourcecode: {select: [exclude: '*.txt'], dest: src, digest: no}
            bare: {exec: ls, sourcecode: no}
        """,
        "train.py": "print(1)",
        "notes.txt": "not source code",
    })  # fmt: skip
    p.run("run", "train", "-y").assert_ok()
    for again in ("--proto", "--restart"):
        p.run("run", again, "1", "--force-sourcecode", "-y").assert_ok()
        p.run("ls", "-n").assert_out("src/\nsrc/guild.yml\nsrc/train.py")
        assert p.attr("sourcecode_digest") is None
    p.run("run", "bare", "-y").assert_ok()
    p.run("run", "--proto", "1", "--force-sourcecode", "-y").assert_ok().assert_out("")


def test_help_op_does_not_execute_the_script(project: Make) -> None:
    p = project({"x.py": "open('/nonexistent/x', 'w')\nx = 1\n"})
    p.run("run", "x.py", "--help-op").assert_ok()


def test_run_params_record_the_command_line(project: Make) -> None:
    p = project({"x.py": "x = 1\n"})
    p.run("run", "x.py", "x=2", "-y", "-t", "t").assert_ok()
    params = p.attr("run_params")
    assert (params["opspec"], params["flags"], params["tags"]) == ("x.py", ["x=2"], ["t"])
    json.dumps(params)


def test_list_in_script_is_one_value(project: Make) -> None:
    p = project({"x.py": "b = [1, 2]\nn = 3\nprint(b, n)\n"})
    p.run("run", "x.py", "-y").assert_out("[1, 2] 3")
    p.run("run", "x.py", "b=3 4", "-y").assert_out("[3, 4] 3")
    p.run("run", "x.py", "b=7", "n=null", "-y").assert_out("[7] None")
    p.run("run", "x.py", "b=[[5,6]]", "-y").assert_out("[5, 6] 3")
    p.run("run", "x.py", "b='", "-y").assert_error(
        "invalid value \"'\" for flag 'b': no closing quotation"
    )


def test_list_of_prototype_is_one_value(project: Make) -> None:
    p = project({"x.py": "b = [1, 2]\nn = 3\nprint(b, n)\n"})
    p.run("run", "x.py", "b=[[5,6]]", "--keep-batch", "-y").assert_out("[5, 6] 3")
    trial = p.run_ids()[0]
    p.run("run", "--proto", trial, "-y").assert_ok().assert_out("[5, 6] 3")
    p.run("run", "--proto", trial, "n=[1,2]", "-y").assert_out("[5, 6] 1\n[5, 6] 2")
    p.run("run", "--restart", trial, "n=4", "-y").assert_out("[5, 6] 4")


def test_home_in_project_is_not_source_code(project: Make) -> None:
    p = project({"x.py": "print(1)"})
    (p.path / "home").mkdir()
    for _ in range(2):
        p.run("-H", "home", "run", "x.py", "-y").assert_ok()
    for run_dir in (p.path / "home" / "runs").iterdir():
        assert sorted(path.name for path in run_dir.iterdir()) == [".guild", "x.py"]


def test_warns_about_unsupported_settings(project: Make) -> None:
    p = project({"guild.yml": "a: {exec: echo hi, flag-encoder: x}"})
    result = p.run("run", "a", "-y").assert_ok()
    assert "operation 'a': this version of Guild does not support 'flag-encoder'" in result.err


def test_operation_of_another_python_does_not_run(project: Make) -> None:
    p = project({"guild.yml": "- operations: {a: {exec: echo hi}}\n  python-requires: '>=3.99'"})
    result = p.run("run", "a", "-y")
    assert result.exit_code == 1
    assert result.err.startswith("guild: operation 'a' requires Python >=3.99, but this is ")
    assert p.run_ids() == []


def test_run_attrs_cannot_set_reserved_attributes(project: Make) -> None:
    p = project({"guild.yml": "a: {exec: echo hi, run-attrs: {id: x, note: [1]}}"})
    p.run("run", "a", "-y").assert_ok().assert_err(
        f"WARNING: {p.path}/guild.yml:1: operation 'a', run-attrs: Invalid run attribute 'id' "
        f"(reserved attribute) - ignoring"
    )
    assert p.attr("id") == p.run_ids()[0]
    assert p.attr("note") == [1]
    p.write({"guild.yml": "a: {exec: echo hi, run-attrs: {../x: 1}}"})
    p.run("run", "a", "-y").assert_error(
        f"{p.path}/guild.yml:1: operation 'a', run-attrs: invalid attribute name '../x'"
    )


@pytest.mark.parametrize("name", ["output-scalars", "output-attrs"])
def test_invalid_output_pattern_starts_no_run(project: Make, name: str) -> None:
    p = project({"guild.yml": f"a: {{exec: echo hi, {name}: {{x: '('}}}}"})
    p.run("run", "a", "-y").assert_error(
        f"{p.path}/guild.yml:1: operation 'a': {name}: invalid pattern '(': missing ), "
        f"unterminated subpattern at position 0"
    )
    assert p.run_ids() == []
    p.write({"guild.yml": f"a: {{exec: 'echo x=1', {name}: {{x: 'x=(.*)'}}}}"})
    p.run("run", "a", "-y").assert_ok().assert_out("x=1")
