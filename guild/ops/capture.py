"""From what the script prints to where it belongs, until the script has ended."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from guild.ops.output import OutputRecord, Passage
from guild.ops.supervise import Supervisor

# How long what the script left behind may go on printing into the run's output.
_LINGER = 0.25

_CHUNK = 1 << 16  # what a pipe holds
_LAST = 1 << 20  # the most a pipe may be made to hold


class Channel(NamedTuple):
    """One stream of output.

    Attributes:
        fd: where the script's output is read from.
        stream: what it is recorded as: 0 stdout, 1 stderr.
        passage: where it is passed on to, if it is.
    """

    fd: int
    stream: int
    passage: Passage | None


def capture(channels: Sequence[Channel], record: OutputRecord, supervisor: Supervisor) -> None:
    """Record and pass on the output of the script until it has ended.

    A script may close its streams and go on. What it leaves behind when it ends, such as
    a daemon that holds its output open, is listened to for a quarter of a second more:
    a run ends with its script.
    """
    open_channels = {channel.fd: channel for channel in channels}
    linger_until: float | None = None
    while supervisor.wait_status is None or open_channels:
        timeout = None
        if supervisor.wait_status is not None:
            linger_until = linger_until or time.monotonic() + _LINGER
            timeout = linger_until - time.monotonic()
            if timeout <= 0:
                break
        ready, _ = supervisor.wait(list(open_channels), timeout=timeout)
        for fd in ready:
            if not _pass(open_channels[fd], record):
                del open_channels[fd]
    for channel in open_channels.values():
        _drain(channel, record, supervisor)


def _pass(channel: Channel, record: OutputRecord) -> int:
    """Take what there is, to the number of bytes; 0 at the end."""
    try:
        data = os.read(channel.fd, _CHUNK)
    except OSError:  # a terminal that no process has open any more
        data = b""
    if data:
        record.write(data, channel.stream)
        if channel.passage:
            channel.passage.write(data)
    return len(data)


def _drain(channel: Channel, record: OutputRecord, supervisor: Supervisor) -> None:
    """Take what the script had printed before it ended, however slow its reader is."""
    left = _LAST
    while left > 0 and supervisor.wait([channel.fd], timeout=0)[0]:
        taken = _pass(channel, record)
        if not taken:
            break
        left -= taken
