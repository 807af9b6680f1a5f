"""The extensions in use: these tests require that the package is installed."""

import json
import os
import subprocess
import sys

FIT = """
import fire

def fit(lr=0.1, epochs=3):
    print("loss:", lr / epochs)

fire.Fire(fit)
"""

SWEEP = """
import os
from pathlib import Path

from guild.config import guild_home
from guild.context import Context
from guild.extend.executor import create_executor
from guild.launch import service
from guild.ops.plan.request import RunRequest

ctx = Context(guild_home(), Path.cwd(), dict(os.environ))
request = RunRequest("priority.sh", values={"x": [1, 2]})
prepared = service.prepare(request, service.find_operation(request, ctx), ctx)
outcome = service.execute(prepared, ctx, executor=create_executor("nice", slots=2))
print("exit code:", outcome.exit_code)
"""


def test_shell_script_runs_with_its_flags(project):
    p = project({"train.sh": 'lr=${lr:-0.1}  # learning rate\necho "loss: $lr"\n'})
    p.run("run", "train.sh", "-y").assert_ok().assert_out("loss: 0.1")
    p.run("run", "train.sh", "lr=0.2", "-y").assert_ok().assert_out("loss: 0.2")
    assert p.attr("flags") == {"lr": 0.2}
    assert (p.run_dir() / "train.sh").exists()


def test_fire_program_runs_with_its_flags(project):
    p = project({"fit.py": FIT})
    p.run("run", "fit.py", "epochs=10", "-y").assert_ok().assert_out("loss: 0.01")


def test_git_source_provides_the_file_of_a_revision(project):
    p = project(
        {
            "a.txt": "old\n",
            "guild.yml": """
                show:
                  exec: cat old/a.txt
                  requires:
                    - git: HEAD:a.txt
                      target-path: old
                """,
        }
    )
    for args in (["init", "-q"], ["add", "a.txt"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *args], cwd=p.path, env=p.env, check=True)
    p.write({"a.txt": "new\n"})
    p.run("run", "show", "-y").assert_ok().assert_out("old")


def test_trial_log_has_a_line_for_each_trial(project):
    p = project({"train.sh": "lr=${lr:-0.1}\necho $lr\n"})
    log = p.path / "trials.jsonl"
    p.run("run", "train.sh", "lr=[1,2]", "-y", env={"TRIAL_LOG": str(log)}).assert_ok()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["flags"], line["exit_code"]) for line in lines] == [
        ({"lr": 1}, 0),
        ({"lr": 2}, 0),
    ]


def test_nice_executor_lowers_the_priority_of_trials(project):
    p = project({"priority.sh": "x=${x:-0}\necho priority: $(nice)\n", "sweep.py": SWEEP})
    command = [sys.executable, "sweep.py"]
    done = subprocess.run(command, cwd=p.path, env=p.env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("exit code: 0\n", "")
    outputs = [run_dir / ".guild" / "output" for run_dir in (p.home / "runs").iterdir()]
    lowered = min(os.nice(0) + 19, 19)
    assert [p.read_text() for p in outputs if p.exists()] == [f"priority: {lowered}\n"] * 2
