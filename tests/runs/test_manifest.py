"""Manifests: any names survive a round trip, and writes are atomic."""

from __future__ import annotations

import errno
import os
import resource
import shlex
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.runs import manifest
from guild.runs.manifest import ManifestEntry

SHA1 = "e9b8b06bc415ad5b3f3cc56b53533ad84fa0e927"

_names = st.one_of(
    st.binary(min_size=1, max_size=40).map(
        lambda b: b.replace(b"\0", b"x").decode("utf-8", "surrogateescape")
    ),
    st.text(alphabet="ab'\"\\ \n\t\r\x0b\x1c\x85\u2028#$sdi-/.", min_size=1, max_size=12),
)
_entries = st.builds(
    ManifestEntry,
    kind=st.sampled_from("sdi"),
    run_path=_names,
    hash=st.sampled_from([SHA1, "-"]),
    source=_names,
    subpath=st.none() | _names,
)


@given(st.lists(_entries, max_size=6))
def test_arbitrary_names_survive(entries: list[ManifestEntry]) -> None:
    assert manifest.parse_entries(manifest.format_entries(entries)) == tuple(entries)


@given(st.lists(_entries, max_size=3))
def test_an_entry_is_shell_words(entries: list[ManifestEntry]) -> None:
    for entry in entries:
        words = [word for word in entry if word is not None]
        assert shlex.split(manifest.format_entries([entry])) == words


@given(st.text(max_size=80))
def test_garbage_is_passed_over(text: str) -> None:
    good = ManifestEntry("s", "a.py", SHA1, "a.py")
    garbage = text.replace("'", "").replace('"', "").replace("\\", "")
    assert manifest.parse_entries(garbage + "\n" + manifest.format_entries([good]))[-1:] == (good,)


@pytest.mark.parametrize(
    "garbage",
    ["", "\n\n", "s\n", "s a.py\n", "x a b c\n", "s a b c d e\n", "'s a b c\n", '"\n', "\\\n"],
)
def test_a_line_that_is_none_spoils_no_other(garbage: str) -> None:
    good = manifest.format_entries([ManifestEntry("s", "my file.py", SHA1, "my file.py")])
    assert manifest.parse_entries(good + garbage + good)[0].run_path == "my file.py"
    assert [e.run_path for e in manifest.parse_entries(garbage + "s b.py - b.py\n")][-1:] == [
        "b.py"
    ]


def test_reads_lines_of_guild_ai(tmp_path: Path) -> None:
    (tmp_path / ".guild").mkdir()
    Path(manifest.manifest_path(tmp_path)).write_text(
        f"s 'a b.txt' {SHA1} 'a b.txt'\n"
        f"s 'new\nline it'\"'\"'s.txt' {SHA1} 'new\nline it'\"'\"'s.txt'\n"
        f"d data.csv - file:data.zip inner/data.csv\n"
    )
    assert manifest.read_entries(tmp_path) == (
        ManifestEntry("s", "a b.txt", SHA1, "a b.txt"),
        ManifestEntry("s", "new\nline it's.txt", SHA1, "new\nline it's.txt"),
        ManifestEntry("d", "data.csv", "-", "file:data.zip", "inner/data.csv"),
    )


def test_write_replaces_and_append_adds(tmp_path: Path) -> None:
    (tmp_path / ".guild").mkdir()
    first, second = (ManifestEntry("s", name, SHA1, name) for name in ("a.py", "b.py"))
    manifest.write_entries(tmp_path, [second])
    manifest.write_entries(tmp_path, [first])
    manifest.append_entries(tmp_path, [second])
    assert manifest.read_entries(tmp_path) == (first, second)
    assert os.listdir(tmp_path / ".guild") == ["manifest"]


FIRST, SECOND = (ManifestEntry("s", name, SHA1, name) for name in ("a.py", "b.py"))


@pytest.mark.parametrize("change", [manifest.write_entries, manifest.append_entries])
def test_failed_write_keeps_the_manifest(tmp_path, monkeypatch, change) -> None:
    def fail(source: str, target: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / ".guild").mkdir()
    manifest.write_entries(tmp_path, [FIRST])
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        change(tmp_path, [SECOND])
    assert manifest.read_entries(tmp_path) == (FIRST,)
    assert os.listdir(tmp_path / ".guild") == ["manifest"]


@pytest.mark.parametrize("change", [manifest.write_entries, manifest.append_entries])
@pytest.mark.parametrize("point", ["write", "replace"])
def test_crash_during_a_write_keeps_the_manifest(tmp_path, change, point) -> None:
    (tmp_path / ".guild").mkdir()
    manifest.write_entries(tmp_path, [FIRST])
    pid = os.fork()
    if not pid:  # the process that crashes
        if point == "write":  # half of the data is written
            resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        else:
            os.replace = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
        change(tmp_path, [SECOND] * 10)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status)
    assert manifest.read_entries(tmp_path) == (FIRST,)


def test_run_without_manifest_has_no_entries(tmp_path: Path) -> None:
    assert manifest.read_entries(tmp_path) == ()
