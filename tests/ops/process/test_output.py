"""The output of a script: recorded and passed on byte for byte."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.ops.process.output import MAX_SINK_LINE, OutputRecord
from guild.run import Run

from .conftest import eventually


def test_record_output_and_index(script: Any) -> None:
    run = script("""
import sys, time
for stream, text in ((sys.stdout, "a\\rb\\n"), (sys.stderr, "e\\n"), (sys.stdout, "\\nend")):
    stream.write(text); stream.flush(); time.sleep(0.05)
""")
    before = time.time_ns() // 1_000_000
    result = run.start()
    after = time.time_ns() // 1_000_000
    assert (result.returncode, result.stdout, result.stderr) == (0, b"a\rb\n\nend", b"e\n")
    assert run.output == b"a\rb\ne\n\nend"
    assert [stream for _, stream in run.index] == [0, 1, 0, 0]
    times = [ms for ms, _ in run.index]
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= after
    assert run.ending == (0, "completed")


def test_preserve_binary_output(script: Any) -> None:
    run = script("import sys; sys.stdout.buffer.write(bytes(range(256)) * 1000)")
    assert run.start().stdout == run.output == bytes(range(256)) * 1000
    assert len(run.index) == 1001


def test_record_many_lines_and_a_long_line(script: Any) -> None:
    run = script("""
for i in range(20000):
    print(i)
print("x" * 100_000_000)
""")
    expected = b"".join(b"%d\n" % i for i in range(20000)) + b"x" * 100_000_000 + b"\n"
    assert run.start().stdout == expected
    assert run.output == expected
    assert len(run.index) == 20001


def test_quiet_only_records_output(script: Any) -> None:
    run = script("print('hi')")
    result = run.start(quiet=True)
    assert (result.stdout, run.output) == (b"", b"hi\n")


def test_wait_for_script_that_closes_its_streams(script: Any) -> None:
    run = script("""
import os, time
print("before")
os.close(1); os.close(2)
time.sleep(0.2)
open("after", "w").close()
""")
    assert run.start().returncode == 0
    assert run.output == b"before\n"
    assert Path(run.run.path, "after").exists()


def test_end_while_daemon_keeps_output_open(command: Any) -> None:
    run = command("sh", "-c", "sleep 60 & echo $!")
    result = run.start()
    assert (result.returncode, run.ending) == (0, (0, "completed"))
    os.kill(int(result.stdout), signal.SIGKILL)  # it was left alone


def test_continue_without_reader(script: Any) -> None:
    run = script("""
import time
for i in range(300):
    print(i); time.sleep(0.001)
""")
    process = run.popen()
    assert process.stdout.readline() == b"0\n"
    process.stdout.close()
    assert process.wait(120) == 0
    assert run.output == b"".join(b"%d\n" % i for i in range(300))
    assert process.stderr.read() == b""


def test_pass_all_output_to_slow_reader(script: Any) -> None:
    run = script("print('x' * 300_000)")
    process = run.popen()
    eventually(lambda: len(run.output) > 0)
    assert process.stdout.read() == b"x" * 300_000 + b"\n"
    assert run.output == b"x" * 300_000 + b"\n"


def test_script_shares_stdin(script: Any) -> None:
    run = script("print(input()); import os; print(os.isatty(0))")
    process = run.popen(stdin=-1)
    assert process.communicate(b"hello\n", timeout=60)[0] == b"hello\nFalse\n"


def test_restart_replaces_output(command: Any) -> None:
    run = command("sh", "-c", "echo $RANDOM_WORD")
    run.env["RANDOM_WORD"] = "a long first line"
    run.start()
    run.env["RANDOM_WORD"] = "b"
    run.start()
    assert (run.output, len(run.index)) == (b"b\n", 1)


class Sink:
    def __init__(self) -> None:
        self.received: list[tuple[bytes, int]] = []
        self.closed = False

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        assert time_ms > 0
        assert data.endswith(b"\n")
        self.received.append((data, stream))

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def made_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("run")
    (path / ".guild").mkdir()
    return Run("0" * 32, path)


def _chunks() -> st.SearchStrategy[list[tuple[bytes, int]]]:
    data = st.lists(st.sampled_from([b"\n", b"a", b"\r", b"\x00"]), min_size=1, max_size=5).map(
        b"".join
    )
    return st.lists(st.tuples(data, st.integers(0, 1)))


@given(_chunks())
def test_record_arbitrary_chunks(made_run: Run, chunks: list[tuple[bytes, int]]) -> None:
    sink = Sink()
    record = OutputRecord(made_run, [sink])
    for data, stream in chunks:
        record.write(data, stream)
    record.close()
    whole = b"".join(data for data, _ in chunks)
    output = Path(made_run.guild_path("output")).read_bytes()
    index = Path(made_run.guild_path("output.index")).read_bytes()
    assert output == whole
    assert len(index) // 9 == whole.count(b"\n") + (whole != b"" and not whole.endswith(b"\n"))
    for stream in (0, 1):
        received = b"".join(data for data, of in sink.received if of == stream)
        text = b"".join(data for data, of in chunks if of == stream)
        assert received == (text if text.endswith(b"\n") or not text else text + b"\n")
    assert sink.closed


def test_sink_receives_start_of_long_line(made_run: Run) -> None:
    sink = Sink()
    record = OutputRecord(made_run, [sink])
    for _ in range(MAX_SINK_LINE // 1000 + 10):
        record.write(b"x" * 1000, 0)
    record.write(b"\nnext\n", 0)
    record.close()
    received = b"".join(data for data, _ in sink.received)
    assert [len(line) for line in received.splitlines()] == [MAX_SINK_LINE, 4]
