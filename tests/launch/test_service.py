"""The run service, called in this process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.observer import BatchEnd, BatchStart, RunEnd, RunObserver
from guild.launch import batch_file, service
from guild.launch.batch_plan import known_trials
from guild.launch.execution import STAGE, STAGE_TRIALS, ExecuteOptions, Outcome
from guild.launch.prepared import Prepared, PreparedBatch, PreparedRun, ResumedBatch, Skipped
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.run import Run
from guild.runs.store import RunStore
from guild.testing.detached_executor import DetachedExecutor

SCRIPT = "import sys\nlr = 0.1\nif lr > 5: sys.exit(4)\nprint('loss:', lr)\n"
QUIET = ExecuteOptions(quiet=True)


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    for name in ("home", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "project" / "train.py").write_text(SCRIPT)
    return Context(tmp_path / "home", tmp_path / "project", os.environ)


def prepare(ctx: Context, request: RunRequest) -> Prepared:
    return service.prepare(request, service.find_operation(request, ctx), ctx)


def execute(
    ctx: Context, request: RunRequest, options: ExecuteOptions = QUIET, **extra: Any
) -> Outcome:
    return service.execute(prepare(ctx, request), ctx, options, **extra)


def train(*words: str, **fields: Any) -> RunRequest:
    return RunRequest("train.py", words, **fields)


class Recorder(RunObserver):
    """An observer that records its notifications."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def on_batch_start(self, batch: BatchStart) -> None:
        self.events.append((batch.name, batch.max_trials, batch.existing))

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        self.events.append(("start", flags))

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        self.events.append(("end", flags, end.exit_code))

    def on_batch_end(self, end: BatchEnd | None) -> None:
        assert end is not None
        self.events.append((end.trials, len(end.failed), end.stopped))


def test_prepare_writes_nothing(ctx: Context) -> None:
    prepared = prepare(ctx, train("lr=1"))
    assert isinstance(prepared, PreparedRun)
    assert prepared.flags == {"lr": 1}
    assert list(RunStore(ctx.home).ids()) == []


def test_run_has_the_requested_id(ctx: Context) -> None:
    assert execute(ctx, train(run_id="7")).run == RunStore(ctx.home).get("7")
    batch = execute(ctx, train("lr=[1,2]", run_id="all"), ExecuteOptions(STAGE, quiet=True))
    assert batch.run == RunStore(ctx.home).get("all")
    assert sorted(RunStore(ctx.home).ids()) == ["7", "all"]
    for run_id, message in (
        ("7", "run '7' already exists; delete it or choose another ID"),
        ("a/b", "invalid run ID 'a/b': expected a file name without a leading ."),
        (".x", "invalid run ID '.x': expected a file name without a leading ."),
    ):
        with pytest.raises(GuildError) as error:
            execute(ctx, train(run_id=run_id))
        assert str(error.value) == message


def test_attributes_without_content_are_not_written(ctx: Context) -> None:
    """Guild AI 0.9 has no label file either for a run without a label."""
    (ctx.cwd / "plain.py").write_text("")
    run = execute(ctx, RunRequest("plain.py")).run
    batch = execute(ctx, train("lr=[1,2]"), ExecuteOptions(STAGE, quiet=True)).run
    assert run is not None
    assert batch is not None
    assert "label" not in run.attr_names()
    assert {"label", "sourcecode_digest"}.isdisjoint(batch.attr_names())


def test_attributes_of_the_operation_are_recorded(ctx: Context) -> None:
    (ctx.cwd / "guild.yml").write_text("train: {main: train, run-attrs: {foo: 1, n: y}}")
    run = execute(ctx, RunRequest("train")).run
    assert run is not None
    assert (run.get("foo"), run.get("n")) == (1, "y")
    assert run.get("opdef_attrs") == {"foo": 1, "n": "y"}


def test_slow_attributes_can_be_switched_off(ctx: Context) -> None:
    subprocess.run(["git", "init", "-q"], cwd=ctx.cwd, check=True)
    commit = ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x", "--allow-empty"]
    subprocess.run(["git", *commit], cwd=ctx.cwd, check=True)
    run = execute(ctx, train()).run
    assert run is not None
    assert {"pip_freeze", "vcs_commit"} <= set(run.attr_names())
    environ = {**ctx.environ, "NO_PIP_FREEZE": "1", "NO_VCS_COMMIT": "1"}
    run = execute(ctx._replace(environ=environ), train()).run
    assert run is not None
    assert {"pip_freeze", "vcs_commit"}.isdisjoint(run.attr_names())


def test_labels_resolve_references(ctx: Context) -> None:
    run = execute(ctx, train("lr=2", label="a ${lr|unquote} ${default_label}")).run
    assert run is not None
    assert run.label == "a 2 lr=2"
    (ctx.cwd / "note.py").write_text("note = 'x'\n")
    label = "note is '${note|unquote}', quoted ${note}"
    run = execute(ctx, RunRequest("note.py", ("note=big one",), label=label)).run
    assert run is not None
    assert run.label == "note is 'big one', quoted 'big one'"
    batch = BatchRequest(optimizer="random", max_trials=1, label="b ${default_label}")
    run = execute(ctx, train("lr=[1:2]", batch=batch), ExecuteOptions(STAGE, quiet=True)).run
    assert run is not None
    assert run.label == "b "


def test_run_ends_with_the_exit_code_of_the_script(ctx: Context) -> None:
    assert execute(ctx, train()).exit_code == 0
    outcome = execute(ctx, train("lr=6"))
    assert outcome.exit_code == 4
    assert outcome.run is not None
    assert outcome.run.status == "error"


def test_the_environment_comes_from_the_context(ctx: Context) -> None:
    (ctx.cwd / "env.py").write_text("import os\nprint(os.environ['COLOR'])\n")
    ctx = ctx._replace(environ={**os.environ, "COLOR": "blue"})
    outcome = execute(ctx, RunRequest("env.py"))
    assert outcome.run is not None
    assert Path(outcome.run.guild_path("output")).read_text() == "blue\n"


def test_batch_notifies_its_observer(ctx: Context) -> None:
    recorder = Recorder()
    outcome = execute(ctx, train("lr=[1,6]"), observer=recorder)
    assert outcome.exit_code == 1
    assert recorder.events == [
        ("train.py+", 2, 0),
        *(("start", {"lr": 1}), ("end", {"lr": 1}, 0)),
        *(("start", {"lr": 6}), ("end", {"lr": 6}, 4)),
        (2, 1, False),
    ]


def test_batch_runs_on_any_executor(ctx: Context) -> None:
    outcome = execute(ctx, train("lr=[1,2,3]"), executor=DetachedExecutor(2))
    assert outcome.exit_code == 0
    assert sorted(RunStore(ctx.home).get(i).flags["lr"] for i in RunStore(ctx.home).ids()) == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(("lr", "code"), [(1, 0), (6, 4)])
def test_single_run_starts_on_any_executor(ctx: Context, lr: int, code: int) -> None:
    outcome = execute(ctx, train(f"lr={lr}"), executor=DetachedExecutor())
    assert outcome.exit_code == code
    assert outcome.run is not None
    assert outcome.run.exit_status == code


def test_staged_run_is_started_in_its_directory(ctx: Context) -> None:
    staged = execute(ctx, train("lr=2"), ExecuteOptions(mode=STAGE)).run
    assert staged is not None
    assert staged.status == "staged"
    started = execute(ctx, RunRequest(restart=staged, assignments=("lr=3",))).run
    assert started is not None
    assert (started.id, started.status, started.flags) == (staged.id, "completed", {"lr": 3})


def test_prototype_gives_flags_and_source_code(ctx: Context) -> None:
    first = execute(ctx, train("lr=2")).run
    (ctx.cwd / "train.py").write_text("raise SystemExit('changed')")
    again = execute(ctx, RunRequest(proto=first))
    assert again.exit_code == 0
    assert again.run is not None
    assert again.run.flags == {"lr": 2}


def test_needed_skips_what_has_been_done(ctx: Context) -> None:
    first = execute(ctx, train("lr=2")).run
    prepared = prepare(ctx, train("lr=2", needed=True))
    assert isinstance(prepared, Skipped)
    assert [run.id for run in prepared.runs] == [first.id] if first else None
    assert service.execute(prepared, ctx) == Outcome(None)
    batch = prepare(ctx, train("lr=[2,3]", needed=True))
    assert isinstance(batch, PreparedBatch)
    assert [row["lr"] for row in batch.plan.rows] == [3]


def test_batch_is_repeated_and_resumed(ctx: Context) -> None:
    keep = ExecuteOptions(quiet=True, keep_batch=True)
    batch = execute(ctx, train("lr=[1,2]"), keep).run
    assert batch is not None
    repeated = prepare(ctx, RunRequest(proto=batch))
    assert isinstance(repeated, PreparedBatch)
    assert repeated.plan.proto.flags == {"lr": [1, 2]}
    assert isinstance(prepare(ctx, RunRequest(restart=batch)), PreparedBatch)
    batch.set("exit_status", -15)
    resumed = prepare(ctx, RunRequest(restart=batch))
    assert isinstance(resumed, ResumedBatch)
    assert service.execute(resumed, ctx, keep).exit_code == 0
    assert trial_flags(ctx) == [1, 2]


def test_trials_are_staged_alone(ctx: Context) -> None:
    outcome = execute(ctx, train("lr=[1,2]"), ExecuteOptions(mode=STAGE_TRIALS))
    assert [run.status for run in outcome.trials] == ["staged", "staged"]
    assert sorted(RunStore(ctx.home).ids()) == sorted(run.id for run in outcome.trials)


def test_optimizer_that_learns_cannot_stage_trials(ctx: Context) -> None:
    request = train("lr=[1:2]", batch=BatchRequest(optimizer="gp"))
    with pytest.raises(GuildError, match="'skopt:gp' does not support --stage-trials"):
        execute(ctx, request, ExecuteOptions(mode=STAGE_TRIALS))
    assert list(RunStore(ctx.home).ids()) == []


def test_run_directory_must_be_empty(ctx: Context) -> None:
    with pytest.raises(GuildError, match="already exists and is not empty"):
        prepare(ctx, train(run_dir=ctx.cwd))


def test_additional_dependencies_are_linked(ctx: Context) -> None:
    (ctx.cwd / "data.txt").write_text("1")
    outcome = execute(ctx, train(dependencies=("data.txt",)))
    assert outcome.run is not None
    assert Path(outcome.run.path, "data.txt").read_text() == "1"


def test_grid_runs_every_combination_in_order(ctx: Context) -> None:
    outcome = execute(ctx, train("lr=range[1:25]"), ExecuteOptions(mode=STAGE_TRIALS))
    assert [run.flags["lr"] for run in outcome.trials] == list(range(1, 26))


def test_search_stops_at_twenty_trials(ctx: Context) -> None:
    outcome = execute(ctx, train("lr=[1:100]"), ExecuteOptions(mode=STAGE_TRIALS))
    assert len(outcome.trials) == 20


def test_gpus_of_a_staged_run_hold_until_others_are_given(ctx: Context) -> None:
    (ctx.cwd / "gpu.py").write_text("import os\nprint(os.environ.get('CUDA_VISIBLE_DEVICES'))\n")

    def seen(**fields: Any) -> str:
        run = execute(ctx, RunRequest(restart=staged, **fields)).run
        assert run is not None
        return Path(run.guild_path("output")).read_text().strip()

    staged = execute(ctx, RunRequest("gpu.py", gpus="0,1"), ExecuteOptions(mode=STAGE)).run
    assert (seen(), seen(gpus="2"), seen(gpus=""), seen()) == ("0,1", "2", "", "0,1")
    staged = execute(ctx, RunRequest("gpu.py", gpus=""), ExecuteOptions(mode=STAGE)).run
    assert (seen(), seen(gpus="2"), seen()) == ("", "2", "")


def test_gpus_of_a_staged_batch_hold_until_others_are_given(ctx: Context) -> None:
    script = "import os\nx = 1\nprint(os.environ['CUDA_VISIBLE_DEVICES'])\n"
    (ctx.cwd / "gpu.py").write_text(script)
    for given, expected in ((None, "0"), ("3", "3")):
        request = RunRequest("gpu.py", ("x=[1]",), gpus="0")
        staged = execute(ctx, request, ExecuteOptions(mode=STAGE)).run
        execute(ctx, RunRequest(restart=staged, gpus=given))
        store = RunStore(ctx.home)
        newest = max(map(store.get, store.ids()), key=lambda run: run.timestamp)
        assert Path(newest.guild_path("output")).read_text().strip() == expected


def run_of(outcome: Outcome) -> Run:
    assert outcome.run is not None
    return outcome.run


def trial_flags(ctx: Context) -> list[Any]:
    """Return the value of lr of each trial, in the order of their creation."""
    store = RunStore(ctx.home)
    runs = [run for run in map(store.get, store.ids()) if run.batch_proto is None]
    return [run.flags["lr"] for run in sorted(runs, key=lambda run: run.get("initialized"))]


def test_needed_skips_a_restart_with_the_same_flags(ctx: Context) -> None:
    run = run_of(execute(ctx, train("lr=2")))
    assert isinstance(prepare(ctx, RunRequest(restart=run, needed=True)), Skipped)
    changed = RunRequest(restart=run, needed=True, assignments=("lr=3",))
    assert isinstance(prepare(ctx, changed), PreparedRun)
    failed = run_of(execute(ctx, train("lr=6")))
    assert isinstance(prepare(ctx, RunRequest(restart=failed, needed=True)), PreparedRun)


def test_running_run_cannot_restart(ctx: Context) -> None:
    run = run_of(execute(ctx, train("lr=2")))
    Path(run.guild_path("LOCK")).write_text(str(os.getpid()))
    with pytest.raises(GuildError, match="because it's running\nUse 'guild stop"):
        prepare(ctx, RunRequest(restart=run))


def test_label_and_tags_of_a_restart_stay(ctx: Context) -> None:
    run = run_of(execute(ctx, train("lr=2", label="first", tags=("a",))))
    request = RunRequest(restart=run, label="lr is ${lr}", tags=("b",), assignments=("lr=3",))
    execute(ctx, request)
    assert (run.get("label"), run.tags) == ("lr is 3", ["b"])
    assert (run.get("run_params")["label"], run.get("run_params")["tags"]) == (
        "lr is ${lr}",
        ["b"],
    )
    execute(ctx, RunRequest(restart=run, assignments=("lr=4",)))
    assert (run.get("label"), run.tags) == ("lr is 4", ["b"])


def test_finished_batch_runs_anew(ctx: Context) -> None:
    batch = run_of(execute(ctx, train("lr=[1,2]"), QUIET._replace(keep_batch=True)))
    execute(ctx, RunRequest(restart=batch), QUIET._replace(keep_batch=True))
    assert trial_flags(ctx) == [1, 2, 1, 2]
    execute(ctx, RunRequest(restart=batch, assignments=("lr=[3]",), label="L${lr}"))
    assert trial_flags(ctx) == [1, 2, 1, 2, 3]
    store = RunStore(ctx.home)
    assert "L3" in [store.get(run_id).get("label") for run_id in store.ids()]


def test_finished_batch_is_not_needed(ctx: Context) -> None:
    batch = run_of(execute(ctx, train("lr=[1,2]"), QUIET._replace(keep_batch=True)))
    assert isinstance(prepare(ctx, RunRequest(restart=batch, needed=True)), Skipped)


def test_finished_random_search_goes_to_the_trash(ctx: Context) -> None:
    batch = run_of(execute(ctx, train("lr=[1:4]", batch=BatchRequest(max_trials=2))))
    assert RunStore(ctx.home).ids(deleted=True) == [batch.id]
    assert RunStore(ctx.home).get(batch.id, deleted=True).status == "completed"
    assert len(trial_flags(ctx)) == 2


def test_trials_are_pending_before_they_run(ctx: Context) -> None:
    class Statuses(RunObserver):
        def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
            store = RunStore(ctx.home)
            pending = [run for run in map(store.get, store.ids()) if run.status == "pending"]
            seen.append([pending_run.flags["lr"] for pending_run in pending])
            if flags["lr"] == 1:
                (third,) = [pending_run for pending_run in pending if pending_run.flags["lr"] == 3]
                store.delete(third)

    seen: list[list[int]] = []
    outcome = execute(ctx, train("lr=[1,2,3,4]"), observer=Statuses())
    assert sorted(set(seen[0]) - {1}) == [2, 3, 4]
    assert outcome.exit_code == 0
    assert trial_flags(ctx) == [1, 2, 4]


def test_first_error_leaves_the_other_trials_pending(ctx: Context) -> None:
    execute(ctx, train("lr=[1,6,3]"), QUIET._replace(fail_on_trial_error=True))
    store = RunStore(ctx.home)
    runs = map(store.get, store.ids())
    statuses = {run.flags["lr"]: run.status for run in runs if run.batch_proto is None}
    assert statuses == {1: "completed", 6: "error", 3: "pending"}


def test_batch_that_staged_its_trials_is_completed(ctx: Context) -> None:
    options = ExecuteOptions(mode=STAGE_TRIALS, keep_batch=True)
    assert run_of(execute(ctx, train("lr=[1,2]"), options)).status == "completed"


def test_staged_batch_can_stage_its_trials_later(ctx: Context) -> None:
    request = train("lr=[1,2]", params={"stage_trials": True})
    batch = run_of(execute(ctx, request, ExecuteOptions(mode=STAGE)))
    outcome = execute(ctx, RunRequest(restart=batch))
    assert [run.status for run in outcome.trials] == ["staged", "staged"]


def batch_flags(prepared: Prepared) -> list[dict[str, Any]]:
    assert isinstance(prepared, PreparedBatch)
    trials = known_trials(prepared.plan)
    assert trials is not None
    return list(trials)


def test_plain_batch_runs_single_values_and_draws_from_ranges(ctx: Context) -> None:
    single = train("lr=3", batch=BatchRequest(optimizer="+"))
    assert batch_flags(prepare(ctx, single)) == [{"lr": 3}]
    (ctx.cwd / "two.py").write_text("x = 1\ny = 'a'\n")
    request = RunRequest(
        "two.py", ("x=[1:100]", "y=[a,b]"), batch=BatchRequest(optimizer="+", random_seed=1)
    )
    trials = batch_flags(prepare(ctx, request))
    assert [trial["y"] for trial in trials] == ["a", "b"]
    execute(ctx, request)
    store = RunStore(ctx.home)
    assert sorted(store.get(run_id).flags["x"] for run_id in store.ids()) == sorted(
        trial["x"] for trial in trials
    )


def test_batch_file_gives_required_flags(ctx: Context) -> None:
    (ctx.cwd / "guild.yml").write_text(
        "add:\n  main: train\n  flags: {a: {required: yes}, b: {required: yes}}\n"
    )
    (ctx.cwd / "rows").write_text("a\n1\n2\n")
    request = RunRequest("add", ("b=5",), batch_files=(ctx.cwd / "rows",))
    trials = batch_flags(prepare(ctx, request))
    assert [(trial["a"], trial["b"]) for trial in trials] == [(1, 5), (2, 5)]
    with pytest.raises(GuildError, match="requires the following missing flags"):
        prepare(ctx, request._replace(assignments=()))


def test_saved_json_trials_are_a_batch_file(ctx: Context) -> None:
    path = ctx.cwd / "t.json"
    batch_file.write(path, [{"lr": 2}, {"lr": 1}])
    assert path.read_text() == '[{"lr": 2}, {"lr": 1}]'
    path.write_text('[{"lr": 2}, {"lr": 1},]')
    assert batch_file.read(path, {}, ctx.cwd) == [{"lr": 2}, {"lr": 1}]
    with pytest.raises(GuildError, match="Unsupported extension"):
        batch_file.write(ctx.cwd / "t.txt", [])


def test_forced_empty_list_is_a_batch_without_trials(ctx: Context) -> None:
    with pytest.raises(GuildError, match="flag 'lr' has an empty list of values"):
        prepare(ctx, train("lr=[]"))
    assert execute(ctx, train("lr=[]", force_flags=True)).exit_code == 0


def test_several_optimizers_have_no_default(ctx: Context) -> None:
    (ctx.cwd / "guild.yml").write_text(
        "t: {main: train, flags: {lr: 1}, optimizers: {a: random, b: gp}}"
    )
    with pytest.raises(GuildError) as error:
        prepare(ctx, RunRequest("t", ("lr=[1:2]",), batch=BatchRequest(optimize=True)))
    assert error.value.message == (
        "no default optimizer defined for t\nSpecify one of the following with '--optimizer': a, b"
    )
