"""The run of a Python function as an operation in this process."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guild.base import clock
from guild.opref import OpRef
from guild.ops.functions import function_call
from guild.ops.functions.function_call import FunctionCall
from guild.ops.functions.thread_cwd import working_directory
from guild.ops.functions.thread_output import record_output
from guild.ops.plan import label
from guild.ops.process import lifecycle
from guild.ops.process.lock import RunLock
from guild.ops.process.output import STDERR, OutputRecord
from guild.ops.stage.attributes import new_comment
from guild.ops.stage.stage import new_run_directory, write_opref
from guild.run import Run
from guild.runs.store import RunStore
from guild.scalars.output_sink import OutputScalarsSink


class RunException(Exception):  # noqa: N818  # Guild AI 0.9 name
    """The failure of a function's run.

    Attributes:
        run: the run.
        from_exc: the exception that the function raised.
    """

    def __init__(self, run: Run, from_exc: BaseException) -> None:
        super().__init__(run, from_exc)
        self.run = run
        self.from_exc = from_exc


class RunError(RunException):
    """A function raised an exception or exited with a nonzero status."""


class RunTerminated(RunException):
    """Ctrl-C interrupted a function."""


class FunctionRunOptions(NamedTuple):
    """Attributes to record with a function's run.

    Attributes:
        op_name: the operation's name; by default the function's name.
        label: the label, which may refer to flags as `${NAME}`; None for the default label.
        tags: the run's tags.
        comment: the run's comment.
    """

    op_name: str | None = None
    label: str | None = None
    tags: Sequence[str] = ()
    comment: str | None = None


def run_function(
    call: FunctionCall,
    *,
    home: Path,
    options: FunctionRunOptions = FunctionRunOptions(),  # noqa: B008  # frozen
) -> tuple[Run, Any]:
    """Make `call` as a new run in `home`, and return the run and the function's result.

    The output of this thread is passed on and recorded, and scalars in it are logged. The
    run directory is the thread's working directory meanwhile.

    Raises RunError if the function raises an exception, RunTerminated for Ctrl-C, and
    GuildError if the run directory cannot be written.
    """
    run = RunStore(home).new()
    stage_call(run, call, options)
    with RunLock(run):
        return run, call_locked(run, call)


def call_locked(run: Run, call: FunctionCall) -> Any:
    """Make `call` as the staged `run`, whose lock is held, and return the function's result.

    Raises the same errors as `run_function`.
    """
    try:
        lifecycle.mark_started(run)
        return _call_recorded(run, call)
    except OSError as error:
        raise lifecycle.write_error(run, error) from None


def stage_call(run: Run, call: FunctionCall, options: FunctionRunOptions) -> None:
    """Write the run directory of `call` without making it. Raises GuildError."""
    flags = call.flags()
    template = label.label_template(options.label, options.tags, None)
    attrs: dict[str, Any] = {
        "id": run.id,
        "initialized": clock.timestamp(),
        "flags": flags,
        "label": label.render_label(template, flags, {}),
    }
    if options.tags:
        attrs["tags"] = list(options.tags)
    if options.comment:
        attrs["comments"] = [new_comment(options.comment)]
    with new_run_directory(run) as folder:
        os.makedirs(folder.guild_path("attrs"))
        Path(folder.guild_path("PENDING")).touch()
        write_opref(folder, OpRef("func", "", "", "", options.op_name or call.name))
        for name, value in attrs.items():
            folder.set(name, value)


def _call_recorded(run: Run, call: FunctionCall) -> Any:
    """Make `call`, record its output and end, and return its result. Also raises OSError."""
    record = OutputRecord(run, [OutputScalarsSink(run.guild_path())], indexed=False)
    try:
        with record_output(record.write):
            ending = _ending(call, run)
        if ending.raised is not None:
            record.write(_traceback(ending.raised), STDERR)
    finally:
        record.close()
    lifecycle.mark_stopped(run, ending.exit_status)
    if ending.raised is not None:
        kind = RunTerminated if ending.exit_status < 0 else RunError
        raise kind(run, ending.raised) from ending.raised
    lifecycle.check_recorded(run, record)
    return ending.result


class _Ending(NamedTuple):
    """The end of a function: its result, or the exception that it raised."""

    exit_status: int
    result: Any = None
    raised: BaseException | None = None


def _ending(call: FunctionCall, run: Run) -> _Ending:
    with working_directory(run.path):
        try:
            return _Ending(0, call.call())
        except KeyboardInterrupt as error:
            return _Ending(-signal.SIGTERM, raised=error)
        except SystemExit as error:
            status = _exit_status(error)
            return _Ending(status, raised=error if status else None)
        except BaseException as error:
            return _Ending(1, raised=error)


def _exit_status(error: SystemExit) -> int:
    """Return the exit code that a shell would report; 1 for a message."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def _traceback(error: BaseException) -> bytes:
    """Format the traceback without the frames of Guild that called the function."""
    if isinstance(error, SystemExit):
        text = "" if isinstance(error.code, int) else f"{error.code}\n"
    else:
        guild_files = (__file__, function_call.__file__)
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename in guild_files:
            trace = trace.tb_next
        text = "".join(traceback.format_exception(type(error), error, trace))
    return text.encode("utf-8", "backslashreplace")
