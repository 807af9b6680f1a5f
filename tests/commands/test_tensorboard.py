"""`guild tensorboard`, checked by the HTTP responses of a real TensorBoard."""

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
from support.runs import RunMaker

from guild.opref import OpRef
from guild.scalars.event_file import EventFileWriter
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

# Ignores proxies set in the environment.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class TensorBoard:
    """A running `guild tensorboard`, and its responses."""

    def __init__(self, process) -> None:
        self.process = process
        self.stderr = ""

    def wait_for_url(self):
        for line in self.process.stderr:
            self.stderr += line.decode()
            if match := re.search(r"at (http://\S+)", self.stderr):
                self.url = match[1]
                return
        raise AssertionError(f"TensorBoard has not started:\n{self.stderr}")

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
        """Return the tags of a plugin by run."""
        tags_by_run = self.json(f"plugin/{plugin}/tags")
        return {run: set(tags) for run, tags in tags_by_run.items() if tags}

    def log_dir(self):
        return Path(self.json("environment")["data_location"])

    def hparams(self):
        """Return the rows of the table of hyperparameters, and the types of its columns."""
        request = {"experimentName": ""}
        columns = self.json("plugin/hparams/experiment", request)
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
        self.stderr += self.process.stderr.read().decode()
        return code


@pytest.fixture
def tensorboard(tmp_path):
    """Start TensorBoard: `with tensorboard(project, *args) as board:`."""

    @contextmanager
    def start(project, *args: str):
        project.env["TMPDIR"] = str(tmp_path)  # for files that a failed test leaves behind
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
    """Wait until `ask()` returns `expected`."""
    end = time.monotonic() + patience
    while (actual := ask()) != expected and time.monotonic() < end:
        time.sleep(0.2)
    assert actual == expected


def name_of(run):
    """Return the name of a run in TensorBoard."""
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(run["started"] // 1_000_000))
    return f"{run.short_id} train.py {started} {run['label']}"


@pytest.fixture
def trained(project):
    """A project with a prepared run of train.py."""
    made = project({"train.py": TRAIN})
    make = RunMaker(made.home, made.path)
    add_trained_run(make, made.path)
    return made


def add_trained_run(make, path, **attrs):
    """Add a run as if train.py had been run."""
    run = make(
        opref=OpRef("script", str(path), "", "", "train.py"),
        flags={"lr": 0.1, "name": "sgd"},
        scalars={"loss": [(0, 0.0), (1, 0.1), (2, 0.2)]},
        files={"plots/a.png": png(1, 1, 1, b"x")},
        label="lr=0.1 name=sgd",
        sourcecode_digest="0123456789abcdef",
        **attrs,
    )
    with EventFileWriter(Path(run.path, "eval")) as events:
        events.add_scalar("acc", 0.5, 2, 0)
    return run


@pytest.mark.parametrize("load_fast", ["auto", "false"])
def test_follow_new_changed_and_deleted_runs(trained, tensorboard, load_fast):
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

        # A deleted run
        trained.run("runs", "delete", "1", "-y").assert_ok()
        eventually(board.tags, {third: own, f"{third}/eval": {"acc"}})
        eventually(lambda: board.tags("images"), {third: {"plots/a.png"}})

        log_dir = board.log_dir()
        assert log_dir.is_dir()
        assert board.stop() == 0
        assert not log_dir.exists()
        assert trained.run_dir(1).joinpath("eval").is_dir()


@pytest.mark.parametrize("load_fast", ["auto", "false"])
def test_follow_a_running_run(project, tensorboard, load_fast):
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
        # It no longer matches the filter once it has ended.
        train.communicate(timeout=60)
        eventually(board.tags, {})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_clean_up_after_signals(trained, tensorboard, number):
    with tensorboard(trained) as board:
        log_dir = board.log_dir()
        assert board.stop(number) == 0
        assert not log_dir.exists()
        # Nothing else was printed, and no process is left.
        assert re.fullmatch(
            r"Preparing runs for TensorBoard\n"
            r"Running TensorBoard \S+ at http://localhost:\d+/ \(Type Ctrl\+C to quit\)\n\n",
            board.stderr,
        )
        assert not _in_session(board.process.pid)


def _in_session(session):
    """Return the processes of a session."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            pids.append(path.parent.name)
    return pids


def test_ctrl_c_on_a_terminal(trained):
    terminal = trained.terminal("tensorboard", "-n", "--run-in-foreground")
    terminal.expect("Type Ctrl\\+C to quit")
    terminal.sendintr()
    terminal.expect("\r\n")
    assert "raceback" not in terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 0


def test_open_browser_at_a_tab(trained, tensorboard, tmp_path):
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


def test_port_in_use(trained):
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = trained.run("tensorboard", "-n", "-p", str(port))
    assert result.exit_code == 1
    result.assert_err(
        f"""
        Preparing runs for TensorBoard
        guild: port {port} is already in use; use another one, or omit --port to use a free one
        """
    )


def test_option_without_value(trained):
    result = trained.run("tensorboard", "-O", "x")
    result.assert_error(
        "invalid value 'x' for option '-O': expected OPTION=VALUE\n"
        "Try 'guild tensorboard --help' for more information.",
        exit_code=2,
    )


def test_report_invalid_filter_before_starting(trained):
    result = trained.run("tensorboard", "-n", "-F", "lr >")
    assert result.exit_code == 1
    assert result.err.startswith("guild: ")
    assert len(result.err.splitlines()) == 1


def test_export_log_dir(trained):
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


def test_export_scalars(trained):
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


def test_export_scalars_to_missing_directory(trained):
    result = trained.run("tensorboard", "--export-scalars", os.path.join("missing", "x.csv"))
    result.assert_error("cannot write 'missing/x.csv': No such file or directory")


def test_exports_are_mutually_exclusive(trained):
    result = trained.run("tensorboard", "--export", "a", "--export-scalars", "b")
    result.assert_error(
        "--export and --export-scalars cannot both be used\n"
        "Try 'guild tensorboard --help' for more information.",
        exit_code=2,
    )


def test_content_options(trained):
    args = ("--run-name-flags", "name, lr", "--skip-images", "--skip-hparams")
    trained.run("tensorboard", "--export", "logs", *args).assert_ok()
    (folder,) = (trained.path / "logs").iterdir()
    assert folder.name.endswith(" name=sgd lr=0.1")
    # The event files of the run only, without one for images and hyperparameters
    assert len(list(folder.rglob("*.tfevents.*"))) == 2


def test_omit_batches_by_default(trained):
    batch = RunMaker(trained.home, trained.path)("+", id="f" * 32)
    Path(batch.guild_path("proto")).mkdir()
    trained.run("tensorboard", "--export", "a").assert_out("Exported 1 run(s) to a")
    trained.run("tensorboard", "--export", "b", "--include-batch").assert_out(
        "Exported 2 run(s) to b"
    )
