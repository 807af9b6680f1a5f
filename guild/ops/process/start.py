"""Starting a run: run directory -> process -> exit status."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guild import config
from guild.base.errors import GuildError
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
    """How to start a run.

    Attributes:
        quiet: do not pass the output on; it is recorded all the same.
        stop_after: minutes after which the run is stopped as by SIGTERM.
        kill_delay: seconds between asking a run to stop and ending it by force; None
            for GUILD_KILL_DELAY, else `kill-delay` of the user's configuration, else 10.
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
    """Run what the run directory says, in it, and wait for its end.

    Everything is read from the directory but secrets, which come from `environ`:
    the script's environment is `environ`, overridden by what was recorded.

    The result is the exit code that a shell would see of the script: its own, or 128
    and the number of the signal that ended it. The attribute `exit_status` has
    the negative number instead, and -15 for whatever ended after it was asked to stop
    (by a signal to us, the time limit, or Ctrl-C) unless it exits with 0.

    Raises GuildError if the run is running already, has no command, its program cannot
    be started, its directory cannot be written or was deleted meanwhile. A full disk
    does not end the script; what could not be recorded is told when it has ended.
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
    """`start` for one that has the run's lock and watches for signals since before it had."""
    try:
        lifecycle.mark_started(run)
        return _run_script(run, signals, environ, options, sinks)
    except OSError as error:
        raise lifecycle.write_error(run, error) from None


def _run_script(
    run: Run,
    signals: SignalWatch,
    environ: Mapping[str, str],
    options: StartOptions,
    sinks: Sequence[OutputSink],
) -> int:
    launch = _prepare(run, environ)
    try:
        record = OutputRecord(run, sinks)
        try:
            ending = _supervise(run, launch, signals, options, environ, record)
        finally:
            record.close()
    finally:
        for path in launch.temp_files:
            path.unlink(missing_ok=True)
    recorded = _exit_status(run, ending)
    lifecycle.mark_stopped(run, recorded)
    _check_complete(run, record, ending)
    return _exit_code(recorded, ending)


def _prepare(run: Run, environ: Mapping[str, str]) -> Launch:
    cmd, env = run.get("cmd"), run.get("env")
    if not isinstance(cmd, list) or not cmd:
        raise GuildError(f"cannot start run {run.short_id}: it has no command (attribute 'cmd')")
    recorded = {str(k): str(v) for k, v in env.items()} if isinstance(env, dict) else {}
    flags = run.get("flags")
    return prepare_launch(
        [str(word) for word in cmd],
        Path(run.path),
        {**environ, **recorded},
        flags if isinstance(flags, dict) else {},
    )


class _Ending(NamedTuple):
    """How a script ended.

    Attributes:
        status: as `os.waitstatus_to_exitcode` has it.
        stopped_by: the signal, if it was asked to end.
        not_passed_on: why its output could not be passed on to the end.
    """

    status: int
    stopped_by: signal.Signals | None
    not_passed_on: OSError | None


def _supervise(
    run: Run,
    launch: Launch,
    signals: SignalWatch,
    options: StartOptions,
    environ: Mapping[str, str],
    record: OutputRecord,
) -> _Ending:
    configuration = config.user_config(environ)
    interval = sampling_interval(configuration)
    kill_delay = _kill_delay(options, environ, configuration)
    streams, lifeline = Streams(), Lifeline()
    try:
        signals.add((*PASSED_ON, *job_control.terminal_signals(streams)))
        if streams.shared:
            signals.block_key_signals()
        pid = _spawn(run, launch, streams, lifeline)
        streams.close_script_ends()
        if not streams.own_session:  # a terminal of ours tells of our end by itself
            lifeline.signal_on_death(pid if streams.shared else -pid)
        signals.start_sender_thread()
        stop_after = None if options.stop_after is None else options.stop_after * 60
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
        signals.stopped = True  # a key in a terminal of the script's own is no signal to us
    errors = [channel.passage.error for channel in channels if channel.passage]
    return _Ending(
        os.waitstatus_to_exitcode(supervisor.wait_status or 0),
        supervisor.stopped_by,
        next((error for error in errors if error), None),
    )


def _channels(streams: Streams, options: StartOptions, supervisor: Supervisor) -> list[Channel]:
    """Each source with our own stream of its number as the place to pass it on to."""

    def writable(fd: int) -> bool:
        while not supervisor.gave_up:
            over = supervisor.stopped_by is not None and supervisor.wait_status is not None
            if supervisor.wait([], [fd], timeout=LINGER if over else None)[1]:
                return True
            if over:  # a reader that does not read had better not keep us from ending
                return False
        return False

    def cooked() -> bool:
        return streams.keyboard is None or not streams.keyboard.active

    def passage(stream: int) -> OutputRelay | None:
        return None if options.quiet else OutputRelay(stream + 1, writable)

    return [Channel(source, passage(source.stream), cooked) for source in streams.sources]


def _spawn(run: Run, launch: Launch, streams: Streams, lifeline: Lifeline) -> int:
    def join() -> None:
        streams.join()
        if not streams.own_session:
            lifeline.keep_open_in_child()

    try:
        return spawn.spawn_process(launch.argv, launch.env, run.path, streams.stdio, join)
    except OSError as error:
        missing = error.errno == errno.ENOENT
        lifecycle.mark_stopped(run, spawn.NOT_FOUND if missing else spawn.NOT_EXECUTABLE)
        raise GuildError(
            f"run {run.short_id}: cannot run {launch.argv[0]!r}: "
            + ("command not found" if missing else str(error.strerror)),
            exit_code=spawn.NOT_FOUND if missing else spawn.NOT_EXECUTABLE,
        ) from None


def _exit_status(run: Run, ending: _Ending) -> int:
    """What is recorded of `ending`.

    `stoppable` of an operation says that to be stopped is a good end for it,
    `handle-keyboard-interrupt` that it has an exit code of its own for Ctrl-C.
    """
    if not ending.stopped_by or ending.status == 0:
        return ending.status
    op = run.get("op")
    op = op if isinstance(op, dict) else {}
    if op.get("stoppable"):
        return 0
    handled = ending.stopped_by == signal.SIGINT and ending.status > 0
    if op.get("handle-keyboard-interrupt") and handled:
        return ending.status
    return -signal.SIGTERM


def _exit_code(recorded: int, ending: _Ending) -> int:
    if recorded == 0:
        return 0
    return 128 - ending.status if ending.status < 0 else ending.status


def _kill_delay(
    options: StartOptions, environ: Mapping[str, str], configuration: Mapping[str, Any]
) -> float:
    if options.kill_delay is not None:
        return options.kill_delay
    given, where = environ.get("GUILD_KILL_DELAY"), "GUILD_KILL_DELAY"
    if not given:
        given, where = configuration.get("kill-delay"), "user configuration: kill-delay"
    if given is None:
        return DEFAULT_KILL_DELAY
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise GuildError(f"{where}: expected a number of seconds from 0, got {given!r}")
    return seconds


def _check_complete(run: Run, record: OutputRecord, ending: _Ending) -> None:
    lifecycle.check_recorded(run, record)
    if ending.not_passed_on:
        raise GuildError(
            f"run {run.short_id}: its output could not be passed on to its end: "
            f"{ending.not_passed_on.strerror} - the run has all of it ({run.guild_path('output')})"
        )
