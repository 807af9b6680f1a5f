"""Runs of Guild AI 0.9 can be listed, read, changed, repeated and restarted."""
# ruff: noqa: E501

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from guild.testing.project import Project, Result

LISTING = """
[1:dd3d4ed3]   sleep                 2026-11-21 23:39:25  terminated  seconds=50
[2:e2a3eb77]   sleep                 2026-11-21 23:39:17  error       seconds=60
[3:3f9c1afd]   fail                  2026-11-21 23:38:51  error       code=2
[4:86b3a8cd]   fail                  2026-11-21 23:38:50  completed   code=0
[5:34ab51ba]   fail+                 2026-11-21 23:38:49  completed
[6:4ee9b14d]   fail                  2026-11-21 23:38:43  error       code=4
[7:b329e7f6]   prepare               2026-11-21 23:38:37  completed   data rows=3
[8:5450b33a]   steps-fail            2026-11-21 23:38:34  error
[9:72fee977]   use                   2026-11-21 23:38:29  completed   the use
[10:8b400581]  train                 2026-11-21 23:38:25  completed   lr=0.3
[11:4f9d6923]  prepare               2026-11-21 23:38:20  completed   rows=4
[12:347f0e7c]  steps                 2026-11-21 23:38:17  completed   lr=0.3
[13:19c379bb]  train+                2026-11-21 23:38:15  staged
[14:26afddb7]  args.py               2026-11-21 23:38:11  completed   act=relu batch-size=32 fast=yes lr=0.31109 names='a b'
[15:8db0eeef]  args.py               2026-11-21 23:38:10  completed   act=relu batch-size=32 fast=yes lr=0.88257 names='a b'
[16:7517fe03]  args.py               2026-11-21 23:38:02  completed   act=relu batch-size=32 fast=yes lr=0.11272 names='a b'
[17:77e3ddae]  args.py               2026-11-21 23:38:01  completed   act=relu batch-size=32 fast=yes lr=0.31109 names='a b'
[18:54f0b1e7]  args.py               2026-11-21 23:38:00  completed   act=relu batch-size=32 fast=yes lr=0.88257 names='a b'
[19:c87ab705]  args.py+skopt:random  2026-11-21 23:37:59  completed
[20:b6b647fe]  train                 2026-11-21 23:37:55  completed   lr=0.6
[21:a3ca6374]  train                 2026-11-21 23:37:53  completed   lr=0.5
[22:e30a0c06]  train+                2026-11-21 23:37:52  completed
[23:3b9c7767]  train                 2026-11-21 23:37:49  completed   lr=0.3
[24:5ad5ad4a]  train                 2026-11-21 23:37:47  completed   lr=0.1
[25:6dcd530e]  train+                2026-11-21 23:37:46  completed
[26:51dfab32]  train                 2026-11-21 23:37:44  completed   lr=0.3
[27:9b50ed37]  train                 2026-11-21 23:37:43  completed   lr=0.1
[28:7bc466a1]  args.py               2026-11-21 23:37:40  staged      act=relu batch-size=32 fast=no lr=0.01 names='a b'
[29:c7523e67]  train                 2026-11-21 23:37:39  staged      lr=0.1
[30:73069c1b]  read                  2026-11-21 23:37:37  completed
[31:32d89290]  use                   2026-11-21 23:37:35  completed   operation:prepare=f01afd8ac313480f942e43c61a749c54 scale=2
[32:f01afd8a]  prepare               2026-11-21 23:37:32  completed   rows=3
[33:fd2dd3cb]  net:shell             2026-11-21 23:37:30  completed   size=7
[34:0085c966]  net:train             2026-11-21 23:37:28  completed   act=tanh batch-size=32 fast=no lr=0.5
[35:11457d6a]  train [marked]        2026-11-21 23:37:25  completed   best v1 epochs=3 layers='16 8' lr=0.2 optimizer=sgd verbose=no
[36:ac51269f]  train                 2026-11-21 23:37:22  completed   lr=0.1
[37:adcfd5c9]  fail.py               2026-11-21 23:37:19  error       code=2
[38:503db49a]  cli.py                2026-11-21 23:37:17  completed   loud=yes name=line width=5
[39:ba029bf5]  args.py               2026-11-21 23:37:13  completed   args 0.5
[40:5ff4cfe7]  train.py              2026-11-21 23:37:11  completed   epochs=2 layers='16 8' lr=0.1 optimizer=sgd verbose=no
"""


def test_runs_are_listed(old_home: Project) -> None:
    old_home.env["COLUMNS"] = "200"
    old_home.run("runs", "--all").assert_ok().assert_out(LISTING)
    # A run that was killed before it recorded its start is listed by its creation time.
    old_home.run("runs", "--deleted").assert_ok().assert_out("""
        [1:6c940168]  fail.py               2026-11-21 23:39:35  completed  code=0
        [2:301d74d0]  train                 2026-11-21 23:39:32  completed  lr=0.9
        [3:3aff2f20]  sleep                 2026-11-21 23:38:46  error      seconds=60
        [4:271617ca]  args.py+skopt:random  2026-11-21 23:38:07  completed
        [5:8247ffbf]  train+                2026-11-21 23:37:42  completed
    """)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["-Fo", "train", "-F", "lr > 0.3"], "b6b647fe a3ca6374 0085c966"),
        (["-Fo", "net:train"], "0085c966"),
        (["-Fo", "net:"], "fd2dd3cb 0085c966"),
        (["-Fl", "best"], "11457d6a"),
        (["-Ft", "v1"], "11457d6a"),
        (["-Ft", "plain", "-F", "epochs = 1"], "a3ca6374 3b9c7767 5ad5ad4a"),
        (["-Ft", "data"], "b329e7f6"),
        (["-Fc", "second"], "fd2dd3cb"),
        (["-Fm"], "11457d6a"),
        (["-Se"], "e2a3eb77 3f9c1afd 4ee9b14d 5450b33a adcfd5c9"),
        (["-St"], "dd3d4ed3"),
        (["-Ss"], "19c379bb 7bc466a1 c7523e67"),
        (["-F", "loss < 0.1"], "9b50ed37 11457d6a ac51269f 5ff4cfe7"),
        (["-F", "status = completed and rows = 4"], "4f9d6923 347f0e7c"),
        (["-F", "operation = steps or op = read"], "347f0e7c 73069c1b"),
        (["-Fs", "after 2026-11-21 23:39:20"], "dd3d4ed3"),
        (["-Fd", "28c8d39d", "-Fo", "train.py"], "5ff4cfe7"),
    ],
)
def test_runs_are_filtered(old_home: Project, filters: list[str], expected: str) -> None:
    selected = old_home.run("select", "--all", "--short-id", *filters).assert_ok()
    assert selected.out.split() == expected.split()


def test_info_of_single_run(old_home: Project) -> None:
    old_home.run("runs", "info", "11457d6a").assert_ok().assert_out(f"""
        id: 11457d6a71e34a2a8776ca4851bb8222
        operation: train
        from: {old_home.path}/guild.yml
        status: completed
        started: 2026-11-21 23:37:25
        stopped: 2026-11-21 23:37:26
        marked: yes
        label: best v1 epochs=3 layers='16 8' lr=0.2 optimizer=sgd verbose=no
        sourcecode_digest: 28c8d39dd2419b4a9eebb9aa4bf256f6
        vcs_commit:
        run_dir: {old_home.home}/runs/11457d6a71e34a2a8776ca4851bb8222
        command: /opt/guild-0.9/bin/python -um guild.op_main train -- --epochs 3 --layers '[16, 8]' --lr 0.2 --optimizer sgd --verbose false
        exit_status: 0
        pid:
        tags:
          - best
          - v1
          - plain
        flags:
          epochs: 3
          layers: 16 8
          lr: 0.2
          optimizer: sgd
          verbose: no
        scalars:
          loss: 0.066700 (step 3)
    """)


def test_info_of_batches_and_steps(old_home: Project) -> None:
    info = json.loads(old_home.run("runs", "info", "c87ab705", "--json").assert_ok().out)
    assert info["operation"] == "args.py+skopt:random"
    assert info["proto-flags"]["lr"] == "uniform[0.1:0.9]"
    steps = old_home.run("runs", "info", "347f0e7c").assert_ok().out
    assert "operation: steps\n" in steps
    old_home.run("ls", "347f0e7c", "-n").assert_out("fit/\nprepare/\nuse/")
    linked = old_home.run("ls", "347f0e7c", "-n", "-L").assert_ok().out.split()
    assert {"fit/model.txt", "prepare/data.csv", "use/data.csv"} < set(linked)
    assert not [path for path in linked if ".guild" in path]


def test_files_of_runs(old_home: Project) -> None:
    old_home.run("ls", "5ff4cfe7", "-n", "--generated").assert_out("model.txt")
    old_home.run("ls", "5ff4cfe7", "-n", "--sourcecode").assert_out(
        "args.py\ncli.py\nfail.py\nguild.yml\nprepare.py\nsleep.py\nsweep.csv\ntrain.py\nuse.py\n"
        "words.txt"
    )
    old_home.run("ls", "32d89290", "-n", "--dependencies").assert_out("data.csv")
    old_home.run("cat", "5ff4cfe7", "-p", "model.txt").assert_out("sgd 0.1")
    old_home.run("cat", "fd2dd3cb", "--output").assert_out("net --size 7\nacc: 0.7")
    old_home.run("runs", "info", "32d89290", "--deps", "--json").assert_ok()
    old_home.run("diff", "ac51269f", "11457d6a", "--flags", "-c", "diff").assert_ok()


def test_compare(old_home: Project) -> None:
    old_home.run(
        "compare", "-Fo", "train", "-F", "epochs = 1", "--csv", "-"
    ).assert_ok().assert_out(
        """
        run,operation,started,time,status,label,lr,epochs,loss
        a3ca6374,train,2026-11-21 23:37:53,0:00:01,completed,lr=0.5,0.5,1,0.5
        3b9c7767,train,2026-11-21 23:37:49,0:00:00,completed,lr=0.3,0.3,1,0.30000001192092896
        5ad5ad4a,train,2026-11-21 23:37:47,0:00:01,completed,lr=0.1,0.1,1,0.10000000149011612
        """
    )


def test_select(old_home: Project) -> None:
    old_home.run("select", "-Fo", "train", "--min", "loss", "--short-id").assert_out("9b50ed37")
    old_home.run("select", "347f0e7c", "--attr", "flags").assert_out("lr: 0.3")
    old_home.run("select", "c7523e67", "--attr", "label").assert_out("lr=0.1")


def test_export_and_import(old_home: Project) -> None:
    archive = str(old_home.path / "archive.zip")
    old_home.run(
        "export", archive, "6dcd530e", "5ad5ad4a", "3b9c7767", "347f0e7c", "-y"
    ).assert_ok()
    before = old_home.run("runs", "info", "347f0e7c").out
    old_home.run("runs", "rm", "-y", "6dcd530e", "5ad5ad4a", "3b9c7767", "347f0e7c").assert_ok()
    old_home.run("runs", "purge", "-y").assert_ok()
    old_home.run("import", archive, "-y").assert_ok()
    assert old_home.run("runs", "info", "347f0e7c").out == before
    assert sorted(path.name for path in old_home.home.glob("runs/6dcd530e*/[0-9a-f]*")) == [
        "3b9c7767dd6547d384a2067f4a9c0aee",
        "5ad5ad4a7a8c4f8593aed91df0afac63",
    ]


def test_runs_are_changed(old_home: Project) -> None:
    old_home.run("label", "5ff4", "--set", "new", "-y").assert_ok()
    old_home.run("tag", "5ff4", "--add", "t", "-y").assert_ok()
    old_home.run("tag", "11457", "--delete", "v1", "-y").assert_ok()
    old_home.run("comment", "ba02", "--add", "more", "-y").assert_ok()
    old_home.run("mark", "11457", "--clear", "-y").assert_ok()
    old_home.run("mark", "5ff4", "-y").assert_ok()
    info = json.loads(old_home.run("runs", "info", "5ff4", "--json").out)
    assert (info["label"], info["tags"], info["marked"]) == ("new", ["t"], "yes")
    other = json.loads(old_home.run("runs", "info", "11457", "--json").out)
    assert (other["tags"], other["marked"]) == (["best", "plain"], "no")
    comments = json.loads(old_home.run("runs", "info", "ba02", "-c", "--json").out)["comments"]
    assert [comment["body"].strip() for comment in comments] == ["first try", "more"]


def test_runs_are_deleted_restored_and_purged(old_home: Project) -> None:
    old_home.run("runs", "restore", "301d74d0", "-y").assert_ok()
    old_home.run("select", "--short-id").assert_out("301d74d0")
    old_home.run("runs", "rm", "301d74d0", "5ff4", "-y").assert_ok()
    old_home.run("runs", "purge", "-y").assert_ok()
    old_home.run("runs", "--deleted").assert_out("")
    assert len(old_home.run_ids()) == 39


TRAIN = "optimizer: sgd [16, 8]\nstep: 1\nloss: {}\nstep: 2\nloss: {}"


@pytest.mark.parametrize(
    ("args", "out"),
    [
        (["5ff4", "lr=0.7"], TRAIN.format("0.7000", "0.3500")),
        (["ba02", "lr=1"], "lr=1.0 batch_size=32 act=tanh fast=True ['a', 'b']\nloss: 32.0"),
        (["503d", "width=2"], "LINE --"),
        (["1145", "epochs=1"], "optimizer: sgd [16, 8]\nstep: 1\nloss: 0.2000"),
        (["0085"], "lr=0.5 batch_size=32 act=tanh fast=False ['a', 'b']\nloss: 16.0"),
        (["fd2d", "size=9"], "net --size 9\nacc: 0.9"),
        (["32d8", "scale=3"], "total: 15"),
        (["7306"], "one two three"),
    ],
)
def test_proto_repeats_runs(old_home: Project, args: list[str], out: str) -> None:
    old = old_home.run("select", args[0]).out
    old_home.run("run", "--proto", *args, "-y").assert_ok().assert_out(out)
    run = old_home.runs()[0]
    assert run.id != old
    if args[0] not in ("fd2d", "7306", "32d8", "503d"):
        assert run.get("sourcecode_digest") == "28c8d39dd2419b4a9eebb9aa4bf256f6"


@pytest.mark.parametrize("deleted", [False, True])
def test_proto_does_not_require_the_project(old_home: Project, deleted: bool) -> None:
    if deleted:
        shutil.rmtree(old_home.path)
        old_home.path.mkdir()
    old_home.run("run", "--proto", "5ff4", "-y").assert_ok()


def trials(result: Result) -> list[str]:
    """Return the flags of the trials that a batch reported."""
    return re.findall(r"Running trial [0-9a-f]{32}: (.*)", result.err)


@pytest.mark.parametrize(
    ("args", "lrs"),
    [
        (["6dcd"], ["0.1", "0.3"]),
        (["6dcd", "lr=[0.4,0.5]"], ["0.4", "0.5"]),
        (["e30a"], ["0.5", "0.6"]),
    ],
)
def test_proto_repeats_batches(old_home: Project, args: list[str], lrs: list[str]) -> None:
    done = old_home.run("run", "--proto", *args, "-y").assert_ok()
    assert [re.findall(r"lr=([0-9.]+)", trial) for trial in trials(done)] == [[lr] for lr in lrs]


@pytest.mark.parametrize("option", ["--proto", "--restart"])
def test_searches_resume_and_repeat(old_home: Project, option: str) -> None:
    done = old_home.run("run", option, "c87a", "-y").assert_ok()
    values = [float(re.findall(r"lr=([0-9.]+)", trial)[0]) for trial in trials(done)]
    assert len(values) == 3
    assert all(0.1 <= value <= 0.9 for value in values)


def attrs(project: Project, run_id: str) -> dict[str, Any]:
    run = next(run for run in project.runs() if run.id.startswith(run_id))
    return {name: run.get(name) for name in run.attr_names()}


@pytest.mark.parametrize(
    ("args", "out"),
    [
        (["--restart", "5ff4"], TRAIN.format("0.1000", "0.0500")),
        (["--restart", "0085", "lr=2"], "lr=2.0 batch_size=32 act=tanh fast=False ['a', 'b']\nloss: 64.0"),
        (["--start", "c752"], "optimizer: adam [8, 4]\nstep: 1\nloss: 0.1000\nstep: 2\nloss: 0.0500\nrun in True"),
        (["--start", "7bc4"], "lr=0.01 batch_size=32 act=relu fast=False ['a', 'b']\nloss: 0.32"),
        (["--restart", "dd3d", "seconds=0"], "sleeping"),
        (["--restart", "32d8"], "total: 10"),
        (["--restart", "7306"], "one two three"),
    ],
)  # fmt: skip
def test_runs_restart(old_home: Project, args: list[str], out: str) -> None:
    count = len(old_home.runs())
    old_home.run("run", *args, "-y").assert_ok().assert_out(out)
    assert len(old_home.runs()) == count
    after = attrs(old_home, args[1])
    assert after["exit_status"] == 0
    assert old_home.run("select", "--short-id").out.startswith(args[1])


def test_batches_start_and_restart(old_home: Project) -> None:
    done = old_home.run("run", "--start", "19c3", "-y").assert_ok()
    assert len(trials(done)) == 2
    # A grid that succeeds is deleted; its trials have all information.
    assert not list(old_home.home.glob("runs/19c3*"))
    done = old_home.run("run", "--restart", "34ab", "-y")
    assert done.exit_code == 1
    assert trials(done) == ["fail (code=0)", "fail (code=2)"]


@pytest.mark.parametrize(("option", "new_runs"), [("--proto", 4), ("--restart", 3)])
def test_steps_are_repeated(old_home: Project, option: str, new_runs: int) -> None:
    before = set(old_home.run_ids())
    done = old_home.run("run", option, "347f", "lr=0.4", "-y").assert_ok()
    assert done.err.splitlines()[:2] == [
        "INFO: [guild] running prepare: prepare rows=4",
        "INFO: [guild] running fit: train lr=0.4",
    ]
    assert len(set(old_home.run_ids()) - before) == new_runs
    run_dir = old_home.run("select", "-Fo", "steps", "--path").assert_ok().out
    links = {path.name for path in Path(run_dir).iterdir() if path.is_symlink()}
    assert links == {"prepare", "fit", "use"}
