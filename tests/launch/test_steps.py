"""Operations of steps: what their steps are asked for, what they leave, and how they end."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from guild.testing.project import Project, Result

PREPARE = """
    prepare:
      exec: sh -c 'echo ${rows} > data.txt'
      flags: {rows: 3}
    train:
      exec: sh -c 'echo "rows $(cat data.txt)"; echo "loss ${lr}"'
      flags: {lr: 0.1, name: a}
      requires: {operation: prepare}
"""


@pytest.fixture
def steps(project):
    def with_steps(text: str) -> Project:
        made: Project = project({"guild.yml": PREPARE})
        made.path.joinpath("guild.yml").write_text(
            made.path.joinpath("guild.yml").read_text() + _dedent(text)
        )
        return made

    return with_steps


def _dedent(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


def _err(result: Result) -> str:
    """Return standard error without the ids of runs."""
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}(?= for)", "ID", result.err)


def _links(p: Project, operation: str) -> dict[str, str]:
    """Return the links of the newest run of `operation`: names and the starts of run ids."""
    folder = _dir(p, operation)
    return {path.name: os.readlink(path) for path in sorted(folder.iterdir()) if path.is_symlink()}


def _dir(p: Project, operation: str) -> Path:
    return Path(p.run("select", "-Fo", operation, "--path").assert_ok().out)


def test_steps_run_in_order_and_are_linked(steps) -> None:
    p = steps("""
        all:
          flags: {rows: 5}
          steps:
            - prepare rows=${rows}
            - train
            - run: train lr=0.2
              label: second ${name}
    """)
    done = p.run("run", "all", "-y").assert_ok()
    done.assert_out("rows 5\nloss 0.1\nrows 5\nloss 0.2")
    assert _err(done).splitlines() == [
        "INFO: [guild] running prepare: prepare rows=5",
        "INFO: [guild] running train: train",
        "Resolving operation:prepare",
        "Using run ID for operation:prepare",
        "INFO: [guild] running train: train --label second ${name} lr=0.2",
        "Resolving operation:prepare",
        "Using run ID for operation:prepare",
    ]
    second, first, prepare, _ = p.run_ids()
    p.run("runs", "-s").assert_out(f"""
        [1]  train    completed  second a
        [2]  train    completed  lr=0.1 name=a operation:prepare={prepare}
        [3]  prepare  completed  rows=5
        [4]  all      completed  rows=5
    """)
    assert _links(p, "all") == {
        "prepare": f"../{prepare}",
        "train": f"../{first}",
        "train_2": f"../{second}",
    }
    # The run of the steps has all of the output and no source code or scalars of its own.
    assert "loss 0.2" in (_dir(p, "all") / ".guild/output").read_text()
    p.run("ls", "4", "--sourcecode", "-n").assert_out("")
    assert "step" not in p.run("runs", "info", "4", "--json").assert_ok().out.split("scalars")[-1]


def test_records_steps_as_written(steps) -> None:
    p = steps("""
        all:
          steps:
            - prepare
            - run: train
              flags: {name: 013, lr: 1}
    """)
    p.run("run", "all", "-y").assert_ok()
    p.run("select", "-Fo", "all", "--attr", "steps").assert_out("""
        - prepare
        - flags:
            lr: 1
            name: '013'
          run: train
    """)
    assert p.attr("flags") == {"lr": 1, "name": "013", "operation:prepare": p.run_ids()[1]}


def test_passes_flags_to_steps_by_name(steps) -> None:
    p = steps("""
        all:
          flags: {lr: 0.5, second:name: b, none: null, yes: yes}
          steps:
            - prepare
            - run: train
              name: first
              flags: {lr: '${lr}'}
            - run: train name=${none}-${yes}
              name: second
    """)
    p.run("run", "all", "-y", "lr=2", "second:lr=3").assert_error(
        "unsupported flag 'second:lr'; did you mean 'second:name'?"
    )
    p.run("run", "all", "-y", "lr=2", "second:name=c").assert_ok()
    assert [p.runs()[n].get("flags")["lr"] for n in (0, 1)] == [0.1, 2]
    assert [p.runs()[n].get("flags")["name"] for n in (0, 1)] == ["c", "a"]


def test_steps_share_label_and_tags_of_parent(steps) -> None:
    p = steps("""
        all:
          steps:
            - prepare
            - run: prepare --label own -t mine
    """)
    p.run("run", "all", "--stage", "--label", "exp 1", "--tag", "t1", "-y").assert_ok()
    done = p.run("run", "--start", p.run_ids()[0], "--tag", "t2", "-y").assert_ok()
    assert done.err.splitlines() == [
        "INFO: [guild] running prepare: prepare --label exp 1 --tag t2",
        "INFO: [guild] running prepare: prepare --label own --tag mine",
    ]
    second, first = p.runs()[:2]
    assert (first.label, first.get("tags")) == ("exp 1", ["t2"])
    assert (second.label, second.get("tags")) == ("own", ["mine"])


def test_steps_stage_their_trials(steps) -> None:
    p = steps("all:\n  steps: ['prepare rows=[1,2]', prepare]\n")
    done = p.run("run", "all", "--stage-trials", "-y").assert_ok()
    assert [line for line in done.err.splitlines() if "running" in line] == [
        "INFO: [guild] running prepare: prepare --stage-trials rows=[1, 2]",
        "INFO: [guild] running prepare: prepare --stage-trials",
    ]
    assert sorted(run.status for run in p.runs()) == ["completed", "completed", "staged", "staged"]


def test_steps_do_not_inherit_variables_of_run(steps) -> None:
    p = steps("""
        show:
          exec: sh -c 'echo "$FLAG_X $SHARED $GUILD_OP"'
        all:
          env: {SHARED: seen}
          flags: {x: 1}
          steps: [show]
    """)
    p.run("run", "all", "-y").assert_ok().assert_out(" seen show")


def test_rejects_unknown_references(steps) -> None:
    p = steps("all:\n  steps: ['train lr=${rate}']\n")
    p.run("run", "all", "-y").assert_error(
        "invalid reference '${rate}' in 'lr=${rate}': no flag 'rate'"
    )


def test_steps_see_only_runs_of_their_pipeline(steps) -> None:
    p = steps("""
        isolated:
          steps: [train]
        open:
          steps:
            - run: train
              isolate-runs: no
    """)
    p.run("run", "prepare", "rows=9", "-y").assert_ok()
    done = p.run("run", "isolated", "-y")
    assert done.exit_code == 1
    assert "failed with exit code" not in done.err
    p.run("run", "open", "-y").assert_ok().assert_out("rows 9\nloss 0.1")


def test_needed_steps(steps) -> None:
    p = steps("""
        isolated:
          steps:
            - run: prepare
              needed: yes
            - run: prepare
              needed: yes
            - train
        open:
          steps:
            - run: prepare
              needed: yes
              isolate-runs: no
            - train
    """)
    p.run("run", "prepare", "-y").assert_ok()
    p.run("run", "isolated", "-y").assert_ok()  # the one from outside is not seen
    assert [str(run.opref.op) for run in p.runs()] == ["train", "prepare", "isolated", "prepare"]
    assert len(set(_links(p, "isolated").values())) == 2
    p.run("run", "open", "-y").assert_ok()
    assert [str(run.opref.op) for run in p.runs()][:2] == ["train", "open"]
    assert set(_links(p, "open")) == {"prepare", "train"}


def test_failing_step_ends_run(steps) -> None:
    p = steps("""
        fail:
          exec: sh -c 'exit 7'
        all:
          steps: [prepare, fail, train]
    """)
    done = p.run("run", "all", "-y")
    assert done.exit_code == 7
    assert done.err.splitlines()[-1] == "INFO: [guild] running fail: fail"
    p.run("runs", "-s").assert_out("""
        [1]  fail     error
        [2]  prepare  completed  rows=3
        [3]  all      error
    """)


def test_batches_as_steps(steps) -> None:
    p = steps("""
        all:
          steps:
            - run: prepare rows=[1,2]
              expect: {file: data.txt}
            - train
    """)
    done = p.run("run", "all", "-y").assert_ok()
    assert "INFO: [guild] 2 of 2 checks passed" in done.err
    done.assert_out("rows 2\nloss 0.1")
    _, second, first, _ = p.run_ids()
    assert _links(p, "all") == {
        "prepare": f"../{first}",
        "prepare_2": f"../{second}",
        "train": f"../{p.run_ids()[0]}",
    }


def test_batch_of_pipelines(steps) -> None:
    p = steps("all:\n  flags: {rows: 1}\n  steps: ['prepare rows=${rows}', train]\n")
    p.run("run", "all", "rows=[4,5]", "-y").assert_ok().assert_out(
        "rows 4\nloss 0.1\nrows 5\nloss 0.1"
    )


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("output: 'loss 0.1'", None),
        ("output: '^rows [0-9]$'", None),
        ("output: 'loss 0.2'", "could not find pattern 'loss 0.2' in run ID output"),
        ("file: 'data.*'", None),
        ("file: model.txt", "no files matching model.txt in run ID"),
        ("{file: data.txt, contains: '3'}", None),
        (
            "{file: data.txt, contains: '4'}",
            "could not find pattern '4' in run ID file data.txt",
        ),
        ("{file: data.txt, compare-to: same.txt}", None),
        ("{file: data.txt, compare-to: '${PROJECT_DIR}/same.txt'}", None),
        (
            "{file: data.txt, compare-to: other.txt}",
            "file data.txt of run ID differs from other.txt; see above for details",
        ),
        (
            "{file: data.txt, compare-to: missing.txt}",
            "cannot compare data.txt: file missing.txt not found",
        ),
    ],
)
def test_expectations(steps, expect: str, problem: str | None) -> None:
    p = steps(
        "all:\n  steps:\n    - prepare\n    - run: train\n"
        f"      expect: [{{{expect.strip('{}')}}}]\n"
    )
    p.write({"same.txt": "3\n", "other.txt": "4\n"})
    done = p.run("run", "all", "-y")
    if problem is None:
        assert (done.exit_code, done.err.splitlines()[-1]) == (
            0,
            "INFO: [guild] 1 of 1 checks passed",
        )
    else:
        assert done.exit_code == 3
        assert _err(done).splitlines()[-4:] == [
            f"ERROR: [guild] check failed: {problem}",
            "INFO: [guild] 0 of 1 checks passed",
            "ERROR: [guild] 1 check(s) failed - see above for details",
            "guild: stopping because a check failed - see above for details",
        ]


def test_rejects_invalid_patterns(steps) -> None:
    p = steps("all:\n  steps:\n    - run: prepare\n      expect: {output: '('}\n")
    done = p.run("run", "all", "-y")
    assert done.exit_code == 1
    assert done.err.splitlines()[-1].startswith("guild: invalid pattern '(' of expected text: ")


def test_prefers_operations_of_same_model(project) -> None:
    p = project({
        "guild.yml": """
            - model: a
              operations:
                say: {exec: echo a}
                all: {steps: [say, 'b:say']}
            - model: b
              operations:
                say: {exec: echo b}
        """
    })  # fmt: skip
    p.run("run", "a:all", "-y").assert_ok().assert_out("a\nb")


def test_rejects_operation_that_is_its_own_step(steps) -> None:
    p = steps("one:\n  steps: [two]\ntwo:\n  steps: [prepare, one]\n")
    line = (p.path / "guild.yml").read_text().splitlines().index("  steps: [two]") + 1
    p.run("run", "one", "-y").assert_error(
        f"{p.path}/guild.yml:{line}: operation 'one' is a step of itself (one -> two -> one)"
    )


def test_restart_runs_the_steps_again(steps) -> None:
    p = steps("all:\n  steps: [prepare, train]\n")
    p.run("run", "all", "-y").assert_ok()
    run_id = p.run_ids()[2]
    before = _links(p, "all")
    p.run("run", "--restart", run_id, "-y").assert_ok()
    after = _links(p, "all")
    assert set(after) == {"prepare", "train"}
    assert not set(after.values()) & set(before.values())
    assert len(p.runs()) == 5


def test_proto_repeats_the_steps_with_other_flags(steps) -> None:
    p = steps("all:\n  flags: {rows: 1}\n  steps: ['prepare rows=${rows}', train]\n")
    p.run("run", "all", "-y").assert_ok()
    p.run("run", "--proto", p.run_ids()[2], "rows=8", "-y").assert_ok().assert_out(
        "rows 8\nloss 0.1"
    )


def test_reports_missing_project(steps) -> None:
    p = steps("all:\n  steps: [prepare]\n")
    p.run("run", "all", "--stage", "-y").assert_ok()
    moved = p.path.rename(p.path.with_name("moved"))
    run_id = p.run_ids()[0]
    p.run("run", "--start", run_id, "-y", cwd=moved).assert_error(
        f"cannot run the steps of run {run_id[:8]}: its project {p.path} does not exist"
    )


def test_stopping_a_run_stops_its_step_once(steps) -> None:
    p = steps("""
        wait:
          main: wait
        all:
          steps: [wait, prepare]
    """)
    p.write({
        "wait.py": """
            import signal, sys, time
            def stop(*_):
                print("asked", flush=True)
            signal.signal(signal.SIGTERM, stop)
            print("ready", flush=True)
            for _ in range(100):
                time.sleep(0.1)
                if "asked" in open(".guild/output").read():
                    time.sleep(0.5)
                    sys.exit(3)
        """
    })  # fmt: skip
    guild = p.popen("run", "all", "-y")
    assert guild.stdout is not None
    while b"ready" not in guild.stdout.readline():
        pass
    guild.send_signal(signal.SIGTERM)
    out, _ = guild.communicate(timeout=60)
    assert out.count(b"asked") == 1
    p.run("runs", "-s").assert_out("""
        [1]  wait  terminated
        [2]  all   terminated
    """)


def test_killed_run_leaves_no_step(steps) -> None:
    p = steps("wait:\n  exec: sh -c 'echo ready; exec sleep 60'\nall:\n  steps: [wait]\n")
    guild = p.popen("run", "all", "-y")
    assert guild.stdout is not None
    assert guild.stdout.readline() == b"ready\n"
    guild.kill()
    guild.communicate(timeout=60)
    end = time.monotonic() + 30
    while "running" in p.run("runs", "-s").out and time.monotonic() < end:
        time.sleep(0.1)
    assert "running" not in p.run("runs", "-s").out
