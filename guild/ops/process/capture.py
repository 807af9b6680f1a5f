"""From what the script prints to where it belongs, until the script has ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from guild.ops.process.job_control import JobControl
from guild.ops.process.output import OutputRecord, OutputRelay
from guild.ops.process.streams import OutputSource
from guild.ops.process.supervisor import Supervisor

# How long what the script left behind may go on printing into the run's output.
LINGER = 0.25

_CHUNK = 1 << 16  # what a pipe holds

# A script that prints all the time is read in pieces of some size: to be woken for
# every line of it would cost the script more than its own writing does. In seconds, bytes.
_BUSY = 0.002
_SMALL = 1 << 14
_FOREGROUND_POLL = 0.5  # a shell does not tell a job that it is in the foreground now
_LAST = 1 << 20  # the most a pipe may be made to hold


class Channel(NamedTuple):
    """One stream of the script's output on its way.

    Attributes:
        source: where it is read from.
        passage: where it is passed on to, if it is.
        cooked: whether our terminal makes its own newlines, rather than being raw.
    """

    source: OutputSource
    passage: OutputRelay | None
    cooked: Callable[[], bool]

    def take(self, record: OutputRecord) -> int:
        """Record and pass on what there is, to the number of bytes; 0 at the end."""
        try:
            data = os.read(self.source.fd, _CHUNK)
        except BlockingIOError:
            return 1  # none after all, and not the end
        except OSError:  # a terminal that no process has open any more
            data = b""
        pty = self.source.pty
        written = data if pty is None else pty.as_written(data) if data else pty.rest()
        if written:
            record.write(written, self.source.stream)
        if self.passage:
            self.passage.write(written if self.cooked() else data)
        return len(data)


def capture_output(
    channels: Sequence[Channel],
    record: OutputRecord,
    supervisor: Supervisor,
    job_control: JobControl,
) -> None:
    """Record and pass on the output of the script, and keys to it, until it has ended.

    A script may close its streams and go on. What it leaves behind when it ends, such as
    a daemon that holds its output open, is listened to for a quarter of a second more:
    a run ends with its script.
    """
    open_channels = {channel.source.fd: channel for channel in channels}
    linger_until: float | None = None
    last_read = 0.0
    while supervisor.wait_status is None or open_channels:
        keys, place_for_keys = job_control.readers(), job_control.writers()
        timeout = _FOREGROUND_POLL if job_control.waits_for_foreground else None
        if supervisor.wait_status is not None:
            linger_until = linger_until or time.monotonic() + LINGER
            timeout = linger_until - time.monotonic()
            if timeout <= 0 or supervisor.gave_up:
                break
        readable, writable = supervisor.wait([*open_channels, *keys], place_for_keys, timeout)
        taken = 0
        for fd in readable:
            if fd in open_channels:
                size = open_channels[fd].take(record)
                if not size:
                    del open_channels[fd]
                taken += size
        if writable or any(fd in keys for fd in readable):
            job_control.keys(pressed=any(fd in keys for fd in readable))
        before, last_read = last_read, time.monotonic()
        if 0 < taken < _SMALL and last_read - before < _BUSY:
            supervisor.wait([], timeout=_BUSY)
    for channel in open_channels.values():
        _drain(channel, record, supervisor)


def _drain(channel: Channel, record: OutputRecord, supervisor: Supervisor) -> None:
    """Take what the script had printed before it ended, however slow its reader is."""
    left = _LAST
    while left > 0 and supervisor.wait([channel.source.fd], timeout=0)[0]:
        taken = channel.take(record)
        if not taken:
            break
        left -= taken
