"""The command line of this process: runs the root command and reports all errors."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from guild.base.errors import GuildError
from guild.cli import exit_codes
from guild.commands.main import main as root


def main() -> NoReturn:
    """Run the command line of this process. Raises SystemExit with the exit code."""
    _open_missing_streams()
    _escape_unprintable()
    if instruction := os.environ.get("_GUILD_COMPLETE"):  # set by the shell to request completions
        from guild.cli.completions import print_completions

        sys.exit(print_completions(root, instruction))
    sys.exit(_run(sys.argv[1:]))


def _run(args: list[str]) -> int:
    """Run `guild ARGS` and return the exit code (see `guild.cli.exit_codes`)."""
    debug = False
    try:
        try:
            with root.make_context("guild", args) as ctx:
                debug = ctx.params["debug"]
                code = root.invoke(ctx) or 0
        except click.exceptions.Exit as end:
            code = end.exit_code
        sys.stdout.flush()
        return code
    except GuildError as error:
        return _fail(error.message, error.exit_code)
    except click.UsageError as error:
        return _fail(_usage_message(error), exit_codes.USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except BrokenPipeError:
        _discard_output()
        return exit_codes.BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        return exit_codes.INTERRUPTED
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError):
            return _fail(_system_message(error), exit_codes.ERROR)
        return _fail(_report_crash(error), exit_codes.INTERNAL)


def _usage_message(error: click.UsageError) -> str:
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        near = f" (did you mean {error.possibilities[0]}?)" if error.possibilities else ""
        message = f"unrecognized option '{error.option_name}'{near}"
    if error.ctx is None:
        return message
    return f"{message}\nTry '{error.ctx.command_path} --help' for more information."


def _system_message(error: OSError) -> str:
    """Return the system's reason (such as a full disk) and the file."""
    if isinstance(error, FileNotFoundError) and error.filename is None and _cwd_is_missing():
        return "the current directory no longer exists; change to another one"
    if error.strerror is None:
        return " ".join(str(error).split())
    if not isinstance(error.filename, (str, bytes)):
        return error.strerror
    return f"{error.strerror}: {os.fsdecode(error.filename)}"


def _cwd_is_missing() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _report_crash(error: Exception) -> str:
    """Write a crash report and return the message that names it. Raises nothing."""
    try:
        from guild.base.crash_report import write_crash_report

        report = write_crash_report(error, sys.argv, os.environ, _crash_folder())
    except Exception:
        return f"unexpected error: {type(error).__name__} (run 'guild --debug ...' for a traceback)"
    return (
        f"unexpected error: {report.summary} (report: {report.path}; please attach it to an issue)"
    )


def _crash_folder() -> str | None:
    """Return the directory for crash reports in the Guild home; None without a home."""
    try:
        from guild import config

        return str(config.guild_home() / "crashes")
    except (GuildError, OSError, RuntimeError):  # RuntimeError: the user's home is unknown
        return None


def _fail(message: str, code: int) -> int:
    click.echo(f"guild: {message}", err=True)
    return code


def _open_missing_streams() -> None:
    """Connect closed standard streams (`>&-`) to the null device.

    Otherwise the next opened file would take their descriptor.
    """
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != fd:
                os.dup2(null, fd)
                os.close(null)
            os.set_inheritable(fd, True)
            setattr(sys, name, open(fd, mode, closefd=False))  # noqa: SIM115  # stays open


def _escape_unprintable() -> None:
    """Print undecodable file names as their bytes, and escape what the encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def _discard_output() -> None:
    """Redirect stdout, so that the interpreter can flush its buffer without a reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
