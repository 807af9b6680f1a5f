"""Concurrent runs in threads and processes, each with its own output and directory."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from guild import ipy
from guild.config import SetGuildHome
from guild.ops.functions import thread_cwd
from guild.ops.functions.thread_output import _TextTee

MANY = """
import sys, threading
from guild import ipy
from guild.summary import SummaryWriter
from guild.config import SetGuildHome

def op(number):
    with open("marker", "w") as file:
        file.write(str(number))
    for step in range(3):
        print(f"value: {number + step}")
        print(f"err {number}", file=sys.stderr)
    with SummaryWriter(".") as writer:
        writer.add_scalar("logged", number, 1)
    return number

def many(first):
    with SetGuildHome(sys.argv[1]):
        for number in range(first, first + 50):
            assert ipy.run(op, number)[1] == number

first = int(sys.argv[2])
threads = [threading.Thread(target=many, args=(first + offset,)) for offset in (0, 50)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_in_processes_record_200_separate_runs(home, tmp_path):
    script = tmp_path / "many.py"
    script.write_text(MANY)
    processes = [
        subprocess.Popen(
            [sys.executable, script, home, str(first)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
        )
        for first in (0, 1000)
    ]
    assert [process.communicate()[1].count(b"Traceback") for process in processes] == [0, 0]
    runs = ipy.runs()
    assert len(runs) == 200
    table = runs.compare()
    assert (table["status"] == "completed").all()
    assert (table["value"] == table["number"] + 2).all()
    assert (table["logged"] == table["number"]).all()
    assert sorted(table["number"]) == [*range(100), *range(1000, 1100)]
    for run in (cell.run for cell in runs["run"]):
        number = run.get("flags")["number"]
        text = "".join(f"value: {number + step}\nerr {number}\n" for step in range(3))
        assert Path(run.guild_path("output")).read_text() == text
        assert Path(run.path, "marker").read_text() == str(number)


class Together:
    """Two functions in two threads that advance together, step by step."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._barrier = threading.Barrier(2, timeout=60)
        self.results: dict[str, ipy.RunResult] = {}

    def step(self) -> None:
        self._barrier.wait()

    def run(self, **functions) -> None:
        threads = [
            threading.Thread(target=self._run, args=(name, function))
            for name, function in functions.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, name, function) -> None:
        with SetGuildHome(self._home):
            self.results[name] = ipy.run(function)


def test_threads_have_their_own_working_directories(home):
    together, main = Together(home), os.getcwd()
    seen = {}

    def function(name):
        def inside():
            together.step()
            seen[name] = os.getcwd()
            together.step()

        return inside

    together.run(a=function("a"), b=function("b"))
    assert seen == {name: result.run.path for name, result in together.results.items()}
    assert os.getcwd() == main


def test_thread_returns_to_the_directory_of_the_process(home, tmp_path, monkeypatch):
    seen = []

    def work():
        with SetGuildHome(home):
            ipy.run(lambda: None)
            seen.append(os.getcwd())
            ipy.run(lambda: ipy.run(lambda: seen.append(None)) and seen.append(os.getcwd()))

    monkeypatch.chdir(tmp_path)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    outer = ipy.runs().iloc[1]["run"].run
    assert seen == [str(tmp_path), None, outer.path]


def test_first_run_uses_the_directory_of_the_process_without_own_ones(home, monkeypatch, caplog):
    monkeypatch.setattr(thread_cwd, "_separate", lambda: False)
    together, main = Together(home), os.getcwd()
    seen = {}
    started = threading.Event()

    def first():
        started.set()
        together.step()
        seen["first"] = os.getcwd()
        together.step()

    def second():
        together.step()
        seen["second"] = os.getcwd()
        together.step()

    thread = threading.Thread(target=together._run, args=("first", first))
    thread.start()
    started.wait(120)
    together._run("second", second)
    thread.join()
    assert seen["first"] == seen["second"] == together.results["first"].run.path
    assert os.getcwd() == main
    (message,) = caplog.messages
    assert message.startswith(
        f"cannot change to run directory {together.results['second'].run.path}: "
    )


def test_output_of_other_threads_is_not_recorded(home, capsys):
    requested, printed = threading.Event(), threading.Event()

    def other():
        requested.wait(60)
        print("other")
        printed.set()

    thread = threading.Thread(target=other)
    thread.start()

    def function():
        print("mine")
        requested.set()
        printed.wait(60)
        print("mine too", file=sys.stderr)

    run, _ = ipy.run(function)
    thread.join()
    assert Path(run.guild_path("output")).read_text() == "mine\nmine too\n"
    assert capsys.readouterr() == ("mine\nother\n", "mine too\n")


def test_output_of_started_threads_is_recorded(home):
    starting = threading.Thread.start

    def nested():
        run_in_thread(print, "nested")

    def function():
        run_in_thread(run_in_thread, print, "loss: 1")
        with ThreadPoolExecutor() as pool:
            pool.submit(print, "in a pool").result()
            return pool.submit(ipy.run, nested).result().run

    run, inner = ipy.run(function)
    assert Path(run.guild_path("output")).read_text() == "loss: 1\nin a pool\n"
    assert Path(inner.guild_path("output")).read_text() == "nested\n"
    assert ipy.runs()[1:].scalars()["last_val"].tolist() == [1.0]
    assert threading.Thread.start is starting


def run_in_thread(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join()


def test_output_of_a_thread_that_outlives_its_run_is_not_recorded(home, capsys):
    ended, printed = threading.Event(), threading.Event()

    def late():
        ended.wait(60)
        print("late")
        printed.set()

    def second():
        ended.set()
        printed.wait(60)

    first_run, _ = ipy.run(lambda: threading.Thread(target=late).start())
    second_run, _ = ipy.run(second)
    for run in (first_run, second_run):
        assert Path(run.guild_path("output")).read_text() == ""
    assert capsys.readouterr().out == "late\n"


def test_existing_log_handlers_write_to_the_run(home, monkeypatch):
    out, closed = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setattr(sys, "stdout", closed)
    logger = logging.Logger("train")
    handlers = [logging.StreamHandler(), logging.StreamHandler(closed)]
    logger.addHandler(handlers[0])
    closed.close()

    run, _ = ipy.run(lambda: logger.warning("loss: 2"))
    logger.warning("after")
    assert Path(run.guild_path("output")).read_text() == "loss: 2\n"
    assert out.getvalue() == "loss: 2\nafter\n"
    assert handlers[0].stream is out


def test_output_of_code_in_the_context_of_a_run_is_recorded(home):
    run, _ = ipy.run(lambda: asyncio.run(asyncio.to_thread(print, "in a thread")))
    assert Path(run.guild_path("output")).read_text() == "in a thread\n"


def test_output_after_the_end_is_not_recorded(home, tmp_path):
    import contextvars

    run, context = ipy.run(contextvars.copy_context)
    # Files that get the descriptors that the run's had.
    with contextlib.ExitStack() as stack:
        for number in range(5):
            stack.enter_context(open(tmp_path / f"other{number}", "w"))
        # The stream that the run's code may still hold.
        context.run(_TextTee(io.StringIO(), 0).write, "late\n")
    assert Path(run.guild_path("output")).read_text() == ""
    assert [path.read_text() for path in sorted(tmp_path.glob("other*"))] == [""] * 5


def test_standard_streams_are_restored(home):
    before = (sys.stdout, sys.stderr)
    seen = {}

    def function():
        seen["same"] = sys.stdout is before[0]
        seen["encoding"] = sys.stdout.encoding
        sys.stdout.flush()
        sys.stdout.writelines(["a\n", "b\n"])
        sys.stdout.write("c")

    run, _ = ipy.run(function)
    assert (sys.stdout, sys.stderr) == before
    assert seen == {"same": False, "encoding": before[0].encoding}
    assert Path(run.guild_path("output")).read_text() == "a\nb\nc"


def test_stream_replaced_by_a_function_stays(home, monkeypatch):
    mine = io.StringIO()
    monkeypatch.setattr(sys, "stderr", sys.stderr)

    def function():
        sys.stderr = mine

    ipy.run(function)
    assert sys.stderr is mine


def test_bytes_and_invalid_text_are_recorded(home, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", stream)

    def function():
        sys.stdout.buffer.write(b"\xff\n")
        print("\udcff \ud800 é")

    run, _ = ipy.run(function)
    assert Path(run.guild_path("output")).read_bytes() == b"\xff\n\\udcff \\ud800 \xc3\xa9\n"


def test_redirected_output_is_not_recorded(home):
    def function():
        with contextlib.redirect_stdout(io.StringIO()) as text:
            print("caught")
        return text.getvalue()

    run, text = ipy.run(function)
    assert text == "caught\n"
    assert Path(run.guild_path("output")).read_text() == ""


def test_output_is_recorded_without_a_stream(home, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    run, _ = ipy.run(lambda: print("x: 1"))
    assert Path(run.guild_path("output")).read_text() == "x: 1\n"
    assert sys.stdout is None


def test_output_belongs_to_the_innermost_run(home, capsys):
    def inner():
        print("loss: 1")

    def outer():
        print("before")
        run, _ = ipy.run(inner)
        print("after")
        return run

    run, inside = ipy.run(outer)
    assert Path(run.guild_path("output")).read_text() == "before\nafter\n"
    assert Path(inside.guild_path("output")).read_text() == "loss: 1\n"
    assert capsys.readouterr().out == "before\nloss: 1\nafter\n"
    assert ipy.runs()["run"].tolist() == [inside.id, run.id]


def test_error_in_a_nested_run_ends_both(home):
    with pytest.raises(ipy.RunError) as caught:
        ipy.run(lambda: ipy.run(lambda: 1 / 0))
    assert isinstance(caught.value.from_exc, ipy.RunError)
    assert ipy.runs()["status"].tolist() == ["error", "error"]


def test_threads_use_two_homes_at_a_time(home, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    barrier = threading.Barrier(2, timeout=60)
    labels = {}

    def work(name, path):
        with SetGuildHome(path):
            barrier.wait()
            ipy.run(lambda: barrier.wait(), _label=name)
            labels[name] = ipy.runs()["label"].tolist()

    threads = [threading.Thread(target=work, args=pair) for pair in (("a", home), ("b", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert labels == {"a": ["a"], "b": ["b"]}


def test_block_of_the_main_thread_applies_to_other_threads(home, tmp_path):
    with ThreadPoolExecutor() as pool:
        with SetGuildHome(tmp_path / "other"):
            assert pool.submit(ipy.guild_home).result() == tmp_path / "other"
        assert pool.submit(ipy.guild_home).result() == home
