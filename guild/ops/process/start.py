"""The start of a run: from its directory to its process and exit status."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from guild import config
from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.ops.plan.start_command import start_command
from guild.ops.process import job_control, lifecycle, spawn
from guild.ops.process.capture import LINGER, Channel, capture_output
from guild.ops.process.job_control import JobControl
from guild.ops.process.lifeline import Lifeline
from guild.ops.process.lock import RunLock
from guild.ops.process.output import OutputRecord, OutputRelay, OutputSink
from guild.ops.process.signals import PASSED_ON, SignalWatch
from guild.ops.process.streams import Streams, open_missing_stdio
from guild.ops.process.supervisor import Supervisor
from guild.ops.process.system_metrics import SystemMetrics, sampling_interval
from guild.ops.python.python_launch import Launch, prepare_launch
from guild.run import Run

DEFAULT_KILL_DELAY = 10.0


class StartOptions(NamedTuple):
    """Options for the start of a run.

    Attributes:
        quiet: record the output without passing it on.
        stop_after: minutes after which the run is stopped with SIGTERM.
        kill_delay: seconds between a stop request and SIGKILL. The default is
            GUILD_KILL_DELAY, else `kill-delay` in the user configuration, else 10.
    """

    quiet: bool = False
    stop_after: float | None = None
    kill_delay: float | None = None


DEFAULT_OPTIONS = StartOptions()


def start_and_wait(
    run: Run,
    *,
    environ: Mapping[str, str],
    options: StartOptions = DEFAULT_OPTIONS,
    sinks: Sequence[OutputSink] = (),
) -> int:
    """Run the command that the run directory records, in that directory, and wait for it.

    The script's environment is `environ`, overridden by the recorded variables. Only
    secrets are not recorded.

    Return the exit code that a shell reports for the script: its own, or 128 plus the
    number of the signal that ended it. The attribute `exit_status` is the negative signal
    number instead. It is -15 after a stop request (a signal to us, the time limit, or
    Ctrl-C) unless the script exits with 0.

    Raises GuildError if the run is already running or has no command, if its program cannot
    be started, or if its directory cannot be written or was deleted meanwhile. A full disk
    does not end the script; the error is raised when the script has ended.
    """
    open_missing_stdio()
    with SignalWatch() as signals, RunLock(run):
        return start_locked(run, signals, environ, options, sinks)


def start_locked(
    run: Run,
    signals: SignalWatch,
    environ: Mapping[str, str],
    options: StartOptions,
    sinks: Sequence[OutputSink],
) -> int:
    """Do the work of `start_and_wait` for a caller that holds the lock of `run`.

    `signals` must have been entered before the lock was taken.
    """
    try:
        lifecycle.mark_started(run)
        launch = _read_launch(run, environ)
        try:
            record = OutputRecord(run, sinks)
            try:
                ending = _run_script(run, launch, signals, options, environ, record)
            finally:
                record.close()
        finally:
            launch.remove_compiled()
        exit_status = _exit_status(run, ending)
        lifecycle.mark_stopped(run, exit_status)
        lifecycle.check_recorded(run, record)
        _check_passed_on(run, ending)
        return _exit_code(exit_status, ending)
    except OSError as error:
        raise lifecycle.write_error(run, error) from None


def _read_launch(run: Run, environ: Mapping[str, str]) -> Launch:
    cmd, env = run.get("cmd"), run.get("env")
    if not isinstance(cmd, list) or not cmd:
        raise GuildError(f"cannot start run {run.short_id}: it has no command (attribute 'cmd')")
    recorded = {str(k): str(v) for k, v in env.items()} if isinstance(env, dict) else {}
    flags = run.get("flags")
    return prepare_launch(
        start_command(run, [str(word) for word in cmd]),
        run.path,
        {**environ, **recorded},
        flags if isinstance(flags, dict) else {},
    )


class _Ending(NamedTuple):
    """The end of a script.

    Attributes:
        exit_code: negative for a signal, as `os.waitstatus_to_exitcode` returns it.
        stopped_by: the signal of the stop request, if any.
        relay_error: the error that prevented output from being passed on, if any.
    """

    exit_code: int
    stopped_by: signal.Signals | None
    relay_error: OSError | None


def _run_script(
    run: Run,
    launch: Launch,
    signals: SignalWatch,
    options: StartOptions,
    environ: Mapping[str, str],
    record: OutputRecord,
) -> _Ending:
    user_config = config.user_config(environ)
    interval = sampling_interval(user_config)
    kill_delay = _kill_delay(options, environ, user_config)
    stop_after = None if options.stop_after is None else options.stop_after * 60
    streams, lifeline = Streams(), Lifeline()
    try:
        pid = _start_process(run, launch, signals, streams, lifeline)
        supervisor = Supervisor(run, pid, signals, stop_after, kill_delay)
        try:
            channels = _channels(streams, options, supervisor)
            with SystemMetrics(run.guild_path(), pid, interval):
                capture_output(channels, record, supervisor, JobControl(streams, supervisor))
            supervisor.end_tree()
        finally:
            supervisor.close()
    finally:
        lifeline.close()
        streams.close()
    if supervisor.stopped_by in (signal.SIGINT, signal.SIGQUIT):
        signals.stopped = True  # a key in the script's own terminal does not signal us
    relay_errors = (channel.relay.error for channel in channels if channel.relay)
    return _Ending(
        os.waitstatus_to_exitcode(supervisor.wait_status or 0),
        supervisor.stopped_by,
        next((error for error in relay_errors if error), None),
    )


def _start_process(
    run: Run, launch: Launch, signals: SignalWatch, streams: Streams, lifeline: Lifeline
) -> int:
    """Start the script and return its process id."""
    signals.add((*PASSED_ON, *job_control.terminal_signals(streams)))
    if streams.shared:
        signals.block_key_signals()
    pid = _spawn(run, launch, streams, lifeline)
    streams.close_script_ends()
    if not streams.own_session:  # closing its terminal already signals a session's script
        lifeline.signal_on_death(pid if streams.shared else -pid)
    signals.start_sender_thread()
    return pid


def _spawn(run: Run, launch: Launch, streams: Streams, lifeline: Lifeline) -> int:
    def join() -> None:
        streams.join()
        if not streams.own_session:
            lifeline.keep_open_in_child()

    try:
        return spawn.spawn_process(launch.argv, launch.env, run.path, streams.stdio, join)
    except OSError as error:
        is_missing = error.errno == errno.ENOENT
        exit_code = spawn.NOT_FOUND if is_missing else spawn.NOT_EXECUTABLE
        lifecycle.mark_stopped(run, exit_code)
        reason = "command not found" if is_missing else error.strerror
        raise GuildError(
            f"run {run.short_id}: cannot run '{launch.argv[0]}': {reason}", exit_code
        ) from None


def _channels(streams: Streams, options: StartOptions, supervisor: Supervisor) -> list[Channel]:
    """Connect each source with our own stream of the same number."""

    def wait_writable(fd: int) -> bool:
        while not supervisor.gave_up:
            must_end = supervisor.stopped_by is not None and supervisor.wait_status is not None
            if supervisor.wait([], [fd], timeout=LINGER if must_end else None)[1]:
                return True
            if must_end:  # a reader that does not read must not keep us from ending
                return False
        return False

    def is_cooked() -> bool:
        return streams.keyboard is None or not streams.keyboard.active

    def relay(stream: int) -> OutputRelay | None:
        return None if options.quiet else OutputRelay(stream + 1, wait_writable)

    return [Channel(source, relay(source.stream), is_cooked) for source in streams.sources]


def _exit_status(run: Run, ending: _Ending) -> int:
    """Return the exit status to record for `ending`.

    A stopped run of a `stoppable` operation counts as successful. An operation with
    `handle-keyboard-interrupt` chooses its own exit code after Ctrl-C.
    """
    if not ending.stopped_by or ending.exit_code == 0:
        return ending.exit_code
    op = run.get("op")
    op = op if isinstance(op, dict) else {}
    if op.get("stoppable"):
        return 0
    exited_on_ctrl_c = ending.stopped_by == signal.SIGINT and ending.exit_code > 0
    if op.get("handle-keyboard-interrupt") and exited_on_ctrl_c:
        return ending.exit_code
    return -signal.SIGTERM


def _exit_code(exit_status: int, ending: _Ending) -> int:
    if exit_status == 0:
        return 0
    return 128 - ending.exit_code if ending.exit_code < 0 else ending.exit_code


def _kill_delay(
    options: StartOptions, environ: Mapping[str, str], user_config: Mapping[str, Any]
) -> float:
    if options.kill_delay is not None:
        return options.kill_delay
    setting, where = environ.get("GUILD_KILL_DELAY"), "GUILD_KILL_DELAY"
    if not setting:
        setting, where = user_config.get("kill-delay"), "user configuration: kill-delay"
    if setting is None:
        return DEFAULT_KILL_DELAY
    try:
        seconds = float(setting)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise GuildError(f"{where}: expected a number of seconds (0 or more) but got {setting!r}")
    return seconds


def _check_passed_on(run: Run, ending: _Ending) -> None:
    if ending.relay_error:
        raise GuildError(
            f"run {run.short_id}: cannot pass on all output: {ending.relay_error.strerror}; "
            f"the complete output is in {run.guild_path('output')}"
        )
