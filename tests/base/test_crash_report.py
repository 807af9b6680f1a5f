"""Reports of unexpected errors."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from pathlib import Path

import pytest

from guild import __version__
from guild.base import crash_report, secrets
from guild.base.crash_report import write_crash_report

TOKEN = "ghp_" + "a1B2c3D4" * 5


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError


def test_report_describes_the_error_and_its_environment(tmp_path: Path) -> None:
    try:
        raise ZeroDivisionError("so\nit is")
    except ZeroDivisionError as error:
        report = write_crash_report(error, ["guild", "run", "a b"], {}, str(tmp_path / "crashes"))
    assert report.summary == "ZeroDivisionError: so it is"
    text = Path(report.path).read_text()
    assert f"Guild: {__version__}\nPython: 3." in text
    assert re.search(r"^Packages: .*\bclick \d", text, re.MULTILINE)
    assert "Command: guild run 'a b'\n" in text
    assert f"Directory: {os.getcwd()}\n" in text
    assert 'raise ZeroDivisionError("so\\nit is")' in text
    assert stat.S_IMODE(os.stat(report.path).st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "crashes").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("args", "secret"),
    [
        (["api_key=it's-mine"], "it's-mine"),
        (["--password", "hunter2"], "hunter2"),
        (["--password=hunter2"], "hunter2"),
        (["api_keys=[first-one,'2nd one']"], "first-one"),
        (["api_keys=[first-one,'second']"], "second"),
        (["lr=0.1", TOKEN], TOKEN),
    ],
)
def test_secrets_in_arguments_are_removed(tmp_path: Path, args: list[str], secret: str) -> None:
    error = ValueError(f"cannot use {secret!r}", args)
    report = write_crash_report(error, ["guild", "run", *args], {}, str(tmp_path))
    text = Path(report.path).read_text()
    assert secret not in text + report.summary
    assert "***" in text


def test_password_in_url_is_removed_from_the_command(tmp_path: Path) -> None:
    args = ["guild", "run", "url=https://me:hunter2@host/x"]
    report = write_crash_report(ValueError(), args, {}, str(tmp_path))
    assert "https://me:***@host/x" in Path(report.path).read_text()


def test_secrets_in_environment_are_removed(tmp_path: Path) -> None:
    environ = {"DB_PASSWORD": "correct\\horse", "MULTI_SECRET": "line one\nline two", "LR": "0.1"}
    error = ValueError(
        f"{environ['DB_PASSWORD']} {environ['MULTI_SECRET']} {environ['LR']}", environ
    )
    report = write_crash_report(error, ["guild"], environ, str(tmp_path))
    text = Path(report.path).read_text() + report.summary
    assert "horse" not in text
    assert "line" not in text.partition("ValueError")[2]
    assert "0.1" in text


def test_report_goes_to_temporary_directory_without_a_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "file").write_text("")
    for folder in (None, str(tmp_path / "file" / "crashes")):
        report = write_crash_report(ValueError(), ["guild"], {}, folder)
        assert Path(report.path).parent == tmp_path / "tmp"
        assert report.summary == "ValueError"


def test_report_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch) -> None:
    def fail(fd: int, mode: str) -> None:
        os.close(fd)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(crash_report, "open", fail, raising=False)
    with pytest.raises(OSError, match="No space"):
        write_crash_report(ValueError(), ["guild"], {}, str(tmp_path / "crashes"))
    assert [path.name for path in tmp_path.rglob("*")] == ["crashes"]


def test_message_that_cannot_be_printed(tmp_path: Path) -> None:
    report = write_crash_report(UnprintableError(), ["guild"], {}, str(tmp_path))
    assert report.summary == "UnprintableError: (the message cannot be printed)"


def test_ordinary_arguments_are_not_secret() -> None:
    args = ["run", "train.py", "lr=0.1", "max_tokens=100", "-o", "token", "--batch-size", "10"]
    assert secrets.argument_secrets(args) == ()
