"""The root command: subcommands, its own options, and error messages."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys

import click
import pytest

import guild.command_line
from guild import __version__
from guild.base.errors import GuildError
from guild.cli.confirm import confirm


def test_version(project):
    project().run("--version").assert_ok().assert_out(f"guild {__version__}")


def test_python_m_guild(project):
    out = subprocess.check_output([sys.executable, "-m", "guild", "--version"], text=True)
    assert out == f"guild {__version__}\n"


def test_unknown_command_suggests_the_nearest(project):
    project().run("comapre").assert_error(
        "No such command 'comapre' (did you mean compare?).\n"
        "Try 'guild --help' for more information.",
        exit_code=2,
    )


def test_unknown_option_suggests_the_nearest(project):
    project().run("--versio").assert_error(
        "unrecognized option '--versio' (did you mean --version?)\n"
        "Try 'guild --help' for more information.",
        exit_code=2,
    )


def test_unknown_command_without_suggestion(project):
    project().run("xyzzy").assert_error(
        "No such command 'xyzzy'.\nTry 'guild --help' for more information.", exit_code=2
    )


def test_missing_directory(project):
    project().run("-C", "nowhere", "runs").assert_error("directory 'nowhere' does not exist")


def test_file_as_directory(project):
    project({"file": ""}).run("-C", "file", "runs").assert_error("directory 'file' does not exist")


# -- Messages for errors that a command raises


@pytest.fixture
def ending(monkeypatch, capsys):
    """`ending(error)` is the exit code and standard error of a command that raises `error`."""

    def end(error: BaseException, *args: str) -> tuple[int, str]:
        @click.command()
        @click.option("--debug", is_flag=True)
        def command(debug: bool) -> None:
            raise error

        monkeypatch.setattr(guild.command_line, "root", command)
        monkeypatch.setattr(sys, "argv", ["guild", *args])
        with pytest.raises(SystemExit) as ended:
            guild.command_line.main()
        return ended.value.code, capsys.readouterr().err

    return end


def test_guild_error(ending):
    assert ending(GuildError("no such thing", exit_code=4)) == (4, "guild: no such thing\n")


def test_ctrl_c_is_quiet(ending):
    assert ending(KeyboardInterrupt()) == (130, "")


def test_file_error_names_the_file(ending):
    error = OSError(errno.ENOSPC, "No space left on device", "/home/me/.guild")
    assert ending(error) == (1, "guild: No space left on device: /home/me/.guild\n")


def test_unexpected_error_is_one_line(ending, monkeypatch, tmp_path):
    monkeypatch.setenv("GUILD_HOME", str(tmp_path))
    code, err = ending(ZeroDivisionError("so\nit is"))
    (report,) = (tmp_path / "crashes").iterdir()
    hint = f"(report: {report}; please attach it to an issue)"
    assert (code, err) == (3, f"guild: unexpected error: ZeroDivisionError: so it is {hint}\n")


def test_unexpected_error_without_a_report(ending, monkeypatch):
    monkeypatch.setattr("guild.base.crash_report.write_crash_report", None)
    hint = "(run 'guild --debug ...' for a traceback)"
    assert ending(ZeroDivisionError()) == (
        3,
        f"guild: unexpected error: ZeroDivisionError {hint}\n",
    )


def test_debug_raises_unexpected_errors(ending):
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError(), "--debug")


def test_prompt_with_closed_stdin(project, monkeypatch, capsys):
    @click.command()
    @click.option("--debug", is_flag=True)
    def command(debug: bool) -> None:
        confirm()

    monkeypatch.setattr(guild.command_line, "root", command)
    monkeypatch.setattr(sys, "argv", ["guild"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(SystemExit) as ended:
        guild.command_line.main()
    assert ended.value.code == 1
    expected = "guild: cannot ask for confirmation: stdin is closed (use -y to skip the prompt)\n"
    assert capsys.readouterr().err.endswith(expected)


def test_closed_pipe(project):
    child = project().popen("--help")
    assert child.stdout is not None
    child.stdout.close()
    assert child.wait(timeout=60) == 141
    assert child.stderr.read() == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(project, closed):
    p = project({"x.py": "print('hello')"})
    for command in ("run x.py -y", "runs"):
        done = subprocess.run(
            ["sh", "-c", f"guild {command} {closed}"],
            cwd=p.path,
            env=p.env,
            capture_output=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert (done.stdout == b"") == (">" in closed.replace("2>", ""))
    assert (p.run_dir() / ".guild/output").read_text() == "hello\n"


# -- Help as JSON


def test_help_as_json(project):
    env = {"GUILD_HELP_JSON": "1"}
    page = json.loads(project().run("mark", "--help", env=env).assert_ok().out)
    assert list(page) == ["version", "usage", "help", "options"]
    assert page["usage"] == {"prog": "guild mark", "args": "[OPTIONS] [RUN...]"}
    assert page["help"].startswith("Mark or unmark runs.\n\n")
    terms = [option["term"] for option in page["options"]]
    assert {"-y, --yes", "-Fo, --operation OP", "-Sr, --running / --not-running"} <= set(terms)
    assert terms[-1] == "--help"


def test_help_of_a_group_as_json(project):
    env = {"GUILD_HELP_JSON": "1"}
    out = project().run("runs", "--help", env=env).assert_ok().out
    commands = json.loads(out)["commands"]
    assert {"term": "delete, rm", "help": "Delete one or more runs."} in commands
