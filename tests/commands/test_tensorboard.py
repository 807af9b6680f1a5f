"""`guild tensorboard`: what a real TensorBoard answers over HTTP."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import stat
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from guild.scalars.images import png

TRAIN = """
    import os
    from guild.summary import SummaryWriter

    lr = 0.1
    name = "sgd"
    for step in range(3):
        print(f"step: {step}")
        print(f"loss: {lr * step}")
    with SummaryWriter("eval") as writer:
        writer.add_scalar("acc", 0.5, 2)
    os.mkdir("plots")
    with open("plots/a.png", "wb") as file:
        file.write(bytes.fromhex("IMAGE"))
    """.replace("IMAGE", png(1, 1, 1, b"x").hex())

# Without a proxy, whatever the environment says.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class TensorBoard:
    """A running `guild tensorboard`, and what it answers."""

    def __init__(self, process) -> None:
        self.process = process
        self.said = ""

    def wait_for_url(self):
        for line in self.process.stderr:
            self.said += line.decode()
            if match := re.search(r"at (http://\S+)", self.said):
                self.url = match[1]
                return
        raise AssertionError(f"TensorBoard has not started:\n{self.said}")

    def get(self, path, data=None, **params):
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        request = urllib.request.Request(f"{self.url}data/{path}{query}")
        if data is not None:
            request.data = json.dumps(data).encode()
            request.add_header("Content-Type", "application/json")
        with _opener.open(request, timeout=10) as response:
            return response.read()

    def json(self, path, data=None, **params):
        return json.loads(self.get(path, data, **params))

    def tags(self, plugin="scalars"):
        """The tags of a plugin by run."""
        found = self.json(f"plugin/{plugin}/tags")
        return {run: set(tags) for run, tags in found.items() if tags}

    def log_dir(self):
        return Path(self.json("environment")["data_location"])

    def hparams(self):
        """The rows of the table of hyperparameters, and the names of its columns."""
        asked = {"experimentName": ""}
        columns = self.json("plugin/hparams/experiment", asked)
        names = [metric["name"] for metric in columns["metricInfos"]]
        statuses = ["UNKNOWN", "SUCCESS", "FAILURE", "RUNNING"]
        groups = self.json(
            "plugin/hparams/session_groups",
            {
                "startIndex": 0,
                "sliceSize": 100,
                "allowedStatuses": [f"STATUS_{status}" for status in statuses],
                "colParams": [{"metric": name} for name in names],
            },
        )
        rows = {
            group["name"]: (
                group["hparams"],
                {
                    (value["name"]["group"], value["name"]["tag"]): value["value"]
                    for value in group.get("metricValues", [])
                },
                [session["status"] for session in group["sessions"]],
            )
            for group in groups["sessionGroups"]
        }
        return rows, {info["name"]: info["type"] for info in columns["hparamInfos"]}

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        code = self.process.wait(120)
        self.said += self.process.stderr.read().decode()
        return code


@pytest.fixture
def tensorboard(tmp_path):
    """`with tensorboard(project, *args) as board:`, ended with the test."""

    @contextmanager
    def start(project, *args: str):
        project.env["TMPDIR"] = str(tmp_path)  # for what a failed test leaves
        process = project.popen("tensorboard", "-n", "--refresh-interval", "0.5", *args)
        board = TensorBoard(process)
        try:
            board.wait_for_url()
            yield board
            if process.poll() is None:
                board.stop()
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    return start


def eventually(ask, expected, patience=60):
    """`ask()` is `expected`, or becomes so."""
    end = time.monotonic() + patience
    while (found := ask()) != expected and time.monotonic() < end:
        time.sleep(0.2)
    assert found == expected


def name_of(run):
    """What the run is called in TensorBoard."""
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(run["started"] // 1_000_000))
    return f"{run.short_id} train.py {started} {run['label']}"


@pytest.fixture
def trained(project):
    """A project with a run."""
    made = project({"train.py": TRAIN})
    made.run("run", "train.py", "-y").assert_ok()
    return made


@pytest.mark.parametrize("load_fast", ["auto", "false"])
def test_runs_as_they_come_change_and_go(trained, tensorboard, load_fast):
    name = name_of(trained.runs()[0])
    with tensorboard(trained, "-O", f"load_fast={load_fast}") as board:
        own = {"loss", "sys/time"}
        eventually(board.tags, {name: own, f"{name}/eval": {"acc"}})
        points = board.json("plugin/scalars/scalars", run=name, tag="loss")
        assert [(step, value) for _, step, value in points] == [
            (0, 0.0),
            (1, pytest.approx(0.1)),
            (2, pytest.approx(0.2)),
        ]

        # Images
        eventually(lambda: board.tags("images"), {name: {"plots/a.png"}})
        image = board.json("plugin/images/images", run=name, tag="plots/a.png", sample=0)[0]
        assert board.get(f"plugin/images/individualImage?{image['query']}") == png(1, 1, 1, b"x")

        # Hyperparameters, and the last values of scalars
        rows, kinds = board.hparams()
        assert kinds == {
            "lr": "DATA_TYPE_FLOAT64",
            "name": "DATA_TYPE_STRING",
            "sourcecode": "DATA_TYPE_STRING",
        }
        run = trained.runs()[0]
        flags, metrics, statuses = rows[f"{run.short_id} train.py"]
        assert flags == {"lr": 0.1, "name": "sgd", "sourcecode": run["sourcecode_digest"][:8]}
        assert metrics == {
            ("", "loss"): pytest.approx(0.2),
            ("", "sys/time"): pytest.approx((run["stopped"] - run["started"]) / 1e6),
            ("eval", "acc"): 0.5,
        }
        assert statuses == ["STATUS_SUCCESS"]

        # A new run
        trained.run("run", "train.py", "lr=0.2", "name=adam", "-y").assert_ok()
        second = name_of(trained.runs()[0])
        eventually(
            board.tags,
            {name: own, f"{name}/eval": {"acc"}, second: own, f"{second}/eval": {"acc"}},
        )
        eventually(lambda: {row[0]["lr"] for row in board.hparams()[0].values()}, {0.1, 0.2})

        # Another label
        trained.run("label", "-s", "a/b", "2", "-y").assert_ok()
        third = name.replace("lr=0.1 name=sgd", "a_b")
        expected = {third: own, f"{third}/eval": {"acc"}, second: own, f"{second}/eval": {"acc"}}
        eventually(board.tags, expected)

        # A run that has gone
        trained.run("runs", "delete", "1", "-y").assert_ok()
        eventually(board.tags, {third: own, f"{third}/eval": {"acc"}})
        eventually(lambda: board.tags("images"), {third: {"plots/a.png"}})

        log_dir = board.log_dir()
        assert log_dir.is_dir()
        assert board.stop() == 0
        assert not log_dir.exists()
        assert trained.run_dir(1).joinpath("eval").is_dir()


@pytest.mark.parametrize("load_fast", ["auto", "false"])
def test_a_run_is_followed_while_it_goes(project, tensorboard, load_fast):
    script = """
        import sys
        for step, line in enumerate(sys.stdin):
            print(f"step: {step}\\nloss: {line.strip()}", flush=True)
        """
    one = project({"train.py": script})
    train = one.popen("run", "train.py", "-y")

    def feed(value):
        train.stdin.write(b"%d\n" % value)
        train.stdin.flush()

    def event_files():
        return len(list(one.home.glob("runs/*/.guild/*.tfevents.*")))

    feed(3)
    eventually(event_files, 1)
    with tensorboard(one, "--running", "-O", f"load_fast={load_fast}") as board:

        def losses():
            runs = [run for run, tags in board.tags().items() if "loss" in tags]
            return [
                value
                for run in runs
                for *_, value in board.json("plugin/scalars/scalars", run=run, tag="loss")
            ]

        eventually(losses, [3.0])
        # The other files in the folder are newer than this one.
        feed(2)
        eventually(losses, [3.0, 2.0])
        # It does not match the filter any more when it has ended.
        train.communicate(timeout=60)
        eventually(board.tags, {})


def test_the_runs_that_are_named_stay_those(trained, tensorboard):
    trained.run("run", "train.py", "lr=0.2", "-y").assert_ok()
    with tensorboard(trained, "1") as board:
        name = name_of(trained.runs()[0])
        eventually(lambda: set(board.tags()), {name, f"{name}/eval"})
        trained.run("run", "train.py", "lr=0.3", "-y").assert_ok()
        trained.run("runs", "delete", "3", "-y").assert_ok()
        time.sleep(1.5)  # some refreshes
        assert set(board.tags()) == {name, f"{name}/eval"}


def test_flags_as_names_and_filters(trained, tensorboard):
    trained.run("run", "train.py", "lr=0.2", "-y").assert_ok()
    with tensorboard(trained, "-F", "lr > 0.1", "--run-name-flags", "name, lr") as board:
        name = name_of(trained.runs()[0]).replace("lr=0.2 name=sgd", "name=sgd lr=0.2")
        eventually(lambda: set(board.tags()), {name, f"{name}/eval"})


def test_without_images_and_hyperparameters(trained, tensorboard):
    with tensorboard(trained, "--skip-images", "--skip-hparams") as board:
        name = name_of(trained.runs()[0])
        eventually(board.tags, {name: {"loss"}, f"{name}/eval": {"acc"}})
        assert board.tags("images") == {}
        assert board.hparams() == ({}, {})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_in_good_order(trained, tensorboard, number):
    with tensorboard(trained) as board:
        log_dir = board.log_dir()
        assert board.stop(number) == 0
        assert not log_dir.exists()
        # Nothing else was said, and nothing is left running.
        assert re.fullmatch(
            r"Preparing runs for TensorBoard\n"
            r"Running TensorBoard \S+ at http://localhost:\d+/ \(Type Ctrl\+C to quit\)\n\n",
            board.said,
        )
        assert not _in_session(board.process.pid)


def _in_session(session):
    """The processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(path.parent.name)
    return found


def test_ctrl_c_on_a_terminal(trained):
    terminal = trained.terminal("tensorboard", "-n", "--run-in-foreground")
    terminal.expect("Type Ctrl\\+C to quit")
    terminal.sendintr()
    terminal.expect("\r\n")
    assert "raceback" not in terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 0


def test_the_browser_is_opened_at_a_tab(trained, tensorboard, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/url.part\nmv {tmp_path}/url.part {tmp_path}/url\n'
    )
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    trained.env["BROWSER"] = f"{browser} %s"
    process = trained.popen("tensorboard", "--tab", "hparams")
    board = TensorBoard(process)
    try:
        board.wait_for_url()
        url = tmp_path / "url"
        eventually(url.exists, True)
        assert url.read_text() == f"{board.url}#hparams\n"
        assert board.stop() == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_port_that_is_taken(trained):
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = trained.run("tensorboard", "-n", "-p", str(port))
    assert result.exit_code == 1
    result.assert_err(
        f"""
        Preparing runs for TensorBoard
        guild: port {port} is already in use; use another one, or omit --port to use a free one
        """
    )


def test_an_option_that_tensorboard_does_not_take(trained):
    result = trained.run("tensorboard", "-n", "-O", "nope=1")
    assert result.exit_code == 1
    result.assert_err(
        """
        Preparing runs for TensorBoard
        guild: invalid TensorBoard option: unrecognized arguments: --nope=1
        """
    )


def test_an_option_without_value(trained):
    result = trained.run("tensorboard", "-O", "x")
    result.assert_error(
        "invalid value 'x' for option '-O': expected OPTION=VALUE\n"
        "Try 'guild tensorboard --help' for more information.",
        exit_code=2,
    )


def test_a_host_that_is_not_here(trained):
    result = trained.run("tensorboard", "-n", "-h", "203.0.113.1")
    assert result.exit_code == 1
    assert result.err.splitlines()[1:] == [
        "guild: cannot start TensorBoard: Cannot assign requested address"
    ]


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("tensorboard", "TensorBoard is not installed; install it with 'pip install tensorboard'"),
        (
            "needed",
            "cannot import TensorBoard: No module named 'needed'; try 'pip install -U tensorboard'",
        ),
    ],
)
def test_no_tensorboard_that_can_be_loaded(trained, module, message):
    stand_in = f"raise ModuleNotFoundError(\"No module named '{module}'\", name='{module}')"
    trained.write({"instead/tensorboard.py": stand_in})
    result = trained.run("tensorboard", "-n", env={"PYTHONPATH": str(trained.path / "instead")})
    assert result.exit_code == 1
    assert result.err.splitlines()[-1] == f"guild: {message}"


def test_a_faulty_filter_is_told_before_anything_starts(trained):
    result = trained.run("tensorboard", "-n", "-F", "lr >")
    assert result.exit_code == 1
    assert result.err.startswith("guild: ")
    assert len(result.err.splitlines()) == 1


def test_export(trained):
    trained.run("tensorboard", "--export", "logs").assert_ok().assert_out(
        "Exported 1 run(s) to logs"
    )
    folder = trained.path / "logs" / name_of(trained.runs()[0])
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    assert not [path for path in files if path.is_symlink()]
    assert {path.parent.name for path in files} == {folder.name, "eval"}
    trained.run("tensorboard", "--export", "logs").assert_error(
        "'logs' already exists; specify a new or empty directory"
    )


def test_export_of_scalars(trained):
    result = trained.run("tensorboard", "--export-scalars", "-").assert_ok()
    run_id = trained.run_ids()[0]
    rows = list(csv.reader(result.out.splitlines()))
    assert rows[0] == ["run", "path", "tag", "value", "step"]
    system = [row for row in rows[1:] if row[2].startswith("sys/")]
    assert [row for row in rows[1:] if row not in system] == [
        [run_id, ".guild", "loss", "0.0", "0"],
        [run_id, ".guild", "loss", "0.10000000149011612", "1"],
        [run_id, ".guild", "loss", "0.20000000298023224", "2"],
        [run_id, "eval", "acc", "0.5", "2"],
    ]
    trained.run("tensorboard", "--export-scalars", "scalars.csv").assert_ok().assert_out("")
    assert (trained.path / "scalars.csv").read_text().rstrip() == result.out


def test_export_of_scalars_to_no_file(trained):
    result = trained.run("tensorboard", "--export-scalars", os.path.join("missing", "x.csv"))
    result.assert_error("cannot write 'missing/x.csv': No such file or directory")


def test_only_one_export(trained):
    result = trained.run("tensorboard", "--export", "a", "--export-scalars", "b")
    result.assert_error(
        "--export and --export-scalars cannot both be used\n"
        "Try 'guild tensorboard --help' for more information.",
        exit_code=2,
    )


def test_batches_are_left_out_unless_asked_for(trained):
    trained.run("run", "train.py", "lr=[0.2,0.3]", "--keep-batch", "-y").assert_ok()
    trained.run("tensorboard", "--export", "a").assert_out("Exported 3 run(s) to a")
    trained.run("tensorboard", "--export", "b", "--include-batch").assert_out(
        "Exported 4 run(s) to b"
    )
