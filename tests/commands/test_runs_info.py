"""`guild runs info`."""

from __future__ import annotations

import json
import os

import pytest
from support.runs import with_runs

from guild.opref import OpRef


@pytest.fixture
def home(project):
    return with_runs(project)


def test_run(home):
    project, make = home
    run = make(
        label="lr=0.1",
        marked=True,
        flags={
            "lr": 0.1,
            "name": "13",
            "layers": [1, 2],
            "none": None,
            "on": True,
            "deep": {"a": {"b": 1}},
        },
        tags=["t", "u"],
        scalars={"loss": [(1, 0.5), (3, 0.25)], "tiny": 1e-7, "sys/cpu": 1.0, "bad": float("nan")},
        sourcecode_digest="abc",
        vcs_commit="git:123",
        foo="bar",
        notes="1\n2",
        table=[{"a": 1}, [2]],
    )
    project.run("runs", "info").assert_ok().assert_out(
        f"""
        id: {run.id}
        operation: train
        from: {project.path}/guild.yml
        status: completed
        started: 2026-01-02 03:05:05
        stopped: 2026-01-02 03:05:35
        marked: yes
        label: lr=0.1
        sourcecode_digest: abc
        vcs_commit: git:123
        run_dir: {run.path}
        command: python -um guild.op_main train
        exit_status: 0
        pid:
        tags:
          - t
          - u
        flags:
          deep:
            a:
              b: 1
          layers:
            - 1
            - 2
          lr: 0.1
          name: '13'
          none: null
          on: yes
        scalars:
          bad: nan (step 1)
          loss: 0.250000 (step 3)
          tiny: 1e-07 (step 1)
        attributes:
          foo: bar
          notes: 1\\n2
          table:
            -
              a: 1
            -
              - 2
        """
    )


def test_run_without_attributes(home):
    project, make = home
    run = make(exit_status=None, started=None, initialized=None, id_=None, flags=None, cmd=None)
    for name in os.listdir(run.guild_path("attrs")):
        os.unlink(run.guild_path("attrs", name))
    project.run("runs", "info").assert_ok().assert_out(
        f"""
        id: {run.id}
        operation: train
        from: {project.path}/guild.yml
        status: error
        started:
        stopped:
        marked: no
        label:
        sourcecode_digest:
        vcs_commit:
        run_dir: {run.path}
        command:
        exit_status:
        pid:
        tags:
        flags:
        scalars:
        """
    )


def test_running(home):
    project, make = home
    make(exit_status=None, files={".guild/LOCK": str(os.getpid())})
    lines = project.run("runs", "info").assert_ok().out.splitlines()
    assert "status: running" in lines
    assert f"pid: {os.getpid()}" in lines


def test_all_scalars(home):
    project, make = home
    make(scalars={"loss": [(1, 0.5), (3, 0.25)], "sys/cpu": 1.0})
    out = project.run("runs", "info", "-s").assert_ok().out
    assert out.partition("scalars:\n")[2].splitlines()[:7] == [
        "  loss:",
        "    avg: 0.375000 (step 3)",
        "    first: 0.500000 (step 1)",
        "    last: 0.250000 (step 3)",
        "    max: 0.500000 (step 1)",
        "    min: 0.250000 (step 3)",
        "    total: 0.750000 (step 3)",
    ]
    assert "  sys/cpu:" in out.splitlines()


def test_batch(home):
    project, make = home
    batch = make(opref=OpRef("builtin", "guildai", "1", "", "+"))
    trial = OpRef("guildfile", str(project.path / "guild.yml"), "", "", "echo")
    make.write(batch, ".guild/proto/.guild/opref", str(trial))
    make.write(batch, ".guild/proto/.guild/attrs/flags", "x: [1, 2]\n")
    out = project.run("runs", "info").assert_ok().out
    assert "operation: echo+\nfrom: guildai\n" in out
    assert "flags:\nproto-flags:\n  x:\n    - 1\n    - 2\nscalars:" in out


def test_steps_and_the_scalars_of_linked_runs(home):
    project, make = home
    step = make("train", scalars={"loss": 0.5})
    flow = make("flow", steps=["train epochs=1", "eval"], scalars={"acc": 1.0})
    os.symlink(f"../{step.id}", f"{flow.path}/train")
    os.symlink(f"../{flow.id}", f"{step.path}/back")
    os.symlink("../gone", f"{flow.path}/gone")
    os.symlink(project.path, f"{flow.path}/folder")
    out = project.run("runs", "info").assert_ok().out
    assert "\nsteps:\n  train epochs=1\n  eval\ntags:\n" in out
    assert out.partition("scalars:\n")[2].splitlines() == [
        "  acc: 1.000000 (step 1)",
        "  train/.guild#loss: 0.500000 (step 1)",
    ]
    fields = json.loads(project.run("runs", "info", "--json").assert_ok().out)
    assert fields["steps"] == ["train epochs=1", "eval"]
    assert fields["scalars"]["train/.guild#loss"] == [0.5, 1]


def test_comment_of_one_line(home):
    project, make = home
    make(comments=[{"body": "yes: it is", "user": "", "host": "h", "time": 1_767_323_045_000_000}])
    out = project.run("runs", "info", "-c").assert_ok().out
    assert out.split("comments:\n")[1].splitlines() == [
        "  -",
        "    body: yes: it is",
        "    host: h",
        "    time: 2026-01-02 03:04:05",
        "    user:",
    ]


def test_additional_sections(home):
    project, make = home
    make(
        comments=[{"body": "x\n\ny", "user": "u", "host": "h", "time": 1_767_323_045_000_000}],
        env={"B": "2", "A": "yes"},
        deps={"file:data": {"file:data": {"paths": ["../data"], "uri": "file:data"}}},
        plugins=["cpu"],
        manifest="s b.py 0 b.py\ns a.py 0 a.py\nd data - file:data\n",
        output=b"line 1\nesc \x1b[31m\n",
    )
    plain = project.run("runs", "info").assert_ok().out
    out = project.run("runs", "info", "-c", "-e", "-d", "-m", "-p", "-O").assert_ok().out
    assert out.removeprefix(plain).splitlines() == [
        "",
        "comments:",
        "  -",
        "    body: |",
        "      x",
        "",
        "      y",
        "    host: h",
        "    time: 2026-01-02 03:04:05",
        "    user: u",
        "environment:",
        "  A: 'yes'",
        "  B: '2'",
        "manifest:",
        "  dependencies:",
        "    - data",
        "  sourcecode:",
        "    - a.py",
        "    - b.py",
        "dependencies:",
        "  file:data:",
        "    file:data:",
        "      paths:",
        "      - ../data",
        "      uri: file:data",
        "plugins:",
        "  - cpu",
        "output:",
        "  line 1",
        "  esc \\x1b[31m",
    ]


def test_all_attributes(home):
    project, make = home
    make(foo="bar")
    out = project.run("runs", "info", "-a").assert_ok().out
    lines = out.partition("attributes:\n")[2].splitlines()
    assert "  exit_status: 0" in lines
    assert "  started: 1767323105000000" in lines
    assert "  foo: bar" in lines


def test_json(home):
    project, make = home
    run = make(flags={"lr": 0.1}, tags=["t"], scalars={"loss": [(1, 0.5)]}, foo={"a": [1]})
    info = json.loads(project.run("runs", "info", "--json").assert_ok().out)
    assert info == {
        "id": run.id,
        "operation": "train",
        "from": f"{project.path}/guild.yml",
        "status": "completed",
        "started": "2026-01-02 03:05:05",
        "stopped": "2026-01-02 03:05:35",
        "marked": "no",
        "label": "",
        "sourcecode_digest": "",
        "vcs_commit": "",
        "run_dir": run.path,
        "command": "python -um guild.op_main train",
        "exit_status": 0,
        "pid": "",
        "foo": {"a": [1]},
        "tags": ["t"],
        "flags": {"lr": 0.1},
        "scalars": {"loss": [0.5, 1]},
    }
    more = json.loads(project.run("runs", "info", "--json", "-s", "-c", "-m", "-O").out)
    assert more["scalars"]["loss"]["min"] == [0.5, 1]
    assert (more["comments"], more["manifest"], more["output"]) == ([], {}, "")


def test_no_runs(home):
    project, _ = home
    project.run("runs", "info").assert_error("no matching runs")
    project.run("runs", "info", "1").assert_error(
        "could not find a run matching '1'; run 'guild runs' for a list"
    )
