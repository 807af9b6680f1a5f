"""The loop that records and passes on a script's output until the script has ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from guild.base.named_tuple import NamedTuple
from guild.ops.process.job_control import JobControl
from guild.ops.process.output import OutputRecord, OutputRelay
from guild.ops.process.streams import OutputSource
from guild.ops.process.supervisor import Supervisor

# Seconds after the script's end in which its remaining processes may still print.
LINGER = 0.25

_CHUNK = 1 << 16  # bytes, the capacity of a pipe

# A script that prints constantly is read in larger pieces: waking up for each line
# would cost the script more than writing the line does.
_BUSY_INTERVAL = 0.002  # seconds
_SMALL_READ = 1 << 14  # bytes
_FOREGROUND_POLL = 0.5  # seconds; no signal reports that the shell moved us to the foreground
_MAX_DRAIN = 1 << 20  # bytes, the largest capacity a pipe can be given


class Channel(NamedTuple):
    """One output stream of the script and its destination.

    Attributes:
        source: the stream to read.
        relay: the destination to pass the output on to, or None to only record it.
        is_cooked: returns whether our terminal adds its own carriage returns (is not raw).
    """

    source: OutputSource
    relay: OutputRelay | None
    is_cooked: Callable[[], bool]

    def take(self, record: OutputRecord) -> int:
        """Record and pass on the available output. Return its size in bytes, 0 at the end."""
        try:
            data = os.read(self.source.fd, _CHUNK)
        except BlockingIOError:
            return 1  # nothing to read after all, but not the end either
        except OSError:  # no process has the terminal open any more
            data = b""
        pty = self.source.pty
        written = data if pty is None else pty.as_written(data) if data else pty.flush_held()
        if written:
            record.write(written, self.source.stream)
        if self.relay:
            self.relay.write(written if self.is_cooked() else data)
        return len(data)


def capture_output(
    channels: Sequence[Channel],
    record: OutputRecord,
    supervisor: Supervisor,
    job_control: JobControl,
) -> None:
    """Record and pass on the script's output, and pass keys on to it, until it has ended.

    A script may close its streams and continue to run. Processes that it leaves behind,
    such as a daemon that keeps the output open, are read for another LINGER seconds.
    """
    open_channels = {channel.source.fd: channel for channel in channels}
    linger_until: float | None = None
    last_read = 0.0
    while supervisor.wait_status is None or open_channels:
        keys, key_targets = job_control.readers(), job_control.writers()
        timeout = _FOREGROUND_POLL if job_control.waits_for_foreground else None
        if supervisor.wait_status is not None:
            linger_until = linger_until or time.monotonic() + LINGER
            timeout = linger_until - time.monotonic()
            if timeout <= 0 or supervisor.gave_up:
                break
        readable, writable = supervisor.wait([*open_channels, *keys], key_targets, timeout)
        taken = 0
        for fd in readable:
            if fd in open_channels:
                size = open_channels[fd].take(record)
                if not size:
                    del open_channels[fd]
                taken += size
        has_keys = any(fd in keys for fd in readable)
        if writable or has_keys:
            job_control.pass_on_keys(read_new=has_keys)
        previous_read, last_read = last_read, time.monotonic()
        if 0 < taken < _SMALL_READ and last_read - previous_read < _BUSY_INTERVAL:
            supervisor.wait([], timeout=_BUSY_INTERVAL)
    for channel in open_channels.values():
        _drain(channel, record, supervisor)


def _drain(channel: Channel, record: OutputRecord, supervisor: Supervisor) -> None:
    """Take what the script printed before it ended, even if the output is read slowly."""
    remaining = _MAX_DRAIN
    while remaining > 0 and supervisor.wait([channel.source.fd], timeout=0)[0]:
        taken = channel.take(record)
        if not taken:
            break
        remaining -= taken
