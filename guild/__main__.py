"""`guild` and `python -m guild`: run a command, and tell what went wrong, once, here."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import NoReturn

import click

from guild import config
from guild.base.errors import GuildError
from guild.cli import exit_codes
from guild.commands.main import main as root


def program() -> NoReturn:
    """Be the program `guild`: run the command line of this process, and end it."""
    # Little of what a command makes is ever garbage in a cycle; looking for it that often
    # takes a tenth of the time of a short one.
    gc.set_threshold(50_000, 20, 100)
    try:
        main()
    except SystemExit as done:
        if isinstance(done.code, int):
            _leave(done.code)
        raise


def main() -> NoReturn:
    """Run the command line of this process. Raises SystemExit with its code."""
    _open_missing_streams()
    _escape_what_cannot_be_printed()
    if instruction := os.environ.get("_GUILD_COMPLETE"):  # a shell asks for completions
        from guild.cli.completions import answer

        sys.exit(answer(root, instruction))
    sys.exit(_run(sys.argv[1:]))


def _leave(code: int) -> None:
    """Exit without taking every module apart, which takes longer than many a command.

    Returns if there are threads to wait for.
    """
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _run(args: list[str]) -> int:
    """Run `guild ARGS`. Returns the exit code; each kind of failure has its own."""
    debug = False
    try:
        try:
            with root.make_context("guild", args) as ctx:
                debug = ctx.params["debug"]
                code = root.invoke(ctx) or 0
        except click.exceptions.Exit as done:
            code = done.exit_code
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
    """What the system refused (a full disk, a file that may not be read), and for which file."""
    if isinstance(error, FileNotFoundError) and error.filename is None and _is_nowhere():
        return "the current directory does not exist any more - change to one that does"
    if error.strerror is None:
        return " ".join(str(error).split())
    if not isinstance(error.filename, (str, bytes)):
        return error.strerror
    return f"{error.strerror}: {os.fsdecode(error.filename)}"


def _is_nowhere() -> bool:
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
        return str(config.guild_home() / "crashes")
    except (GuildError, OSError, RuntimeError):  # RuntimeError: the user's home is unknown
        return None


def _fail(message: str, code: int) -> int:
    click.echo(f"guild: {message}", err=True)
    return code


def _open_missing_streams() -> None:
    """Started without an input or output (`>&-`), we read and write nothing there, and no
    file that is opened later is taken for it."""
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != fd:
                os.dup2(null, fd)
                os.close(null)
            os.set_inheritable(fd, True)
            setattr(sys, name, open(fd, mode, closefd=False))  # noqa: SIM115  # for good


def _escape_what_cannot_be_printed() -> None:
    """A file name that is not text comes out as the bytes it is; a character that the
    terminal's encoding lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def _discard_output() -> None:
    """Let the interpreter flush what is left in the buffer where nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    program()
